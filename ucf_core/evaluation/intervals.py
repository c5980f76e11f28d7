"""Bootstrap intervals over users: how far a measured number would move had other users been drawn.

Users are the unit, because one user's ratings go together. Each resample draws as many users as there are, with
replacement, and the interval runs between percentiles of the statistic (Efron & Tibshirani 1993, chapter 13).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.errors import SpecError
from ucf_core.specs import MAX_SEED, check_int, check_range

RESAMPLES = 1000
LEVEL = 0.95

Totals: TypeAlias = NDArray[np.float64]
"""Columns added up over users: one row a resample, (resamples, n_columns)."""


@dataclass(frozen=True)
class Interval:
    """A number as measured on all users, and the interval around it."""

    estimate: float
    low: float
    high: float


def mean_interval(values: NDArray[Any], *, resamples: int = RESAMPLES, level: float = LEVEL, seed: int = 0) -> Interval:
    """Interval of the mean of one value a user, (n_users,). Raises SpecError for no users."""
    return pooled_interval(values, np.ones(len(values)), resamples=resamples, level=level, seed=seed)


def pooled_interval(
    sums: NDArray[Any],
    counts: NDArray[Any],
    *,
    root: bool = False,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval:
    """Interval of sum(sums) / sum(counts), or of its `root`: a mean over ratings, from sums and counts a user.

    Both are (n_users,), counts above 0. With squared errors and `root` that is the pooled RMSE; with absolute errors
    the pooled MAE. Raises SpecError for no users.
    """

    def statistic(totals: Totals) -> NDArray[np.float64]:
        return _pooled(totals[:, 0], totals[:, 1], root)

    return _interval(statistic, np.column_stack([sums, counts]), resamples, level, seed)


def mean_difference(
    first: NDArray[Any], second: NDArray[Any], *, resamples: int = RESAMPLES, level: float = LEVEL, seed: int = 0
) -> Interval:
    """Paired interval of mean(first) - mean(second), both (n_users,) and of the same users in the same order."""
    _check_paired(first, second)
    return mean_interval(np.subtract(first, second, dtype=np.float64), resamples=resamples, level=level, seed=seed)


def pooled_difference(
    first: NDArray[Any],
    second: NDArray[Any],
    counts: NDArray[Any],
    *,
    root: bool = False,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> Interval:
    """Paired interval of the difference between two models, each as in `pooled_interval`: first - second.

    `first` and `second` are the sums of the same users, (n_users,), over the same ratings, `counts` of each user.
    """
    _check_paired(first, second)

    def statistic(totals: Totals) -> NDArray[np.float64]:
        return _pooled(totals[:, 0], totals[:, 2], root) - _pooled(totals[:, 1], totals[:, 2], root)

    return _interval(statistic, np.column_stack([first, second, counts]), resamples, level, seed)


def _pooled(sums: NDArray[np.float64], counts: NDArray[np.float64], root: bool) -> NDArray[np.float64]:
    ratio = sums / counts
    return np.sqrt(ratio) if root else ratio


def _interval(
    statistic: Callable[[Totals], NDArray[np.float64]], columns: NDArray[Any], resamples: int, level: float, seed: int
) -> Interval:
    """The statistic of all users, and the percentiles of what resampled users give. `columns`: (n_users, n_columns)."""
    check_int("resamples", resamples, 1, 1_000_000)
    check_range("level", level, 0.01, 0.9999)
    check_int("seed", seed, 0, MAX_SEED)
    n = len(columns)
    if not n:
        raise SpecError("an interval needs at least one user, and none was measured; test on more users")
    values = columns.astype(np.float64)
    rng = np.random.default_rng(seed)
    totals = np.empty((resamples, values.shape[1]))
    for row in totals:
        # how often each user was drawn; a table of all resamples at once would take gigabytes for many users
        row[:] = np.bincount(rng.integers(n, size=n), minlength=n) @ values
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    low, high = np.quantile(statistic(totals), tails).tolist()
    return Interval(float(statistic(values.sum(axis=0, keepdims=True))[0]), low, high)


def _check_paired(first: NDArray[Any], second: NDArray[Any]) -> None:
    if len(first) != len(second):
        raise SpecError(f"{len(first)} and {len(second)} users cannot be paired; measure both models on the same users")
