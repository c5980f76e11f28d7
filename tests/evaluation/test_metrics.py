"""Metrics by hand, against scikit-learn, and by what must hold for any lists."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.metrics import mean_absolute_error, ndcg_score, root_mean_squared_error

from ucf_core.base.errors import SpecError
from ucf_core.studies.evaluation.metrics import GAINS, list_metrics, rating_errors

N_ITEMS = 8


def held_out(*rows: dict) -> csr_array:
    """A CSR of {item: rating} for each user; a rating of 0 is stored, too."""
    entries = [(user, item, rating) for user, row in enumerate(rows) for item, rating in sorted(row.items())]
    users, items, ratings = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_array(
        (np.array(ratings, dtype=np.float32), (np.array(users, dtype=int), np.array(items, dtype=int))),
        shape=(len(rows), N_ITEMS),
    )


def test_rating_errors_by_hand():
    """User 2 errs by 1, -1 and 0; user 7 by 2."""
    found = rating_errors(
        np.array([7, 2, 2, 2]),
        np.array([1, 3, 4, 5], dtype=np.float32),
        np.array([3.0, 4, 3, 5]),
        np.array([True, False, True, False]),
    )
    assert found.users.tolist() == [2, 7]
    assert found.counts.tolist() == [3, 1]
    assert found.squared.tolist() == [2, 4]
    assert found.absolute.tolist() == [2, 2]
    assert found.rmse == pytest.approx(math.sqrt(6 / 4))
    assert found.mae == 1
    assert found.mean_user_rmse == pytest.approx((math.sqrt(2 / 3) + 2) / 2)
    assert found.mean_user_mae == pytest.approx((2 / 3 + 2) / 2)
    assert found.fallbacks.tolist() == [1, 1]
    assert (found.coverage, found.fallback_share) == (0.5, 0.5)


def test_rating_errors_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    users, actual, predicted = rng.integers(20, size=300), rng.random(300), rng.random(300)
    found = rating_errors(users, actual, predicted)
    assert found.rmse == pytest.approx(root_mean_squared_error(actual, predicted))
    assert found.mae == pytest.approx(mean_absolute_error(actual, predicted))
    own = [(users == user) for user in found.users]
    np.testing.assert_allclose(found.user_rmse, [root_mean_squared_error(actual[o], predicted[o]) for o in own])
    np.testing.assert_allclose(found.user_mae, [mean_absolute_error(actual[o], predicted[o]) for o in own])
    assert found.coverage == 1


def test_predictions_that_are_not_numbers_are_refused():
    with pytest.raises(SpecError, match="2 of 3 predicted ratings are not finite"):
        rating_errors(np.array([1, 1, 2]), np.ones(3), np.array([math.nan, 1, math.inf]))
    with pytest.raises(SpecError, match="no held-out ratings"):
        rating_errors(np.array([], dtype=int), np.array([]), np.array([]))


def test_list_metrics_by_hand():
    """Three lists of four; the user in the middle has nothing held out, the last one's list is short."""
    lists = np.array([[3, 0, 1, 7], [0, 1, 2, 3], [5, -1, -1, -1]])
    found = list_metrics(lists, held_out({0: 2.0, 7: 5.0, 6: 3.0}, {}, {4: 1.0}))
    assert found.users.tolist() == [0, 2]
    dcg = 1 / math.log2(3) + 1 / math.log2(5)
    np.testing.assert_allclose(found.ndcg, [dcg / (1 + 1 / math.log2(3) + 1 / math.log2(4)), 0])
    np.testing.assert_allclose(found.precision, [2 / 4, 0])
    np.testing.assert_allclose(found.recall, [2 / 3, 0])
    assert found.hit_rate.tolist() == [1, 0]
    assert found.reciprocal_rank.tolist() == [1 / 2, 0]


def test_precision_of_a_short_list_is_over_n():
    found = list_metrics(np.array([[5, 4, -1, -1]]), held_out({4: 1.0, 5: 1.0}))
    assert (found.precision[0], found.recall[0], found.ndcg[0]) == (0.5, 1, 1)


def test_padding_is_no_item_of_the_user_before():
    """-1 is one less than this user's first item, which is the last item of the user before."""
    found = list_metrics(np.array([[0, 1], [0, -1]]), held_out({7: 5.0}, {7: 5.0}))
    assert found.hit_rate.tolist() == [0, 0]


@pytest.mark.parametrize(("gain", "values"), [("linear", (2, 5)), ("exponential", (3, 31)), ("binary", (1, 1))])
def test_graded_gain_by_hand(gain, values):
    """Rated 2 comes first and rated 5 second; the best list is the other way round."""
    low, high = values
    found = list_metrics(np.array([[1, 2]]), held_out({1: 2.0, 2: 5.0}), gain=gain)
    np.testing.assert_allclose(found.ndcg, [(low + high / math.log2(3)) / (high + low / math.log2(3))])


def test_only_what_is_rated_high_enough_is_relevant_when_asked():
    test = held_out({1: 2.0, 2: 4.0, 3: 3.5}, {1: 3.0})
    found = list_metrics(np.array([[1, 2], [1, 2]]), test, relevant_from=3.5)
    assert found.users.tolist() == [0]
    assert (found.precision[0], found.recall[0], found.reciprocal_rank[0]) == (0.5, 0.5, 0.5)
    # of the best list 4 stars come first; 2 stars have no gain, though the item stands in the list
    graded = list_metrics(np.array([[1, 2]]), test[[0]], relevant_from=3.5, gain="linear")
    np.testing.assert_allclose(graded.ndcg, [(4 / math.log2(3)) / (4 + 3.5 / math.log2(3))])


