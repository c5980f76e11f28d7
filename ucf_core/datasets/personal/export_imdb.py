"""Exports of IMDb: Const, Your Rating, Date Rated, Title, Original Title, Title Type, Year and more."""

from ucf_core.datasets.personal.export_service import NO_FILM, SERIES, ExportService, Table, plain

_IMDB_KINDS = {"tvseries": SERIES} | dict.fromkeys(
    ("tvepisode", "videogame", "musicvideo", "podcastseries", "podcastepisode"), NO_FILM
)


def _imdb_rows(table: Table) -> Table:
    for line, fields in table:
        yield line, fields | {"kind": _IMDB_KINDS.get(plain(fields.get("kind", "")), "")}


IMDB = ExportService(
    name="IMDb",
    how="the CSV that the page of your ratings exports",
    scale=(1.0, 10.0),
    recognises=lambda columns: not columns.isdisjoint(("yourrating", "yourated", "const")),
    columns={"rating": ("yourrating", "yourated")},
    rows=_imdb_rows,
)
