"""What charts show of a traced search: how it came nearer to the true neighbours, and a map around the query."""

from bisect import insort
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only
from ucf_core.index.graph.trace import SearchTrace


@dataclass(frozen=True, eq=False)
class SearchProgress:
    """What the search had found after each node that it looked at, without the user searched for. Read-only arrays.

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
    kth = np.full(similarities.size, np.nan, dtype=np.float32)
    ascending: list[float] = []
    for at, similarity in enumerate(similarities.tolist()):
        insort(ascending, similarity)
        if len(ascending) >= k:
            kth[at] = ascending[-k]
    return SearchProgress(
        visits.counted[others],
        np.maximum.accumulate(similarities),
        kth,
        np.cumsum(np.isin(visits.rows[others], list(truth)), dtype=np.int64),
        visits.layers[others],
        visits.steps[others],
    )


def radial_map(vectors: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.float64]:
    """Places of unit vectors, (n, dim), around a unit query, (dim,), which is at the origin: (n, 2).

    The distance of a place from the origin is 1 - cosine, exactly. Its direction is that of the part of the vector at
    right angles to the query, on the two principal components of all those parts (PCA).
    """
    vectors = vectors.astype(np.float64)
    cosines = np.clip(vectors @ query, -1.0, 1.0)
    apart = vectors - cosines[:, None] * query
    # the query itself, up to rounding, has no direction and does not count for the components
    others = cosines < 1 - 1e-6
    apart[others] -= apart[others].mean(axis=0) if others.any() else 0.0
    apart[~others] = 0.0
    axes = np.linalg.eigh(apart.T @ apart)[1][:, :-3:-1]
    # an axis may come with either sign: the same picture every time needs one of them
    axes *= np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    flat = np.zeros((len(vectors), 2))
    flat[:, : axes.shape[1]] = apart @ axes
    lengths = np.linalg.norm(flat, axis=1)
    flat[lengths < 1e-12] = (1.0, 0.0)
    lengths[lengths < 1e-12] = 1.0
    places: NDArray[np.float64] = flat / lengths[:, None] * (1 - cosines)[:, None]
    return places
