"""How one recommendation list differs from another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class ListChange:
    """What became of a list; all are item rows, in the order of the list they stand in.

    Attributes:
        came: in the new list only.
        went: in the old list only.
        stayed: in both, in new order.
        moved: (stayed,) places gained by each of `stayed`; negative where it fell.
    """

    came: NDArray[np.int64]
    went: NDArray[np.int64]
    stayed: NDArray[np.int64]
    moved: NDArray[np.int64]


def list_change(old: NDArray[np.int64], new: NDArray[np.int64]) -> ListChange:
    """Compare two lists of distinct item rows, best first."""
    kept = np.isin(new, old)
    old_place = {item: place for place, item in enumerate(old.tolist())}
    stayed = new[kept]
    moved = [old_place[item] - int(place) for item, place in zip(stayed.tolist(), np.flatnonzero(kept), strict=True)]
    return ListChange(new[~kept], old[~np.isin(old, new)], stayed, np.array(moved, dtype=np.int64))
