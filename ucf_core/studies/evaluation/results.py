"""Results of an evaluation: metrics with intervals for every model, kept user by user, so that models can be paired."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only
from ucf_core.base.errors import SpecError
from ucf_core.studies.evaluation.by_user import LISTS, Arrays, ByUser
from ucf_core.studies.evaluation.intervals import Interval, percentiles
from ucf_core.studies.evaluation.jackknife import jackknife_interval
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting

Model: TypeAlias = Setting | str
"""What was evaluated: a setting of the user-kNN, or the name of a baseline."""

TOGETHER = ("item_coverage", "gini")
"""Metrics of all lists together, which no single user has."""
METRICS = (
    *("rmse", "mae", "user_rmse", "user_mae", "coverage", "fallback_share"),
    *LISTS,
    *TOGETHER,
    *("popularity", "novelty"),
)
LOWER_IS_BETTER = frozenset({"rmse", "mae", "user_rmse", "user_mae", "fallback_share", "gini", "popularity"})

# What the order of summation may leave of a difference, beside the figures: not a difference.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Row:
    """The figures of one model.

    Attributes:
        model: what was evaluated.
        metrics: by name, all of METRICS; None where the model does not have it (popular predicts no ratings).
        ci95: 95 % intervals over users, by bootstrap, for those in TOGETHER by jackknife; empty for a single user.
    """

    model: Model
    metrics: dict[str, float | None]
    ci95: dict[str, tuple[float, float]]

    @property
    def name(self) -> str:
        """`user_knn`, or the name of the baseline."""
        return self.model if isinstance(self.model, str) else "user_knn"


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything that was measured. Arrays are read-only.

    Attributes:
        spec: how it was measured.
        models: R models, baselines first.
        users: (m,) rows of the users who were measured.
        by_user: what each model made of each user.
        resampled: by name in BY_USER, (R, resamples): the metric for the users of every resample.
        together: by name in TOGETHER, (R,), means over folds.
        without: by name in TOGETHER, (R, m): how much the metric changes where a user's lists are left out.
        n_cold: tested users, summed over folds, without a training rating.
        seconds: what all of it took.
    """

    spec: EvaluationSpec
    models: tuple[Model, ...]
    users: NDArray[np.int32]
    by_user: ByUser
    resampled: Arrays
    together: Arrays
    without: Arrays
    n_cold: int
    seconds: float

    def __post_init__(self) -> None:
        read_only(self.users, *self.resampled.values(), *self.together.values(), *self.without.values())

    @cached_property
    def rows(self) -> list[Row]:
        """The figures of every model, in the order of `models`."""
        ends = {name: self._ends(name) for name in METRICS}
        made = []
        for number, model in enumerate(self.models):
            metrics = {name: _known(self._figures[name][number]) for name in METRICS}
            pairs = {name: (float(low[number]), float(high[number])) for name, (low, high) in ends.items()}
            made.append(Row(model, metrics, {name: pair for name, pair in pairs.items() if not np.isnan(pair).any()}))
        return made

    def difference(self, metric: str, first: Model, second: Model) -> Interval:
        """first - second in `metric`, with its 95 % interval over the same users: above or below 0 for sure, or not.

        Of a single user the interval is NaN. Raises SpecError for a metric that is none of METRICS, and for models that
        do not have it.
        """
        a, b = self.models.index(first), self.models.index(second)
        if metric not in METRICS:
            raise SpecError(f"metric={metric!r} is not measured; choose {', '.join(METRICS)}")
        one, other = float(self._figures[metric][a]), float(self._figures[metric][b])
        if np.isnan([one, other]).any():
            raise SpecError(f"{metric} is not known of both models; choose models that predict ratings or make lists")
        if metric in TOGETHER:
            return jackknife_interval(one - other, self.without[metric][a] - self.without[metric][b])
        replicates = self._replicates(metric)
        differences = replicates[a] - replicates[b]
        differences[np.abs(differences) < _ROUNDING * max(abs(one), abs(other))] = 0.0
        low, high = self._percentiles(differences[None])
        return Interval(one - other, float(low[0]), float(high[0]))

    @cached_property
    def _figures(self) -> Arrays:
        figures = self.by_user.figures() | self.together
        return figures | {"coverage": 1.0 - figures["fallback_share"]}

    def _replicates(self, metric: str) -> NDArray[np.float64]:
        return 1.0 - self.resampled["fallback_share"] if metric == "coverage" else self.resampled[metric]

    def _ends(self, metric: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Both ends of every model's interval, (R,); NaN where there is none."""
        if metric not in TOGETHER:
            return self._percentiles(self._replicates(metric))
        shifts = self.without[metric]
        intervals = [jackknife_interval(*pair) for pair in zip(self.together[metric].tolist(), shifts, strict=True)]
        # both are shares
        low, high = (np.array([getattr(each, end) for each in intervals]).clip(0.0, 1.0) for end in ("low", "high"))
        return low, high

    def _percentiles(self, replicates: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Both ends, (R,), of what (R, resamples) replicates leave; NaN for a single user, who tells of no other."""
        if self.users.size < 2:
            return np.full(len(replicates), np.nan), np.full(len(replicates), np.nan)
        return percentiles(replicates)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
