"""Catalogue: what is known about the items beside their ratings, aligned with the columns of the matrix."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.errors import DatasetError
from ucf_core.ratings.ids import IdMap, RawId

NO_GENRES = "(no genres listed)"
_YEAR_AT_END = re.compile(r"^(?P<title>.*\S)\s*\((?P<year>\d{4})(?:[-\N{EN DASH}]\d{0,4})?\)\s*$", re.DOTALL)


@dataclass(frozen=True)
class ItemInfo:
    """One item of a published catalogue. `year` is None when unknown."""

    title: str
    year: int | None = None
    genres: tuple[str, ...] = ()


def split_title(text: str) -> tuple[str, int | None]:
    """A MovieLens title without its year, and the year: "Heat (1995)" gives ("Heat", 1995)."""
    text = text.strip()
    match = _YEAR_AT_END.match(text)
    return (match["title"], int(match["year"])) if match else (text, None)


@lru_cache(maxsize=4096)  # a hundred thousand films have some two thousand combinations
def split_genres(text: str) -> tuple[str, ...]:
    """ "Action|Drama" as a tuple without repeats; "(no genres listed)" and the empty text give ()."""
    genres = (part.strip() for part in text.split("|"))
    return tuple(dict.fromkeys(genre for genre in genres if genre and genre != NO_GENRES))


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Titles, years and genres of all items, in row order of the item IdMap.

    Attributes:
        titles: one per item; None where the source gives none.
        years: (n_items,) int16; 0 where unknown.
        genres: one tuple of names per item.
    """

    titles: Sequence[str | None]
    years: NDArray[np.int16]
    genres: Sequence[tuple[str, ...]]

    def __post_init__(self) -> None:
        if not len(self.titles) == len(self.years) == len(self.genres):
            raise DatasetError("titles, years and genres of a catalogue differ in length")
        self.years.flags.writeable = False

    @classmethod
    def aligned(cls, items: IdMap, known: Mapping[RawId, ItemInfo]) -> "Catalogue":
        """The catalogue in the row order of `items`; items that `known` lacks get no title, year or genres."""
        infos = [known.get(raw) for raw in items.ids.tolist()]
        return cls(
            titles=[info.title if info else None for info in infos],
            years=np.array([info.year or 0 if info else 0 for info in infos], dtype=np.int16),
            genres=[info.genres if info else () for info in infos],
        )

    def __len__(self) -> int:
        return len(self.titles)

    @property
    def n_untitled(self) -> int:
        """How many items have no title."""
        return sum(title is None for title in self.titles)

    def year(self, row: int) -> int | None:
        """The year of an item, None where unknown."""
        return int(self.years[row]) or None

    @cached_property
    def genre_names(self) -> tuple[str, ...]:
        """All genres, sorted."""
        return tuple(sorted({genre for genres in self.genres for genre in genres}))

    @cached_property
    def genre_matrix(self) -> csr_array:
        """Which item has which genre: 0/1, (n_items, n_genres) float32, columns as in `genre_names`."""
        column = {name: number for number, name in enumerate(self.genre_names)}
        indices = [column[genre] for genres in self.genres for genre in genres]
        indptr = np.concatenate([[0], np.cumsum([len(genres) for genres in self.genres], dtype=np.int64)])
        return csr_array(
            (np.ones(len(indices), dtype=np.float32), np.array(indices, dtype=np.int32), indptr.astype(np.int32)),
            shape=(len(self), len(column)),
        )
