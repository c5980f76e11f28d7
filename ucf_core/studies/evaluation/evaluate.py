"""Runs an evaluation: settings and baselines on the same splits, everything fitted on the training parts only."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.linalg.blas import one_blas_thread
from ucf_core.base.progress import Progress
from ucf_core.explorer.builds import check_dim
from ucf_core.explorer.explorer import Explorer
from ucf_core.neighbours.neighbours import check_neighbour_count
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.evaluation.baselines import BASELINES, Baseline, random, top_unseen
from ucf_core.studies.evaluation.results import Evaluation
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting, distinct
from ucf_core.studies.evaluation.split import Split, check_split, splits
from ucf_core.studies.evaluation.tally import Tally
from ucf_core.studies.evaluation.user_knn import HeldOut, Outcome, outcomes

Say = Callable[[str], None]
"""Is called with words for what is being done now."""

# Of the progress of a fold this share goes to fitting, the rest to the users; a guess that only the bar sees.
_FITTING = 0.3
# Drawing intervals takes about this share of what a fold takes.
_DRAWING = 0.02


def check(ratings: Ratings, spec: EvaluationSpec, settings: Sequence[Setting]) -> None:
    """Raise SpecError where the ratings do not allow the protocol or a setting, before anything is split or fitted.

    The rank of a training part may be smaller than its sides: a dim beyond that is refused only when it is fitted.
    """
    check_split(ratings, spec.split)
    n_users = ratings.learned_from(spec.sample, spec.split.seed)
    for setting in settings:
        check_neighbour_count(setting.query.k, n_users)
        if setting.query.space == "svd":
            check_dim(setting.query, min(n_users, ratings.n_items))


def evaluate(
    ratings: Ratings,
    spec: EvaluationSpec,
    settings: Sequence[Setting],
    *,
    progress: Progress | None = None,
    say: Say | None = None,
) -> Evaluation:
    """Measure `settings` and `spec.baselines` on held-out ratings.

    Of a dataset on a cluster the users who are measured are read into memory, and everything is learned from them.
    The same specs give the same digits: graphs of up to 20,000 users are built by one thread; for more users choose
    engine 'exact' where the last digit matters. Nothing is kept on disk. `progress` hears of the share that is done,
    and may raise to stop.

    Raises:
        SpecError: where the ratings do not allow the protocol or a setting.
    """
    settings = distinct(settings)
    start = time.perf_counter()
    check(ratings, spec, settings)
    n_folds = spec.split.folds if spec.split.protocol == "kfold" else 1
    whole = _Whole(progress, n_folds + _DRAWING)
    dataset, ratings = ratings, ratings.to_evaluate(spec.sample, spec.split.seed, progress=lambda *_: whole(0.0))
    sampled = sampled_users(ratings, spec)
    parts = splits(ratings, spec.split)
    tally = Tally(ratings, spec, settings)
    for fold, split in enumerate(parts):
        report = _Report(whole, fold)
        in_words = f"fold {fold + 1} of {n_folds}" if n_folds > 1 else "the training part"
        _evaluate_split(split, HeldOut.of(split, sampled), spec, tally, report, partial(_say, say, in_words))
    _say(say, "1,000 resamples of the users", "Drawing intervals")
    # the products are narrow: threads would spend their time on waiting for each other
    with one_blas_thread():
        made = tally.finished(start, lambda done, total: whole(n_folds + _DRAWING * done / (total or 1)))
    if dataset is ratings:
        return made
    return replace(made, users=np.searchsorted(dataset.users.ids, ratings.users.ids[made.users]).astype(np.int32))


def sampled_users(ratings: Ratings, spec: EvaluationSpec) -> NDArray[np.intp] | None:
    """Rows, ascending, of the users who are measured; None for all."""
    if spec.sample is None or spec.sample >= ratings.n_users:
        return None
    return np.sort(np.random.default_rng(spec.split.seed).permutation(ratings.n_users)[: spec.sample])


def _evaluate_split(
    split: Split, tested: HeldOut, spec: EvaluationSpec, tally: Tally, report: "_Report", say: Say
) -> None:
    explorer = Explorer(split.train, in_memory=True)
    tally.begin(split, tested)
    say("Fitting baselines")
    for name in spec.baselines:
        report(0.0)
        fitted = random(split.train, seed=spec.split.seed) if name == "random" else BASELINES[name](split.train)
        tally.add(name, _of_baseline(fitted, split, tested, spec.n))
    by_query = tally.scorings_by_query()
    weight = 1 / max(len(by_query), 1)
    for number, (query, scorings) in enumerate(by_query.items()):

        def fitting(done: float, total: float | None, *, at: float = number * weight) -> None:
            report(at + weight * _FITTING * (done / total if total else 0.0))

        def testing(done: float, total: float | None, *, at: float = number * weight) -> None:
            report(at + weight * (_FITTING + (1 - _FITTING) * (done / total if total else 0.0)))

        say("Fitting embedding and index")
        explorer.builds.index(query, progress=fitting)
        say(f"Predicting for {len(tested.users):,} users")
        # each user's matrices are small: BLAS would spend its time on waking threads
        with one_blas_thread():
            made = outcomes(explorer, tested, query, scorings, n=spec.n, progress=testing)
        for scoring, outcome in zip(scorings, made, strict=True):
            tally.add(Setting(query=query, scoring=scoring), outcome)
    report(1.0)


def _of_baseline(fitted: Baseline, split: Split, tested: HeldOut, n: int) -> Outcome:
    predicted = None
    if fitted.predict is not None:
        predicted = fitted.predict(tested.users[tested.owners], tested.items)
    return Outcome(predicted, None, top_unseen(fitted.scores, split.train, tested.users, n))


class _Whole:
    """Progress over everything, in folds."""

    def __init__(self, progress: Progress | None, total: float) -> None:
        self._progress, self._total = progress, total

    def __call__(self, done: float) -> None:
        if self._progress is not None:
            self._progress(done, self._total)


class _Report:
    """Progress over all folds, from the share of one; fitting has several steps, and the bar must not go back."""

    def __init__(self, whole: _Whole, fold: int) -> None:
        self._whole, self._fold = whole, fold
        self._reached = 0.0

    def __call__(self, share: float) -> None:
        self._reached = max(self._reached, share)
        self._whole(self._fold + self._reached)


def _say(say: Say | None, of: str, words: str) -> None:
    if say is not None:
        say(f"{words}, {of}")
