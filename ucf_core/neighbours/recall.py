"""Index recall: how much of the exact neighbour list an approximate search found, counted in three ways."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Two cosine distances closer than this share of the farther one are a tie (Aumueller et al. 2020, ANN-Benchmarks).
_TOLERANCE = 1e-3
_FLOOR = 1e-6


@dataclass(frozen=True)
class IndexRecall:
    """Three views of the same lists, each averaged over users.

    Attributes:
        recall_by_id: share of the exact neighbours, as ids, that were found.
        recall_by_distance: share of the found ones that are no farther than the k-th exact one, within a relative
            tolerance of 1e-3: interchangeable neighbours at equal distance count as found.
        distance_ratio: mean distance of the found ones over that of the exact ones; 1 is perfect.
    """

    recall_by_id: float
    recall_by_distance: float
    distance_ratio: float


def overlap(found: NDArray[np.integer], truth: NDArray[np.integer]) -> float:
    """overlap@k: share of the rows in `truth` that are also in `found` (1-d arrays); 1 where truth is empty."""
    return float(np.isin(truth, found).mean()) if truth.size else 1.0


def recall_of_each(found_rows: NDArray[np.integer], exact_rows: NDArray[np.integer]) -> NDArray[np.float64]:
    """Share of the exact neighbours, as ids, that were found of each user, (n_users,); both are (n_users, k)."""
    # one key for each (user, neighbour) pair, so that all lists are compared at once
    own = np.arange(len(exact_rows), dtype=np.int64)[:, None] << 32
    shares: NDArray[np.float64] = np.isin(own + exact_rows, own + found_rows).mean(axis=1)
    return shares


def as_near(found: NDArray[np.floating], exact: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which of the found are no farther than the last exact one, by similarities, nearest first; (..., k) each.

    Within a relative tolerance of 1e-3 of the distance: any of several equally near is as good as the others.
    """
    distances = np.maximum(1.0 - found.astype(np.float64), 0.0)
    farthest = np.maximum(1.0 - exact[..., -1:].astype(np.float64), 0.0)
    near: NDArray[np.bool_] = distances <= farthest * (1 + _TOLERANCE) + _FLOOR
    return near


def index_recall(
    found_rows: NDArray[np.integer],
    found_similarities: NDArray[np.floating],
    exact_rows: NDArray[np.integer],
    exact_similarities: NDArray[np.floating],
) -> IndexRecall:
    """Compare found with exact neighbours of the same users; all arrays (n_users, k), nearest first."""
    by_id = recall_of_each(found_rows, exact_rows).mean()
    found = np.maximum(1.0 - found_similarities.astype(np.float64), 0.0)
    exact = np.maximum(1.0 - exact_similarities.astype(np.float64), 0.0)
    by_distance = as_near(found_similarities, exact_similarities).mean()
    typical = exact.mean()
    # all exact neighbours at distance 0: anything found at distance 0 is perfect, anything else is unboundedly worse
    ratio = found.mean() / typical if typical > _FLOOR else (1.0 if found.mean() <= _FLOOR else float("inf"))
    return IndexRecall(float(by_id), float(by_distance), float(ratio))
