"""Metrics of lists by hand, against scikit-learn, and by what must hold for any lists."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.metrics import ndcg_score

from ucf_core.base.errors import SpecError
from ucf_core.studies.evaluation.list_metrics import hit_rate, ndcg, precision, recall, reciprocal_rank
from ucf_core.studies.evaluation.metric import SplitResult

N_ITEMS = 8


def held_out(*rows: dict) -> csr_array:
    """A CSR of {item: rating} for each user; a rating of 0 is stored, too."""
    entries = [(user, item, rating) for user, row in enumerate(rows) for item, rating in sorted(row.items())]
    users, items, ratings = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_array(
        (np.array(ratings, dtype=np.float32), (np.array(users, dtype=int), np.array(items, dtype=int))),
        shape=(len(rows), N_ITEMS),
    )


def result(lists, *rows: dict, relevant_from: float | None = None) -> SplitResult:
    """These lists of users who have these ratings held out."""
    return SplitResult(
        test=held_out(*rows),
        lists=np.array(lists),
        item_counts=np.ones(N_ITEMS, dtype=int),
        n_users=9,
        relevant_from=relevant_from,
    )


def test_the_example_of_the_docstrings():
    """Relevant items at ranks 2 and 4 of 4, of 3 of the user; who has nothing held out is not measured."""
    found = result([[3, 0, 1, 7], [0, 1, 2, 3], [5, -1, -1, -1]], {0: 2.0, 7: 5.0, 6: 3.0}, {}, {4: 1.0})
    dcg = 1 / math.log2(3) + 1 / math.log2(5)
    np.testing.assert_allclose(ndcg(found), [dcg / (1 + 1 / math.log2(3) + 1 / math.log2(4)), math.nan, 0])
    assert ndcg(found)[0] == pytest.approx(0.498, abs=5e-4)
    np.testing.assert_allclose(precision(found), [2 / 4, math.nan, 0])
    np.testing.assert_allclose(recall(found), [2 / 3, math.nan, 0])
    np.testing.assert_array_equal(hit_rate(found), [1, math.nan, 0])
    np.testing.assert_array_equal(reciprocal_rank(found), [1 / 2, math.nan, 0])


def test_precision_of_a_short_list_is_over_n():
    found = result([[5, 4, -1, -1]], {4: 1.0, 5: 1.0})
    assert (precision(found)[0], recall(found)[0], ndcg(found)[0]) == (0.5, 1, 1)


def test_padding_is_no_item_of_the_user_before():
    """-1 is one less than this user's first item, which is the last item of the user before."""
    assert hit_rate(result([[0, 1], [0, -1]], {7: 5.0}, {7: 5.0})).tolist() == [0, 0]


def test_only_what_is_rated_high_enough_is_relevant_when_asked():
    found = result([[1, 2], [1, 2]], {1: 2.0, 2: 4.0, 3: 3.5}, {1: 3.0}, relevant_from=3.5)
    for metric in (precision, recall, reciprocal_rank):
        np.testing.assert_array_equal(metric(found), [0.5, math.nan])


def test_without_anything_relevant_no_user_is_measured():
    assert np.isnan(ndcg(result([[1, 2]], {}))).all()
    assert np.isnan(recall(result([[1, 2]], {1: 2.0}, relevant_from=5))).all()


def test_lists_and_users_that_do_not_match_are_refused():
    with pytest.raises(SpecError, match="2 lists do not fit held-out ratings of 1 users"):
        result([[1], [2]], {1: 2.0})


tests = st.dictionaries(st.integers(0, N_ITEMS - 1), st.sampled_from([0.5, 2.0, 3.5, 5.0]), min_size=1)
users_and_lists = st.integers(1, N_ITEMS).flatmap(
    lambda n: st.lists(st.tuples(tests, st.permutations(range(N_ITEMS)).map(lambda p: p[:n])), min_size=1, max_size=4)
)


@given(users_and_lists)
def test_ndcg_agrees_with_scikit_learn(drawn):
    rows, lists = zip(*drawn, strict=True)
    for row, shown, found in zip(rows, lists, ndcg(result(lists, *rows)), strict=True):
        scores = np.zeros(N_ITEMS)
        scores[shown] = np.arange(len(shown), 0, -1)
        gains = np.isin(np.arange(N_ITEMS), list(row)).astype(float)
        assert found == pytest.approx(ndcg_score([gains], [scores], k=len(shown)))


@given(users_and_lists, st.sampled_from([None, 3.0]))
def test_metrics_of_any_lists_agree_with_sets(drawn, relevant_from):
    rows, lists = zip(*drawn, strict=True)
    found = result(lists, *rows, relevant_from=relevant_from)
    for at, (row, shown) in enumerate(zip(rows, lists, strict=True)):
        relevant = {item for item, rating in row.items() if rating >= (relevant_from or 0)}
        if not relevant:
            assert np.isnan([metric(found)[at] for metric in (ndcg, precision, recall, hit_rate)]).all()
            continue
        hits = [item in relevant for item in shown]
        assert precision(found)[at] == pytest.approx(sum(hits) / len(hits))
        assert recall(found)[at] == pytest.approx(sum(hits) / len(relevant))
        assert hit_rate(found)[at] == any(hits)
        assert reciprocal_rank(found)[at] == (1 / (hits.index(True) + 1) if any(hits) else 0)
        assert 0 <= ndcg(found)[at] <= 1 + 1e-12


@given(tests, st.permutations(range(N_ITEMS)))
def test_a_longer_list_never_has_less_recall_or_fewer_hits(row, shown):
    results = [result([shown[:n]], row) for n in range(1, N_ITEMS + 1)]
    for metric in (recall, hit_rate, reciprocal_rank):
        values = [metric(one)[0] for one in results]
        assert values == sorted(values)
    assert recall(results[-1])[0] == 1
