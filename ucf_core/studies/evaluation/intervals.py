"""Intervals over users: how far a measured number would move with other users, by bootstrap and by jackknife.

Users are the unit, because the ratings of one user are related.

Bootstrap, for means: each resample draws as many users as there are, with replacement, and the interval runs between
percentiles of the statistic (Efron & Tibshirani 1993, chapter 13). User i then counts w_i times, (w_1, ..., w_n)
multinomial, so sums over resampled users are a matrix product of these weights and the sums of each user: one pass over
blocks of weights serves every metric of every model, and differences of two models are paired.

Jackknife, for figures of all lists together, such as how many films are in any of them. There the bootstrap is wrong: a
resample has about 63 % of the users, some of them several times, and a repeated list adds no film, so resampled figures
lie to one side of the measured one. The jackknife leaves out each user once. Its estimate of the variance of a
statistic of independent users is never too small on average (Efron & Stein 1981, "The jackknife estimate of variance"),
so the interval is rather too wide than too narrow. It holds for as many users as were measured: with more users more
films would be listed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import SpecError
from ucf_core.base.parameter import check_int, check_range
from ucf_core.base.progress import Progress
from ucf_core.base.specs import MAX_SEED

LEVEL = 0.95
RESAMPLES = 1000

# Weights in memory at a time: 64 MB.
_WEIGHTS = 8_000_000


@dataclass(frozen=True)
class Interval:
    """A number as measured on all users, and the interval around it."""

    estimate: float
    low: float
    high: float


def resample_weights(n_users: int, *, resamples: int = RESAMPLES, seed: int = 0) -> Iterator[NDArray[np.float64]]:
    """Blocks of (b, n_users): how often each of b resamples drew each user; `resamples` rows in all.

    A block is overwritten by the next one. Raises SpecError for no users, and for settings out of range.
    """
    check_int("resamples", resamples, 1, 1_000_000)
    check_int("seed", seed, 0, MAX_SEED)
    if not n_users:
        raise SpecError("an interval needs at least one user, and none was measured; test on more users")
    rng = np.random.default_rng(seed)
    block = np.empty((min(resamples, max(1, _WEIGHTS // n_users)), n_users))
    for start in range(0, resamples, len(block)):
        part = block[: resamples - start]
        for row in part:
            row[:] = np.bincount(rng.integers(n_users, size=n_users), minlength=n_users)
        yield part


def resampled_sums(
    columns: Sequence[NDArray[Any]], *, resamples: int = RESAMPLES, seed: int = 0, progress: Progress | None = None
) -> list[NDArray[np.float64]]:
    """Each of `columns`, (r, n_users), added up over the users of every resample, (r, resamples).

    The same seed and number of users give the same resamples. `progress` is called with (resamples done, resamples),
    and may raise to stop. Raises SpecError as `resample_weights` does.
    """
    sums = [np.empty((len(each), resamples)) for each in columns]
    done = 0
    for block in resample_weights(columns[0].shape[1], resamples=resamples, seed=seed):
        if progress is not None:
            progress(done, resamples)
        for target, each in zip(sums, columns, strict=True):
            target[:, done : done + len(block)] = each @ block.T
        done += len(block)
    return sums


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
    """Interval of sum(sums) / sum(counts), or of its `root`: a mean over ratings, from sums and counts of each user.

    Both are (n_users,), counts above 0. With squared errors and `root` that is the pooled RMSE; with absolute errors
    the pooled MAE. Raises SpecError for no users.
    """
    values = np.stack([sums, counts]).astype(np.float64)
    (totals,) = resampled_sums([values], resamples=resamples, seed=seed)
    measured, resampled = (both[0] / both[1] for both in (values.sum(axis=1), totals))
    if root:
        measured, resampled = np.sqrt(measured), np.sqrt(resampled)
    low, high = percentiles(resampled, level)
    return Interval(float(measured), float(low), float(high))


def percentiles(values: NDArray[np.float64], level: float = LEVEL) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both ends of the interval of a statistic whose resamples are `values`, (..., resamples); NaN where one is NaN."""
    check_range("level", level, 0.01, 0.9999)
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=-1)
    return low, high


def jackknife_interval(estimate: float, shifts: NDArray[np.float64], *, level: float = LEVEL) -> Interval:
    """The interval of a statistic that is `estimate` for all users, from its standard error; NaN for one user.

    `shifts`, (n_users,), are how much leaving out each user changes it; for the difference of two models pass the
    difference of theirs.
    """
    check_range("level", level, 0.01, 0.9999)
    n = shifts.size
    error = float(np.sqrt((n - 1) / n * np.square(shifts - shifts.mean()).sum())) if n > 1 else float("nan")
    width = NormalDist().inv_cdf((1 + level) / 2) * error
    return Interval(estimate, estimate - width, estimate + width)
