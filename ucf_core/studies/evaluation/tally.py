"""Adds up, over the folds, what models made of them."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from ucf_core.base.errors import SpecError
from ucf_core.base.progress import Progress
from ucf_core.base.specs import QuerySpec
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.evaluation.by_user import LISTED, LISTS, SUMS, Arrays, ByUser
from ucf_core.studies.evaluation.catalogue_metrics import listed
from ucf_core.studies.evaluation.metrics import list_metrics, rating_errors
from ucf_core.studies.evaluation.results import TOGETHER, Evaluation, Model
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting
from ucf_core.studies.evaluation.split import Split
from ucf_core.studies.evaluation.user_knn import HeldOut, Outcome


class Tally:
    """What models made of each user, added up over folds."""

    def __init__(self, ratings: Ratings, spec: EvaluationSpec, settings: Sequence[Setting]) -> None:
        """Room for the baselines of `spec` and for `settings`."""
        self._spec = spec
        self._models: list[Model] = [*spec.baselines, *settings]
        self._place = {model: number for number, model in enumerate(self._models)}
        shape = (len(self._models), ratings.n_users)
        self._sums = {name: np.zeros(shape) for name in SUMS}
        self._lists = {name: np.zeros(shape) for name in LISTS}
        self._listed = {name: np.zeros(shape) for name in LISTED}
        self._n_lists = np.zeros(shape, dtype=np.int64)
        self._together = {name: np.zeros(shape[0]) for name in TOGETHER}
        self._without = {name: np.zeros(shape) for name in TOGETHER}
        self._counts = np.zeros(ratings.n_users, dtype=np.int64)
        self._measured = np.zeros(ratings.n_users, dtype=np.int64)
        self._folds = self._n_cold = 0

    def scorings_by_query(self) -> dict[QuerySpec, list[ScoringSpec]]:
        """The settings, those with the same neighbours together."""
        found: dict[QuerySpec, list[ScoringSpec]] = {}
        for model in self._models:
            if isinstance(model, Setting):
                found.setdefault(model.query, []).append(model.scoring)
        return found

    def begin(self, split: Split, tested: HeldOut) -> None:
        """What follows is of this split."""
        self._split, self._tested = split, tested
        self._test = split.test_matrix[tested.users]
        self._folds += 1
        self._n_cold += int(np.isin(tested.users, split.cold_users).sum())
        self._counts[tested.users] += np.bincount(tested.owners, minlength=len(tested.users))
        threshold = self._spec.relevant_from
        relevant = np.ones(len(tested.ratings), dtype=bool) if threshold is None else tested.ratings >= threshold
        self._measured[np.unique(tested.users[tested.owners[relevant]])] += 1

    def add(self, model: Model, outcome: Outcome) -> None:
        """Add what a model made of the split that was begun."""
        number, users = self._place[model], self._tested.users
        for name, values in self._sums_of(outcome).items():
            self._sums[name][number, users] += values
        found = list_metrics(outcome.lists, self._test, relevant_from=self._spec.relevant_from)
        for name in LISTS:
            values = found.reciprocal_rank if name == "mrr" else getattr(found, name)
            self._lists[name][number, users[found.users]] += values
        self._add_listed(number, outcome)

    def _add_listed(self, number: int, outcome: Outcome) -> None:
        train, users = self._split.train, self._tested.users
        made = listed(outcome.lists, train.item_counts, train.n_users)
        self._listed["places"][number, users] += made.places
        self._listed["raters"][number, users] += made.raters
        self._listed["novelty"][number, users] += np.nan_to_num(made.novelty)
        self._n_lists[number, users] += made.places > 0
        for name in TOGETHER:
            self._together[name][number] += getattr(made, name)
            self._without[name][number, users] += getattr(made, f"{name}_without")

    def _sums_of(self, outcome: Outcome) -> dict[str, Any]:
        if outcome.predicted is None:
            return dict.fromkeys(SUMS, np.nan)
        errors = rating_errors(self._tested.owners, self._tested.ratings, outcome.predicted, outcome.fallback)
        # a baseline has no neighbours whose support it could lack
        fallbacks = np.nan if outcome.fallback is None else errors.fallbacks
        return {"squared": errors.squared, "absolute": errors.absolute, "fallbacks": fallbacks}

    def finished(self, start: float, progress: Progress | None = None) -> Evaluation:
        """All of it, begun at `start` of time.perf_counter(). Raises SpecError if nobody was tested.

        `progress` hears of (resamples drawn, resamples), and may raise to stop.
        """
        users = np.flatnonzero(self._counts).astype(np.int32)
        if not users.size:
            raise SpecError("none of the sampled users has a rating held out; raise sample")

        def measured(arrays: Arrays) -> Arrays:
            # row by row in memory, as they are read from disk: the order decides the last digit of a sum
            return {name: values.take(users, axis=1) for name, values in arrays.items()}

        listed_by_user = measured(self._listed)
        # 0 / 0 is NaN: nothing relevant was held out of this user, or the user has no list
        with np.errstate(invalid="ignore"):
            lists = {name: values / self._measured[users] for name, values in measured(self._lists).items()}
            listed_by_user["novelty"] /= self._n_lists.take(users, axis=1)
        by_user = ByUser(
            counts=self._counts[users],
            sums=measured(self._sums),
            lists=lists,
            listed=listed_by_user,
        )
        return Evaluation(
            spec=self._spec,
            models=tuple(self._models),
            users=users,
            by_user=by_user,
            resampled=by_user.resampled(progress=progress),
            together={name: values / self._folds for name, values in self._together.items()},
            without={name: values / self._folds for name, values in measured(self._without).items()},
            n_cold=self._n_cold,
            seconds=time.perf_counter() - start,
        )
