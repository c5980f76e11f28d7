"""Results of an evaluation: metrics with intervals for every model, kept user by user, so that models can be paired."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.arrays import read_only
from ucf_core.errors import SpecError
from ucf_core.evaluation.grid import EvaluationSpec, Setting
from ucf_core.evaluation.intervals import Interval, mean_difference, mean_interval, pooled_difference, pooled_interval
from ucf_core.evaluation.knn import HeldOut, Outcome
from ucf_core.evaluation.metrics import list_metrics, rating_errors
from ucf_core.evaluation.split import Split
from ucf_core.quality.beyond_accuracy import catalogue_use
from ucf_core.ratings import Ratings
from ucf_core.specs import QuerySpec, ScoringSpec

Model: TypeAlias = Setting | str
"""What was evaluated: a setting of the user-kNN, or the name of a baseline."""

SUMS = ("squared", "absolute", "fallbacks")
LISTS = ("ndcg", "precision", "recall", "hit_rate", "mrr")
ERRORS = ("rmse", "mae", "user_rmse", "user_mae")
PAIRED = (*ERRORS, *LISTS)
"""Metrics that are measured user by user, so that two models can be told apart."""
CATALOGUE = ("item_coverage", "gini", "popularity", "novelty")
LOWER_IS_BETTER = frozenset({"rmse", "mae", "user_rmse", "user_mae", "fallback_share", "gini", "popularity"})


@dataclass(frozen=True, eq=False)
class Row:
    """The figures of one model.

    Attributes:
        model: what was evaluated.
        metrics: by name; None where the model does not have it (popular predicts no ratings).
        ci95: 95 % bootstrap intervals over users, for those metrics that are made from users.
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
    """Everything that was measured. Arrays are read-only; of k folds, what a user has in each is put together.

    Attributes:
        spec: how it was measured.
        models: R models, baselines first.
        users: (m,) rows of the users who were measured.
        counts: (m,) held-out ratings of each.
        sums: by name in SUMS, (R, m): squared and absolute errors added up, and predictions without support; NaN for
            a model that predicts no ratings.
        lists: by name in LISTS, (R, m), means over folds; NaN for a user with nothing relevant held out.
        catalogue: by name in CATALOGUE, (R,), means over folds.
        n_cold: tested users, summed over folds, without a training rating.
        seconds: what all of it took.
    """

    spec: EvaluationSpec
    models: tuple[Model, ...]
    users: NDArray[np.int32]
    counts: NDArray[np.int64]
    sums: dict[str, NDArray[np.float64]]
    lists: dict[str, NDArray[np.float64]]
    catalogue: dict[str, NDArray[np.float64]]
    n_cold: int
    seconds: float

    def __post_init__(self) -> None:
        read_only(self.users, self.counts, *self.sums.values(), *self.lists.values(), *self.catalogue.values())

    @cached_property
    def rows(self) -> list[Row]:
        """The figures of every model, in the order of `models`."""
        return [self._row(number) for number in range(len(self.models))]

    def difference(self, metric: str, first: Model, second: Model) -> Interval:
        """first - second in `metric`, with its 95 % interval over the same users: above or below 0 for sure, or not.

        `metric` is one of PAIRED. Raises SpecError for others, and for models that do not have it.
        """
        a, b = self.models.index(first), self.models.index(second)
        if metric not in PAIRED:
            raise SpecError(f"metric={metric!r} is not measured user by user; choose {', '.join(PAIRED)}")
        if metric in ERRORS:
            root = metric.endswith("rmse")
            name = "squared" if root else "absolute"
            one, other = self.sums[name][a], self.sums[name][b]
            if np.isnan(one).any() or np.isnan(other).any():
                raise SpecError(f"{metric} needs two models that predict ratings; choose others, or a metric of lists")
            if metric in ("rmse", "mae"):
                return pooled_difference(one, other, self.counts, root=root)
            mine, yours = one / self.counts, other / self.counts
            return mean_difference(*((np.sqrt(mine), np.sqrt(yours)) if root else (mine, yours)))
        measured = self._measured
        return mean_difference(self.lists[metric][a, measured], self.lists[metric][b, measured])

    @cached_property
    def _measured(self) -> NDArray[np.bool_]:
        """(m,) which users have something relevant held out; the same for all models."""
        measured: NDArray[np.bool_] = ~np.isnan(self.lists["ndcg"][0])
        return measured

    def _row(self, number: int) -> Row:
        intervals: dict[str, Interval] = {}
        metrics: dict[str, float | None] = dict.fromkeys(
            ("rmse", "mae", "user_rmse", "user_mae", "coverage", "fallback_share")
        )
        squared, absolute, fallbacks = (self.sums[name][number] for name in SUMS)
        if not np.isnan(squared).any():
            intervals["rmse"] = pooled_interval(squared, self.counts, root=True)
            intervals["mae"] = pooled_interval(absolute, self.counts)
            intervals["user_rmse"] = mean_interval(np.sqrt(squared / self.counts))
            intervals["user_mae"] = mean_interval(absolute / self.counts)
        if not np.isnan(fallbacks).any():
            share = float(fallbacks.sum() / self.counts.sum())
            metrics |= {"fallback_share": share, "coverage": 1.0 - share}
        if self._measured.any():
            intervals |= {name: mean_interval(self.lists[name][number, self._measured]) for name in LISTS}
        else:
            metrics |= dict.fromkeys(LISTS)
        metrics |= {name: interval.estimate for name, interval in intervals.items()}
        metrics |= {name: _known(self.catalogue[name][number]) for name in CATALOGUE}
        return Row(self.models[number], metrics, {name: (each.low, each.high) for name, each in intervals.items()})


