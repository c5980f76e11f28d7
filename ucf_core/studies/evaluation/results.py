"""Results of an evaluation: every metric of every model with its interval, and paired differences of models."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only
from ucf_core.base.errors import SpecError
from ucf_core.studies.evaluation.by_user import Arrays
from ucf_core.studies.evaluation.intervals import Interval, jackknife_interval, percentiles
from ucf_core.studies.evaluation.metric import Values
from ucf_core.studies.evaluation.metrics import METRICS
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting

Model: TypeAlias = Setting | str
"""What was evaluated: a setting of the user-kNN, or the name of a baseline."""

# What the order of summation may leave of a difference, beside the figures: not a difference.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Row:
    """The figures of one model.

    Attributes:
        model: what was evaluated.
        metrics: by name, all of METRICS; None where the model does not have it (popular predicts no ratings), or where
            the metric was not registered when the model was measured.
        ci95: 95 % intervals over users, by bootstrap, for catalogue metrics by jackknife; empty for a single user.
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
    """The results. Arrays are read-only.

    Attributes:
        spec: how it was measured.
        models: R models, baselines first.
        users: (m,) rows of the users who were measured.
        figures: of every measured metric, by name, (R,); NaN where a model does not have it.
        resampled: of metrics that are means, by name, (R, resamples): the metric for the users of every resample.
        shifts: of catalogue metrics, by name, (R, m): how much the metric changes where a user's lists are left out.
        n_ratings: held-out ratings of these users.
        n_cold: tested users, summed over folds, without a training rating.
        seconds: how long it took.
    """

    spec: EvaluationSpec
    models: tuple[Model, ...]
    users: NDArray[np.int32]
    figures: Arrays
    resampled: Arrays
    shifts: Arrays
    n_ratings: int
    n_cold: int
    seconds: float

    def __post_init__(self) -> None:
        read_only(self.users, *self.figures.values(), *self.resampled.values(), *self.shifts.values())

    @cached_property
    def rows(self) -> list[Row]:
        """The figures of every model, in the order of `models`."""
        measured = [name for name in METRICS if name in self.figures]
        ends = {name: self._ends(name) for name in measured}
        made = []
        for number, model in enumerate(self.models):
            values = {name: float(self.figures[name][number]) for name in measured}
            metrics = {name: None if np.isnan(value) else value for name, value in values.items()}
            pairs = {name: (float(low[number]), float(high[number])) for name, (low, high) in ends.items()}
            intervals = {name: pair for name, pair in pairs.items() if not np.isnan(pair).any()}
            made.append(Row(model, dict.fromkeys(METRICS) | metrics, intervals))
        return made

    def difference(self, metric: str, first: Model, second: Model) -> Interval:
        """first - second in `metric`, with its 95 % interval over the same users: above or below 0 for sure, or not.

        Of a single user the interval is NaN. Raises SpecError for a metric that was not measured, and for models that
        do not have it.
        """
        a, b = self.models.index(first), self.models.index(second)
        if metric not in self.figures:
            raise SpecError(f"metric={metric!r} is not measured; choose {', '.join(self.figures)}")
        one, other = float(self.figures[metric][a]), float(self.figures[metric][b])
        if np.isnan([one, other]).any():
            raise SpecError(f"{metric} is not known of both models; choose models that predict ratings or make lists")
        if metric in self.shifts:
            return jackknife_interval(one - other, self.shifts[metric][a] - self.shifts[metric][b])
        differences = self.resampled[metric][a] - self.resampled[metric][b]
        differences[np.abs(differences) < _ROUNDING * max(abs(one), abs(other))] = 0.0
        low, high = self._percentiles(differences[None])
        return Interval(one - other, float(low[0]), float(high[0]))

    def _ends(self, metric: str) -> tuple[Values, Values]:
        """Both ends of every model's interval, (R,); NaN where there is none."""
        if metric not in self.shifts:
            return self._percentiles(self.resampled[metric])
        pairs = zip(self.figures[metric].tolist(), self.shifts[metric], strict=True)
        intervals = [jackknife_interval(*pair) for pair in pairs]
        low, high = np.array([(each.low, each.high) for each in intervals]).clip(*METRICS[metric].bounds).T
        return low, high

    def _percentiles(self, replicates: Values) -> tuple[Values, Values]:
        """Both ends, (R,), of what (R, resamples) replicates leave; NaN for a single user."""
        if self.users.size < 2:
            return np.full(len(replicates), np.nan), np.full(len(replicates), np.nan)
        return percentiles(replicates)
