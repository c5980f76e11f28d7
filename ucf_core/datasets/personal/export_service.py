"""How the files of a service that exports one person's ratings are recognised and read."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

# lines of a file: number, counted from 1, and fields by the keys of `COLUMNS`
Table: TypeAlias = Iterable[tuple[int, dict[str, str]]]

# what a column can hold, and its names (as `plain` returns them) in files of all services, best first
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
SERIES, NO_FILM = "series", "no film"  # values of "kind" for a television series, and for a line to leave out


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
            spellings = (*self.columns.get(key, ()), *COLUMNS.get(key, ()))
            if known := [found.index(name) for name in spellings if name in found]:
                places[key] = known[0]
        return places