class Tally:
    """Adds up, over the folds, what models made of them."""

    def __init__(self, ratings: Ratings, spec: EvaluationSpec, settings: Sequence[Setting]) -> None:
        """Room for the baselines of `spec` and for `settings`."""
        self._spec = spec
        self._models: list[Model] = [*spec.baselines, *settings]
        self._place = {model: number for number, model in enumerate(self._models)}
        shape = (len(self._models), ratings.n_users)
        self._sums = {name: np.zeros(shape) for name in SUMS}
        self._lists = {name: np.zeros(shape) for name in LISTS}
        self._catalogue = {name: np.zeros(shape[0]) for name in CATALOGUE}
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
        number, tested = self._place[model], self._tested
        for name in SUMS:
            self._sums[name][number, tested.users] += self._sums_of(outcome)[name]
        found = list_metrics(outcome.lists, self._test, relevant_from=self._spec.relevant_from)
        for name in LISTS:
            values = found.reciprocal_rank if name == "mrr" else getattr(found, name)
            self._lists[name][number, tested.users[found.users]] += values
        train = self._split.train
        used = catalogue_use(outcome.lists, train.item_counts, train.n_users)
        for name in CATALOGUE:
            self._catalogue[name][number] += getattr(used, name)

    def _sums_of(self, outcome: Outcome) -> dict[str, Any]:
        if outcome.predicted is None:
            return dict.fromkeys(SUMS, np.nan)
        errors = rating_errors(self._tested.owners, self._tested.ratings, outcome.predicted, outcome.fallback)
        # a baseline has no neighbours whose support it could lack
        fallbacks = np.nan if outcome.fallback is None else errors.fallbacks
        return {"squared": errors.squared, "absolute": errors.absolute, "fallbacks": fallbacks}

    def finished(self, seconds: float) -> Evaluation:
        """All of it. Raises SpecError if nobody was tested."""
        users = np.flatnonzero(self._counts).astype(np.int32)
        if not users.size:
            raise SpecError("none of the sampled users has a rating held out; raise sample")
        with np.errstate(invalid="ignore"):  # 0 / 0 is NaN: nothing relevant was held out of this user
            lists = {name: values[:, users] / self._measured[users] for name, values in self._lists.items()}
        return Evaluation(
            spec=self._spec,
            models=tuple(self._models),
            users=users,
            counts=self._counts[users],
            sums={name: values[:, users] for name, values in self._sums.items()},
            lists=lists,
            catalogue={name: values / self._folds for name, values in self._catalogue.items()},
            n_cold=self._n_cold,
            seconds=seconds,
        )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
