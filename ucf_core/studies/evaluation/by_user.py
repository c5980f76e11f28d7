"""Metrics as means over users: of all users, and of the users of every resample."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import sum_by
from ucf_core.base.progress import Progress
from ucf_core.studies.evaluation.intervals import RESAMPLES, resampled_sums
from ucf_core.studies.evaluation.metric import Metric, SplitResult, Values

Arrays: TypeAlias = dict[str, Values]


def add_up(metric: Metric, result: SplitResult) -> tuple[Values, NDArray[np.int64]]:
    """What a metric computes, added up for each of m users, and how many values that are; NaN is not counted."""
    values = np.asarray(metric.compute(result), dtype=np.float64)
    m = len(result.lists)
    owners = result.owners if metric.kind in ("rating", "user") else np.repeat(np.arange(m), values.size // (m or 1))
    known = ~np.isnan(values.ravel())
    owners = owners[known]
    return sum_by(owners, values.ravel()[known], m), np.bincount(owners, minlength=m).astype(np.int64)


@dataclass(frozen=True, eq=False)
class UserMean:
    """One metric of R models as a mean over p users: totals added up over users / weights added up over users.

    Attributes:
        metric: which one.
        users: which of all measured users have a value of any model; the p others of no model do not count.
        models: (R,) which models have a value of any user; the others have no such figure.
        totals: (R, p).
        weights: (R, p), or (1, p) where all models have the same.
    """

    metric: Metric
    users: NDArray[np.bool_]
    models: NDArray[np.bool_]
    totals: Values
    weights: Values

    @classmethod
    def of(cls, metric: Metric, totals: Values, counts: NDArray[np.integer]) -> "UserMean":
        """From what `add_up` found, (R, m) each, added up over folds."""
        weights: NDArray[Any] = counts
        if metric.kind in ("user", "list"):  # each user's own figure, and users weigh alike
            weights = counts > 0
            own = metric.transform(np.divide(totals, counts, out=np.full(totals.shape, np.nan), where=weights))
            totals = np.where(weights, own, 0.0)
        users, models = np.asarray(weights.any(axis=0)), np.asarray(weights.any(axis=1))
        weights = weights.compress(users, axis=1).astype(np.float64)
        with_values = weights[models]
        if len(with_values) and (with_values == with_values[0]).all():
            weights = with_values[:1]
        return cls(metric, users, models, totals.compress(users, axis=1), weights)

    def figures(self) -> Values:
        """(R,) the metric over all users; NaN for a model that does not have it."""
        return self.ratio(self.totals.sum(axis=1, keepdims=True), self.weights.sum(axis=1, keepdims=True))[:, 0]

    def ratio(self, totals: Values, weights: Values) -> Values:
        """The metric from totals and weights that were added up over any users, (R, n) each."""
        with np.errstate(invalid="ignore"):  # 0 / 0 is NaN: a resample without any user who has a value
            means: Values = totals / weights
        means[~self.models] = np.nan
        return means if self.metric.kind in ("user", "list") else self.metric.transform(means)


def resample(
    means: Sequence[UserMean], *, resamples: int = RESAMPLES, seed: int = 0, progress: Progress | None = None
) -> Arrays:
    """Each metric by name for the users of every resample, (R, resamples); the same users for all models and metrics.

    NaN where a model does not have it. Metrics whose users differ, such as those with something relevant held out, are
    resampled apart. `progress` hears of (resamples drawn, resamples to draw), and may raise to stop.
    """
    groups: dict[bytes, list[UserMean]] = {}
    for mean in means:
        groups.setdefault(mean.users.tobytes(), []).append(mean)
    found: Arrays = {}
    for number, group in enumerate(groups.values()):
        if not group[0].users.any():
            found |= {mean.metric.name: np.full((len(mean.models), resamples), np.nan) for mean in group}
            continue

        def drawn(done: float, _total: float | None, *, before: int = number * resamples) -> None:
            if progress is not None:
                progress(before + done, len(groups) * resamples)

        columns = [column for mean in group for column in (mean.totals, mean.weights)]
        sums = resampled_sums(columns, resamples=resamples, seed=seed, progress=drawn)
        found |= {mean.metric.name: mean.ratio(*sums[2 * at : 2 * at + 2]) for at, mean in enumerate(group)}
    return {mean.metric.name: found[mean.metric.name] for mean in means}
