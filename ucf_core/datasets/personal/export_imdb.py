"""The export of IMDb: Const, Your Rating, Date Rated, Title, Original Title, Title Type, Year and more."""

from ucf_core.datasets.personal.export_service import NO_FILM, SERIES, ExportService, Table, plain

_KINDS = {"tvseries": SERIES} | dict.fromkeys(
    ("tvepisode", "videogame", "musicvideo", "podcastseries", "podcastepisode"), NO_FILM
)


def rows(table: Table) -> Table:
    """The table with "kind" as the reader knows it: no catalogue of films holds episodes, games and the like."""
    for line, fields in table:
        yield line, fields | {"kind": _KINDS.get(plain(fields.get("kind", "")), "")}


IMDB = ExportService(
    name="IMDb",
    how="the CSV that the page of your ratings exports",
    scale=(1.0, 10.0),
    recognises=lambda columns: not columns.isdisjoint(("yourrating", "yourated", "const")),
    columns={"rating": ("yourrating", "yourated")},
    rows=rows,
)
