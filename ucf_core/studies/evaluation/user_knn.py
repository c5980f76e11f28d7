"""User-kNN on one split: what it predicts of the held-out ratings, and the lists it makes."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.cores import usable_cores
from ucf_core.base.progress import Progress
from ucf_core.base.specs import QuerySpec
from ucf_core.explorer.explorer import Explorer
from ucf_core.neighbours.neighbours import Neighbours
from ucf_core.recommendations.recommendation import judge
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.evaluation.split import Split

# Users whose neighbours are searched for at once; progress is reported in between.
_USERS = 128


@dataclass(frozen=True, eq=False)
class Outcome:
    """Predictions and lists of a model on one split, for the tested users.

    Attributes:
        predicted: (n_test,) float64 predicted ratings of the held-out entries; None where the model predicts none.
        fallback: (n_test,) which of them no neighbour supports; None where that means nothing.
        lists: (m, n) int32 item rows, best first, -1 at the end of shorter lists.
    """

    predicted: NDArray[np.float64] | None
    fallback: NDArray[np.bool_] | None
    lists: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The users of a split who are measured, and their held-out entries.

    Attributes:
        users: (m,) rows, ascending.
        owners: (n_test,) whose each entry is, as a position in `users`; ascending.
        items: (n_test,) item rows.
    """

    users: NDArray[np.int32]
    owners: NDArray[np.intp]
    items: NDArray[np.int32]

    @classmethod
    def of(cls, split: Split, sampled: NDArray[np.integer] | None) -> "HeldOut":
        """Those of the `sampled` users (rows; None: all) who have something held out."""
        entries = np.full(len(split.test_users), True) if sampled is None else np.isin(split.test_users, sampled)
        users, owners = np.unique(split.test_users[entries], return_inverse=True)
        return cls(users, owners, split.test_items[entries])


def outcomes(
    explorer: Explorer,
    tested: HeldOut,
    query: QuerySpec,
    scorings: Sequence[ScoringSpec],
    *,
    n: int,
    progress: Progress | None = None,
) -> list[Outcome]:
    """One outcome for each of `scorings`, all from the same neighbours.

    `explorer` must hold the training part alone. `progress` is called with (users done, users) and may raise to stop.
    """
    m, n_test = len(tested.users), len(tested.items)
    predicted = np.empty((len(scorings), n_test))
    fallback = np.empty((len(scorings), n_test), dtype=bool)
    lists = np.full((len(scorings), m, n), -1, dtype=np.int32)
    biases = explorer.builds.biases
    bounds = np.searchsorted(tested.owners, np.arange(m + 1))

    def measure(position: int, neighbours: Neighbours, chosen: Sequence[int]) -> None:
        entries = slice(bounds[position], bounds[position + 1])
        items = tested.items[entries]
        for at in chosen:
            judged = judge(neighbours, biases, scorings[at])
            predicted[at, entries] = judged.predictions.ratings[items]
            fallback[at, entries] = judged.predictions.fallback[items]
            best = judged.best(n)
            lists[at, position, : best.size] = best

    at_work: list[Future[None]] = []
    with ThreadPoolExecutor(usable_cores()) as pool:
        for scope in {scoring.neighbourhood for scoring in scorings}:
            chosen = [at for at, scoring in enumerate(scorings) if scoring.neighbourhood == scope]
            found = explorer.neighbours_of(tested.users, query, scope=scope, block=_USERS)
            for position, neighbours in enumerate(found):
                if position % _USERS == 0:
                    # the neighbours of these were searched for while the last ones were judged
                    _finish(at_work)
                    if progress is not None:
                        progress(position, m)
                at_work.append(pool.submit(measure, position, neighbours, chosen))
        _finish(at_work)
    return [Outcome(*each) for each in zip(predicted, fallback, lists, strict=True)]


def _finish(at_work: list[Future[None]]) -> None:
    """Wait for all of it, raise the first error, and empty the list."""
    for one in at_work:
        one.result()
    at_work.clear()
