"""What a service that exports the ratings of one person is; `export_registry` lists those that are known."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Table: TypeAlias = Iterable[tuple[int, dict[str, str]]]
"""The lines of a file, each with its number, counted from 1, and its fields by the keys of `COLUMNS`."""

# In order of preference; compared as `plain` returns them.
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
"""What a column can hold, and the names by which that is recognised in the files of every service."""

SERIES, NO_FILM = "series", "no film"
"""Values of "kind" for a television series, and for a line that is no film and is left out."""


def plain(name: str) -> str:
    """A name without case, spaces and signs: "Your Rating" becomes "yourrating"."""
    return re.sub(r"[\W_]+", "", name.casefold())


def _unchanged(table: Table) -> Table:
    return table


@dataclass(frozen=True)
class ExportService:
    """A service, and how its files are recognised and read.

    Attributes:
        name: as people know it.
        how: where a person finds the file, and what it is called: the end of "Letterboxd: ...".
        scale: lowest and highest rating; None where it is that of the dataset.
        recognises: whether a file with these column names, made `plain`, is from this service.
        columns: names of columns that only this service uses, by the keys of `COLUMNS` or new ones.
        rows: the table with fields changed to what `COLUMNS` describes, for a service that writes them differently.
        personal: False where whole datasets have the same columns. Such a file is only recognised where the dataset
            at hand has no higher ratings than the service: it may be part of a dataset with another scale.
    """

    name: str
    how: str
    scale: tuple[float, float] | None
    recognises: Callable[[frozenset[str]], bool]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: Callable[[Table], Table] = _unchanged
    personal: bool = True

    def places(self, names: Sequence[str]) -> dict[str, int]:
        """Which column holds what: key of `COLUMNS` or `columns`, and position."""
        found = [plain(name) for name in names]
        places = {}
        for key in COLUMNS | dict(self.columns):
            known = [name for name in (*self.columns.get(key, ()), *COLUMNS.get(key, ())) if name in found]
            if known:
                places[key] = found.index(known[0])
        return places
