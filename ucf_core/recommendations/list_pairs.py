"""Two lists side by side: what both have, what one has, and the places in each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.neighbours.recall import overlap


@dataclass(frozen=True, eq=False)
class ListPair:
    """Two lists of distinct rows, best first.

    Attributes:
        rows: (m,) all rows: those of the first list in its order, then those that only the second has, in its order.
        first, second: (m,) int64 places in the two lists, from 1; 0 where the row is not in that list.
    """

    rows: NDArray[np.int64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]

    @property
    def in_both(self) -> NDArray[np.bool_]:
        """(m,) which rows are in both lists."""
        return (self.first > 0) & (self.second > 0)

    @property
    def gained(self) -> NDArray[np.int64]:
        """(m,) places that a row rises from the first list to the second; 0 where it is not in both."""
        return np.where(self.in_both, self.first - self.second, 0)

    def within(self, n: int) -> "ListPair":
        """Only the rows among the first n of either list, with their places in both whole lists."""
        top = ((self.first > 0) & (self.first <= n)) | ((self.second > 0) & (self.second <= n))
        return ListPair(self.rows[top], self.first[top], self.second[top])


def pair_lists(first: NDArray[np.integer], second: NDArray[np.integer]) -> ListPair:
    """The pair of two lists of distinct rows."""
    alone = second[~np.isin(second, first)]
    rows = np.concatenate([first, alone]).astype(np.int64)
    return ListPair(rows, _places(rows, first), _places(rows, second))


def overlap_at(first: NDArray[np.integer], second: NDArray[np.integer], k: int) -> float:
    """overlap@k: share of the first k of `first` that are among the first k of `second`; 1 where `first` is empty."""
    return overlap(second[:k], first[:k])


def _places(rows: NDArray[np.int64], of: NDArray[np.integer]) -> NDArray[np.int64]:
    place = {row: number for number, row in enumerate(of.tolist(), 1)}
    return np.array([place.get(row, 0) for row in rows.tolist()], dtype=np.int64)
