"""Which column of a table holds what: the spellings that are understood."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from ucf_core.base.errors import DatasetError

# In order of preference: a table with both userId and user is read by userId.
_SPELLINGS: dict[str, tuple[str, ...]] = {
    "user": ("userid", "user", "uid", "customerid", "customer", "reviewerid"),
    "item": ("movieid", "itemid", "filmid", "item", "movie", "film", "iid", "productid", "product"),
    "rating": ("rating", "ratings", "score", "stars", "userrating"),
    "timestamp": ("timestamp", "time", "ts", "date", "datetime", "ratedat"),
    "title": ("title", "movietitle", "filmtitle", "itemtitle", "name"),
    "genres": ("genres", "genre", "categories"),
    "year": ("year", "releaseyear"),
}
_DELIMITERS = (",", ";", "\t")
_LONGEST_SHOWN = 60


@dataclass(frozen=True)
class ColumnMap:
    """Positions of the columns in a table, None where it has no such column."""

    user: int | None = None
    item: int | None = None
    rating: int | None = None
    timestamp: int | None = None
    title: int | None = None
    genres: int | None = None
    year: int | None = None

    def present(self) -> dict[str, int]:
        """What the table has: meaning and position, in the order of the fields."""
        return {field.name: position for field in fields(self) if (position := getattr(self, field.name)) is not None}

    def lacks(self, *needed: str) -> list[str]:
        """Those of the needed meanings that the table does not have."""
        return [meaning for meaning in needed if getattr(self, meaning) is None]


def map_columns(names: Sequence[str]) -> ColumnMap:
    """Find the meaning of columns by their names; case, spaces, hyphens and underscores do not matter."""
    plain = [re.sub(r"[\s_-]+", "", name.strip().casefold()) for name in names]
    positions: dict[str, int] = {}
    for meaning, spellings in _SPELLINGS.items():
        for spelling in spellings:
            if spelling in plain:
                positions[meaning] = plain.index(spelling)
                break
    return ColumnMap(**positions)


def split_header(line: str) -> tuple[str, list[str]]:
    """The delimiter of a header line, and its column names.

    The delimiter that lets the most columns be understood wins; among equals the one that gives the most columns,
    then comma before semicolon before tab.
    """
    splits = [(delimiter, next(csv.reader([line], delimiter=delimiter), [])) for delimiter in _DELIMITERS]
    return max(splits, key=lambda split: (len(map_columns(split[1]).present()), len(split[1])))


def require(columns: ColumnMap, needed: Sequence[str], names: Sequence[str], path: Path) -> None:
    """Raise DatasetError, naming the columns that were found, unless all the needed ones are there."""
    lacking = columns.lacks(*needed)
    if lacking:
        examples = ", ".join(f"{meaning} (such as {_example(meaning)})" for meaning in lacking)
        raise DatasetError(
            f"{path} lacks a column for {examples}; the columns found are {', '.join(map(shown, names[:12])) or 'none'}"
            f"{' ...' if len(names) > 12 else ''}; name them in the first line"
        )


def shown(value: object) -> str:
    """A value as a message shows it: quoted, on one line, cut short."""
    text = str(value)
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "...")


def _example(meaning: str) -> str:
    return {"user": "userId", "item": "movieId"}.get(meaning, meaning)
