"""Columns of a table of ratings: their meaning by their names, and their values as arrays."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import DatasetError
from ucf_core.ratings.catalogue import ItemInfo
from ucf_core.ratings.ids import Ids, RawId

# best first: a table with both userId and user is read by userId
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
_EXAMPLES = {"user": "userId", "item": "movieId"}
_LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Columns:
    """Parallel columns with one entry a rating, and the items they describe.

    Users and items are (n,) int64, int32 or fixed-width text; ratings (n,) float64 or float32, finite; timestamps (n,)
    int64 seconds since 1970. `known_items` has the titles of a table with a column of them.
    """

    users: Ids
    items: Ids
    ratings: NDArray[np.floating]
    timestamps: NDArray[np.int64] | None
    known_items: dict[RawId, ItemInfo]


def map_columns(names: Sequence[str]) -> dict[str, int]:
    """Positions of the known columns by meaning; case, spaces, hyphens and underscores do not matter."""
    plain = [re.sub(r"[\s_-]+", "", name.strip().casefold()) for name in names]
    found = {meaning: next(filter(plain.__contains__, spellings), None) for meaning, spellings in _SPELLINGS.items()}
    return {meaning: plain.index(name) for meaning, name in found.items() if name is not None}


def split_header(line: str) -> tuple[str, list[str]]:
    """The delimiter of a header line (the one with the most known columns, then the most columns), and its columns."""
    splits = [(delimiter, next(csv.reader([line], delimiter=delimiter), [])) for delimiter in _DELIMITERS]
    return max(splits, key=lambda split: (len(map_columns(split[1])), len(split[1])))


def require(columns: Mapping[str, int], needed: Sequence[str], names: Sequence[str], path: Path) -> None:
    """Raise DatasetError, naming the columns found, unless all needed ones are there."""
    lacking = [meaning for meaning in needed if meaning not in columns]
    if lacking:
        examples = ", ".join(f"{meaning} (such as {_EXAMPLES.get(meaning, meaning)})" for meaning in lacking)
        raise no_column(path, examples, names)


def no_column(file: object, lacking: str, names: Sequence[str]) -> DatasetError:
    """The error of a table with columns `names` but none for what is `lacking`."""
    found = ", ".join(map(shown, names[:12])) + (" ..." if len(names) > 12 else "")
    return DatasetError(
        f"{file} lacks a column for {lacking}; the columns found are {found or 'none'}; name them in the first line"
    )


def shown(value: object) -> str:
    """A value as a message shows it: quoted, on one line, cut short."""
    text = str(value)
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "...")
