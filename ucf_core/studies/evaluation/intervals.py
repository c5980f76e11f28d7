"""Intervals over users: how far a measured number would move with other users, by bootstrap and by jackknife.

Users are the unit, because one user's ratings go together.

Bootstrap, for means: each resample draws as many users as there are, with replacement, and the interval runs between
percentiles of the statistic (Efron & Tibshirani 1993, chapter 13). `by_user` draws the users once for many metrics and
models.

Jackknife, for figures of all lists together, such as how many films are in any of them. There the bootstrap is wrong: a
resample has about 63 % of the users, some of them several times, and a repeated list adds no film, so resampled figures
lie to one side of the measured one. The jackknife leaves out each user once. Its estimate of the variance of a
statistic of independent users is never too small on average (Efron & Stein 1981, "The jackknife estimate of variance"),
so the interval is rather too wide than too narrow. It holds for as many users as were measured: with more users more
films would be listed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import SpecError
from ucf_core.base.parameter import check_range
from ucf_core.studies.evaluation.bootstrap import RESAMPLES, resampled_sums

LEVEL = 0.95

Totals: TypeAlias = NDArray[np.float64]
"""Columns added up over users, (n_columns, resamples)."""


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
        return _pooled(totals[0], totals[1], root)

    return _interval(statistic, [sums, counts], resamples, level, seed)


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
        return _pooled(totals[0], totals[2], root) - _pooled(totals[1], totals[2], root)

    return _interval(statistic, [first, second, counts], resamples, level, seed)


def _pooled(sums: NDArray[np.float64], counts: NDArray[np.float64], root: bool) -> NDArray[np.float64]:
    ratio = sums / counts
    return np.sqrt(ratio) if root else ratio


def percentiles(values: NDArray[np.float64], level: float = LEVEL) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both ends of the interval of a statistic whose resamples are `values`, (..., resamples); NaN where one is NaN."""
    check_range("level", level, 0.01, 0.9999)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=-1)
    return low, high


def standard_error(shifts: NDArray[np.float64]) -> float:
    """Standard error of a statistic from `shifts`, (n_users,): what leaving out each user changes. NaN for one user."""
    n = shifts.size
    return float(np.sqrt((n - 1) / n * np.square(shifts - shifts.mean()).sum())) if n > 1 else float("nan")


def jackknife_interval(estimate: float, shifts: NDArray[np.float64], *, level: float = LEVEL) -> Interval:
    """The interval of a statistic that is `estimate` for all users: as many standard errors as a normal figure takes.

    `shifts` as in `standard_error`; for the difference of two models pass the difference of theirs.
    """
    check_range("level", level, 0.01, 0.9999)
    width = NormalDist().inv_cdf((1 + level) / 2) * standard_error(shifts)
    return Interval(estimate, estimate - width, estimate + width)


def _interval(
    statistic: Callable[[Totals], NDArray[np.float64]],
    columns: Sequence[NDArray[Any]],
    resamples: int,
    level: float,
    seed: int,
) -> Interval:
    """The statistic of all users, and the percentiles of what resampled users give. `columns`: (n_users,) each."""
    values = np.stack(columns).astype(np.float64)
    (totals,) = resampled_sums([values], resamples=resamples, seed=seed)
    low, high = percentiles(statistic(totals), level)
    return Interval(float(statistic(values.sum(axis=1, keepdims=True))[0]), float(low), float(high))


def _check_paired(first: NDArray[Any], second: NDArray[Any]) -> None:
    if len(first) != len(second):
        raise SpecError(f"{len(first)} and {len(second)} users cannot be paired; measure both models on the same users")
