"""How a search comes nearer: what it had found after so many distances."""

from collections.abc import Collection
from dataclasses import dataclass
from heapq import heappush, heappushpop

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only
from ucf_core.index.graph.trace import SearchTrace


@dataclass(frozen=True, eq=False)
class SearchProgress:
    """The state of the search after each node that it looked at, the user searched for left out. Arrays are read-only.

    Attributes:
        counted: (v,) int64 distances computed.
        nearest: (v,) float32 similarity of the most similar user seen so far.
        kth: (v,) float32 similarity of the k-th most similar one; NaN while fewer were seen.
        hits: (v,) int64 true neighbours seen so far.
        layers: (v,) int64 the layer that the search was on.
        steps: (v,) int64 number of the step, -1 for the entry point.
    """

    counted: NDArray[np.int64]
    nearest: NDArray[np.float32]
    kth: NDArray[np.float32]
    hits: NDArray[np.int64]
    layers: NDArray[np.int64]
    steps: NDArray[np.int64]

    def __post_init__(self) -> None:
        read_only(self.counted, self.nearest, self.kth, self.hits, self.layers, self.steps)


def search_progress(trace: SearchTrace, truth: Collection[int], *, k: int, user: int) -> SearchProgress:
    """How `trace` came nearer to the k true neighbours `truth` (rows) of `user` (a row), who is not a neighbour."""
    visits = trace.visits
    others = visits.rows != user
    similarities = 1 - visits.distances[others]
    is_true = np.isin(visits.rows[others], np.fromiter(truth, np.int64, len(truth)))
    return SearchProgress(
        visits.counted[others],
        np.maximum.accumulate(similarities),
        _kth_largest_so_far(similarities, k),
        np.cumsum(is_true, dtype=np.int64),
        visits.layers[others],
        visits.steps[others],
    )


def _kth_largest_so_far(values: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    largest: list[float] = []
    kth = np.full(values.size, np.nan, dtype=np.float32)
    for at, value in enumerate(values.tolist()):
        if len(largest) < k:
            heappush(largest, value)
        else:
            heappushpop(largest, value)
        if len(largest) == k:
            kth[at] = largest[0]
    return kth