def test_nobody_with_anything_relevant_gives_no_metrics():
    assert list_metrics(np.array([[1, 2]]), held_out({})).users.size == 0
    assert list_metrics(np.array([[1, 2]]), held_out({1: 2.0}), relevant_from=5).ndcg.size == 0


def test_ratings_that_have_no_gain_give_0():
    found = list_metrics(np.array([[1, 2]]), held_out({1: 0.0, 2: -3.0}), gain="linear")
    assert (found.ndcg[0], found.recall[0]) == (0, 1)


def test_lists_and_users_that_do_not_match_are_refused():
    with pytest.raises(SpecError, match="2 lists do not fit held-out ratings of 1 users"):
        list_metrics(np.array([[1], [2]]), held_out({1: 2.0}))
    with pytest.raises(SpecError, match="gain='cubic' is not known; choose one of binary, linear, exponential"):
        list_metrics(np.array([[1]]), held_out({1: 2.0}), gain="cubic")


def as_gains(row: dict, gain: str) -> np.ndarray:
    truth = np.zeros(N_ITEMS)
    for item, rating in row.items():
        truth[item] = {"binary": 1, "linear": rating, "exponential": 2**rating - 1}[gain]
    return truth


tests = st.dictionaries(st.integers(0, N_ITEMS - 1), st.sampled_from([0.5, 2.0, 3.5, 5.0]), min_size=1)
full_lists = st.tuples(st.permutations(range(N_ITEMS)), st.integers(1, N_ITEMS)).map(lambda drawn: drawn[0][: drawn[1]])
users_and_lists = st.integers(1, N_ITEMS).flatmap(
    lambda n: st.lists(st.tuples(tests, st.permutations(range(N_ITEMS)).map(lambda p: p[:n])), min_size=1, max_size=4)
)


@given(users_and_lists, st.sampled_from(GAINS))
def test_ndcg_agrees_with_scikit_learn(drawn, gain):
    rows, lists = zip(*drawn, strict=True)
    found = list_metrics(np.array(lists), held_out(*rows), gain=gain)
    for row, shown, ndcg in zip(rows, lists, found.ndcg, strict=True):
        scores = np.zeros(N_ITEMS)
        scores[shown] = np.arange(len(shown), 0, -1)
        assert ndcg == pytest.approx(ndcg_score([as_gains(row, gain)], [scores], k=len(shown)))


@given(users_and_lists, st.sampled_from(GAINS), st.sampled_from([None, 3.0]))
def test_metrics_of_any_lists_are_within_their_bounds_and_agree_with_sets(drawn, gain, relevant_from):
    rows, lists = zip(*drawn, strict=True)
    found = list_metrics(np.array(lists), held_out(*rows), relevant_from=relevant_from, gain=gain)
    relevant = [{item for item, rating in row.items() if rating >= (relevant_from or 0)} for row in rows]
    assert found.users.tolist() == [user for user, items in enumerate(relevant) if items]
    for at, user in enumerate(found.users.tolist()):
        hits = [item in relevant[user] for item in lists[user]]
        assert found.precision[at] == pytest.approx(sum(hits) / len(hits))
        assert found.recall[at] == pytest.approx(sum(hits) / len(relevant[user]))
        assert found.hit_rate[at] == any(hits)
        assert found.reciprocal_rank[at] == (1 / (hits.index(True) + 1) if any(hits) else 0)
        assert 0 <= found.ndcg[at] <= 1 + 1e-12
        assert (found.ndcg[at] > 0) == any(hits)


@given(tests, full_lists, st.sampled_from(GAINS))
def test_moving_a_better_item_forward_raises_ndcg(row, shown, gain):
    """Bubble sort by gain: every swap of neighbours in the wrong order counts."""
    gains = as_gains(row, gain)
    shown = list(shown)
    ndcg = [list_metrics(np.array([shown]), held_out(row), gain=gain).ndcg[0]]
    for _ in shown:
        for at in range(len(shown) - 1):
            if gains[shown[at]] < gains[shown[at + 1]]:
                shown[at], shown[at + 1] = shown[at + 1], shown[at]
                ndcg.append(list_metrics(np.array([shown]), held_out(row), gain=gain).ndcg[0])
    assert all(later > earlier for earlier, later in pairwise(ndcg))


@given(tests, st.permutations(range(N_ITEMS)))
def test_a_longer_list_never_has_less_recall_or_fewer_hits(row, shown):
    results = [list_metrics(np.array([shown[:n]]), held_out(row)) for n in range(1, N_ITEMS + 1)]
    for name in ("recall", "hit_rate", "reciprocal_rank"):
        values = [getattr(result, name)[0] for result in results]
        assert values == sorted(values)
    assert results[-1].recall[0] == 1


def test_metrics_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        list_metrics(np.array([[1]]), held_out({1: 2.0})).ndcg[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        rating_errors(np.array([1]), np.ones(1), np.ones(1)).squared[0] = 1
