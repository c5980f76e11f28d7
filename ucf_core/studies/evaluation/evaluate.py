"""Runs an evaluation: settings and baselines on the same splits, everything fitted on the training parts only."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.linalg.blas import one_blas_thread
from ucf_core.base.progress import Progress
from ucf_core.explorer.builds import check_dim
from ucf_core.explorer.explorer import Explorer
from ucf_core.neighbours.neighbours import check_neighbour_count
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.evaluation.baselines import BASELINES, random, top_unseen
from ucf_core.studies.evaluation.results import Evaluation
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting, distinct
from ucf_core.studies.evaluation.split import Split, check_split, splits
from ucf_core.studies.evaluation.tally import Tally
from ucf_core.studies.evaluation.user_knn import HeldOut, Outcome, outcomes

Say = Callable[[str], None]
"""Called with words for what is being done now."""

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
    engine 'exact' where the last digit matters. Nothing is stored. `progress` is called with the share that is done,
    and may raise to stop.

    Raises:
        SpecError: where the ratings do not allow the protocol or a setting.
    """
    settings = distinct(settings)
    start = time.perf_counter()
    check(ratings, spec, settings)
    n_folds = spec.split.folds if spec.split.protocol == "kfold" else 1
    bar = _Bar(progress, n_folds + _DRAWING)
    announce: Say = say or (lambda _words: None)
    dataset, ratings = ratings, ratings.to_evaluate(spec.sample, spec.split.seed, progress=lambda *_: bar(0.0))
    sampled = sampled_users(ratings, spec)
    tally = Tally(ratings, spec, settings)
    for fold, split in enumerate(splits(ratings, spec.split)):
        part = f"fold {fold + 1} of {n_folds}" if n_folds > 1 else "the training part"
        tested = HeldOut.of(split, sampled)

        def say_of(words: str, *, of: str = part) -> None:
            announce(f"{words}, {of}")

        _evaluate_split(split, tested, spec, settings, tally, bar, fold, say_of)
    announce("Drawing intervals, 1,000 resamples of the users")
    # the products are narrow: threads would spend their time on waiting for each other
    with one_blas_thread():
        made = tally.finished(start, bar.step(n_folds, _DRAWING))
    if dataset is ratings:
        return made
    return replace(made, users=np.searchsorted(dataset.users.ids, ratings.users.ids[made.users]).astype(np.int32))


def sampled_users(ratings: Ratings, spec: EvaluationSpec) -> NDArray[np.intp] | None:
    """Rows, ascending, of the users who are measured; None for all."""
    if spec.sample is None or spec.sample >= ratings.n_users:
        return None
    return np.sort(np.random.default_rng(spec.split.seed).permutation(ratings.n_users)[: spec.sample])


def _evaluate_split(
    split: Split,
    tested: HeldOut,
    spec: EvaluationSpec,
    settings: Sequence[Setting],
    tally: Tally,
    bar: "_Bar",
    fold: int,
    say: Say,
) -> None:
    explorer = Explorer(split.train, in_memory=True)
    tally.begin(split, tested)
    say("Fitting baselines")
    for name in spec.baselines:
        bar(fold)
        fitted = random(split.train, seed=spec.split.seed) if name == "random" else BASELINES[name](split.train)
        predicted = fitted.predict and fitted.predict(tested.users[tested.owners], tested.items)
        tally.add(name, Outcome(predicted, None, top_unseen(fitted.scores, split.train, tested.users, spec.n)))
    queries = list(dict.fromkeys(setting.query for setting in settings))
    for number, query in enumerate(queries):
        at, width = fold + number / len(queries), 1 / len(queries)
        scorings = [setting.scoring for setting in settings if setting.query == query]
        say("Fitting embedding and index")
        explorer.builds.index(query, progress=bar.step(at, width * _FITTING))
        say(f"Predicting for {len(tested.users):,} users")
        # each user's matrices are small: BLAS would spend its time on waking threads
        with one_blas_thread():
            progress = bar.step(at + width * _FITTING, width * (1 - _FITTING))
            made = outcomes(explorer, tested, query, scorings, n=spec.n, progress=progress)
        for scoring, outcome in zip(scorings, made, strict=True):
            tally.add(Setting(query=query, scoring=scoring), outcome)
    bar(fold + 1)


class _Bar:
    """Progress over everything, in folds; fitting has several steps, and the bar must not go back."""

    def __init__(self, progress: Progress | None, total: float) -> None:
        self._progress, self._total, self._reached = progress, total, 0.0

    def __call__(self, done: float) -> None:
        self._reached = max(self._reached, done)
        if self._progress is not None:
            self._progress(self._reached, self._total)

    def step(self, start: float, width: float) -> Progress:
        """The progress of a step that takes the bar from `start` to `start + width`."""
        return lambda done, total: self(start + width * (done / total if total else 0.0))
