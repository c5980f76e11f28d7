"""Services that export the ratings of one person: how their files are recognised and read.

A new service is one `ExportService` here and its name in `_SERVICES`, or one call of `register_service`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Table: TypeAlias = Iterable[tuple[int, dict[str, str]]]
"""Lines of a file: number, counted from 1, and fields by the keys of `COLUMNS`."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "rating": ("rating", "ratings", "stars", "score", "userrating"),
    "title": ("title", "name", "movietitle", "filmtitle", "film", "movie"),
    "other_title": ("originaltitle",),
    "year": ("year", "releaseyear"),
    "kind": ("titletype",),
    "item": ("movieid", "itemid", "filmid", "item"),
    "user": ("userid", "user"),
    "date": ("date", "daterated", "created", "timestamp", "watcheddate"),
}
"""What a column can hold, and its names (as `plain` returns them) in files of all services, best first."""

SERIES, NO_FILM = "series", "no film"
"""Values of "kind" for a television series, and for a line to leave out."""


def plain(name: str) -> str:
    """A name without case, spaces and signs: "Your Rating" becomes "yourrating"."""
    return re.sub(r"[\W_]+", "", name.casefold())


@dataclass(frozen=True)
class ExportService:
    """A service that exports ratings.

    Attributes:
        name: shown on screen.
        how: where to find the file, and its name: the end of "Letterboxd: ...".
        scale: lowest and highest rating; None for the dataset's scale.
        recognises: whether a file with these column names, made `plain`, is from this service.
        columns: names of columns that only this service uses, by the keys of `COLUMNS` or new ones.
        rows: rewrites fields of a service that writes them differently from what `COLUMNS` describes.
        personal: False where whole datasets have the same columns. Such a file is recognised only if the dataset
            has no higher ratings than the service: else it may be part of a dataset with another scale.
    """

    name: str
    how: str
    scale: tuple[float, float] | None
    recognises: Callable[[frozenset[str]], bool]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: Callable[[Table], Table] = lambda table: table
    personal: bool = True

    def places(self, names: Sequence[str]) -> dict[str, int]:
        """The position of each known column, by the keys of `COLUMNS` and `columns`."""
        found = [plain(name) for name in names]
        places = {}
        for key in COLUMNS | dict(self.columns):
            known = [name for name in (*self.columns.get(key, ()), *COLUMNS.get(key, ())) if name in found]
            if known:
                places[key] = found.index(known[0])
        return places


_IMDB_KINDS = {"tvseries": SERIES} | dict.fromkeys(
    ("tvepisode", "videogame", "musicvideo", "podcastseries", "podcastepisode"), NO_FILM
)


def _imdb_rows(table: Table) -> Table:
    for line, fields in table:
        yield line, fields | {"kind": _IMDB_KINDS.get(plain(fields.get("kind", "")), "")}


# Date, Name, Year, Letterboxd URI, Rating
LETTERBOXD = ExportService(
    name="Letterboxd",
    how="ratings.csv of the zip archive that the settings export",
    scale=(0.5, 5.0),
    recognises=lambda columns: "letterboxduri" in columns,
)
# Const, Your Rating, Date Rated, Title, Original Title, Title Type, Year and more
IMDB = ExportService(
    name="IMDb",
    how="the CSV that the page of your ratings exports",
    scale=(1.0, 10.0),
    recognises=lambda columns: not columns.isdisjoint(("yourrating", "yourated", "const")),
    columns={"rating": ("yourrating", "yourated")},
    rows=_imdb_rows,
)
# the columns of its published datasets: movieId, rating and more
MOVIELENS = ExportService(
    name="MovieLens",
    how="ratings.csv",
    scale=(0.5, 5.0),
    recognises=lambda columns: "movieid" in columns,
    personal=False,
)

_SERVICES: dict[str, ExportService] = {service.name: service for service in (LETTERBOXD, IMDB, MOVIELENS)}

OTHER = ExportService(
    name="a table of titles and ratings",
    how="any table with a title and a rating",
    scale=None,
    recognises=lambda _: True,
    rows=IMDB.rows,  # it may be an export of IMDb whose columns were renamed
    personal=False,
)
"""For a file that no service recognises."""


def register_service(service: ExportService) -> None:
    """Add a service: its files are read, and the upload pages name it."""
    _SERVICES[service.name] = service


def services() -> tuple[ExportService, ...]:
    """All registered services, in the order of registration."""
    return tuple(_SERVICES.values())


def service_of(names: Sequence[str], scale: tuple[float, float]) -> ExportService:
    """The service that a file with these column names is from, or OTHER; `scale` is that of the dataset."""
    found = frozenset(map(plain, names))
    for service in sorted(services(), key=lambda service: not service.personal):
        fits = service.personal or service.scale is None or scale[1] <= service.scale[1]
        if fits and service.recognises(found):
            return service
    return OTHER
