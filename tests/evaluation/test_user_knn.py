"""What threads make of many users is what one makes of each; and a stop is heard."""

import numpy as np
import pytest

from ucf_core.base.errors import CancelledError
from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.explorer.explorer import Explorer
from ucf_core.recommendations.recommendation import judge
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.evaluation import user_knn
from ucf_core.studies.evaluation.split import splits
from ucf_core.studies.evaluation.user_knn import HeldOut, outcomes

QUERY = QuerySpec(k=12, dim=8, engine="exact")
SCORINGS = [
    ScoringSpec(),
    ScoringSpec(neighbourhood="per_item"),
    ScoringSpec(ranking="learned"),
    ScoringSpec(ranking="hybrid"),
]


@pytest.fixture(scope="module")
def split(clustered):
    (part,) = splits(clustered, SplitSpec(protocol="per_user_holdout"))
    return part


@pytest.fixture
def explorer(split):
    return Explorer(split.train, in_memory=True)


@pytest.fixture
def tested(split):
    return HeldOut.of(split, None)


@pytest.mark.parametrize("cores", [1, 2, 5])
def test_each_user_gets_what_they_get_alone(cores, explorer, tested, monkeypatch):
    monkeypatch.setattr(user_knn, "usable_cores", lambda: cores)
    monkeypatch.setattr(user_knn, "_USERS", 7)
    made = outcomes(explorer, tested, QUERY, SCORINGS, n=5)
    for outcome, scoring in zip(made, SCORINGS, strict=True):
        for position, user in enumerate(tested.users[:25]):
            (neighbours,) = explorer.neighbours_of(np.array([user]), QUERY, scope=scoring.neighbourhood)
            judged = judge(neighbours, explorer.builds.biases, scoring)
            entries = tested.owners == position
            np.testing.assert_allclose(outcome.predicted[entries], judged.predictions.ratings[tested.items[entries]])
            best = judged.best(5)
            np.testing.assert_array_equal(outcome.lists[position], np.append(best, [-1] * (5 - best.size)))


def test_progress_rises_by_blocks_and_may_stop_it(explorer, tested, monkeypatch):
    monkeypatch.setattr(user_knn, "_USERS", 50)
    heard = []
    outcomes(explorer, tested, QUERY, SCORINGS[:1], n=5, progress=lambda done, total: heard.append((done, total)))
    assert heard == [(done, len(tested.users)) for done in range(0, len(tested.users), 50)]

    def stop(done, total):
        if done >= 100:
            raise CancelledError("enough")

    with pytest.raises(CancelledError, match="enough"):
        outcomes(explorer, tested, QUERY, SCORINGS[:1], n=5, progress=stop)


def test_a_fault_of_one_user_is_heard(explorer, tested, monkeypatch):
    def fail(neighbours, biases, scoring):
        if neighbours.user == 30:
            raise ZeroDivisionError("user 30")
        return judge(neighbours, biases, scoring)

    monkeypatch.setattr(user_knn, "judge", fail)
    with pytest.raises(ZeroDivisionError, match="user 30"):
        outcomes(explorer, tested, QUERY, SCORINGS[:1], n=5)
