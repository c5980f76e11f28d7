"""Intervals of what all lists make together, such as how many films stand in any of them: by leaving out one user.

The bootstrap is wrong for such figures: a resample has about 63 % of the users, some of them several times, and lists
that are there twice add no film, so that resampled figures lie to one side of the measured one. The jackknife leaves
out each user once instead. Its estimate of the variance of a statistic of independent users is never too small on
average (Efron & Stein 1981, "The jackknife estimate of variance"), so the interval is rather too wide than too narrow.
It is that of the figure for as many users as were measured: with more users more films would be listed.
"""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.parameter import check_range
from ucf_core.studies.evaluation.intervals import LEVEL, Interval


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
