"""Adds up the metrics of models over the folds."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ucf_core.base.errors import SpecError
from ucf_core.base.progress import Progress
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.evaluation.by_user import UserMean, add_up, resample
from ucf_core.studies.evaluation.metric import SplitResult
from ucf_core.studies.evaluation.metrics import METRICS
from ucf_core.studies.evaluation.results import Evaluation, Model
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting
from ucf_core.studies.evaluation.split import Split
from ucf_core.studies.evaluation.user_knn import HeldOut, Outcome


class Tally:
    """All registered metrics of models, added up over folds."""

    def __init__(self, ratings: Ratings, spec: EvaluationSpec, settings: Sequence[Setting]) -> None:
        """For the baselines of `spec` and for `settings`."""
        self._spec = spec
        self._models: list[Model] = [*spec.baselines, *settings]
        self._place = {model: number for number, model in enumerate(self._models)}
        self._means = [metric for metric in METRICS.values() if metric.kind != "catalogue"]
        self._catalogue = [metric for metric in METRICS.values() if metric.kind == "catalogue"]
        shape = (len(self._models), ratings.n_users)
        # metrics with the same `compute`, such as RMSE over ratings and per user, share what is added up
        self._totals: dict[Callable[[SplitResult], Any], Any] = {
            metric.compute: (np.zeros(shape), np.zeros(shape, dtype=np.int32)) for metric in self._means
        }
        self._figures = {metric.name: np.zeros(shape[0]) for metric in self._catalogue}
        self._shifts = {metric.name: np.zeros(shape) for metric in self._catalogue}
        self._counts = np.zeros(ratings.n_users, dtype=np.int64)
        self._folds = self._n_cold = 0

    def begin(self, split: Split, tested: HeldOut) -> None:
        """Begin a split: `add` refers to it from now on."""
        self._split, self._tested = split, tested
        self._test = split.test_matrix[tested.users]
        self._folds += 1
        self._n_cold += int(np.count_nonzero(split.train.user_counts[tested.users] == 0))
        self._counts[tested.users] += np.bincount(tested.owners, minlength=len(tested.users))

    def add(self, model: Model, outcome: Outcome) -> None:
        """Add the outcome of a model on the present split."""
        train, users = self._split.train, self._tested.users
        result = SplitResult(
            test=self._test,
            lists=outcome.lists,
            item_counts=train.item_counts,
            n_users=train.n_users,
            predicted=outcome.predicted,
            fallback=outcome.fallback,
            relevant_from=self._spec.relevant_from,
        )
        number = self._place[model]
        for metric in {each.compute: each for each in self._means}.values():
            for target, values in zip(self._totals[metric.compute], add_up(metric, result), strict=True):
                target[number, users] += values
        for metric in self._catalogue:
            figure, without = metric.compute(result)
            self._figures[metric.name][number] += figure
            self._shifts[metric.name][number, users] += without

    def finished(self, start: float, progress: Progress | None = None) -> Evaluation:
        """The evaluation, begun at `start` of time.perf_counter(). Raises SpecError where no user was tested.

        `progress` is called with (resamples drawn, resamples), and may raise to stop.
        """
        users = np.flatnonzero(self._counts).astype(np.int32)
        if not users.size:
            raise SpecError("none of the sampled users has a rating held out; raise sample")
        # `take` leaves arrays row by row in memory: the order decides the last digit of a sum
        means = [
            UserMean.of(metric, *(array.take(users, axis=1) for array in self._totals[metric.compute]))
            for metric in self._means
        ]
        figures = {mean.metric.name: mean.figures() for mean in means}
        return Evaluation(
            spec=self._spec,
            models=tuple(self._models),
            users=users,
            figures=figures | {name: values / self._folds for name, values in self._figures.items()},
            resampled=resample(means, progress=progress),
            shifts={name: values.take(users, axis=1) / self._folds for name, values in self._shifts.items()},
            n_ratings=int(self._counts.sum()),
            n_cold=self._n_cold,
            seconds=time.perf_counter() - start,
        )
