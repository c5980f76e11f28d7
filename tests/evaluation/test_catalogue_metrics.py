"""What lists make of the catalogue user by user: by hand, and against leaving out each list and counting again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from ucf_core.studies.evaluation import catalogue_metrics as module
from ucf_core.studies.evaluation.beyond_accuracy import catalogue_use
from ucf_core.studies.evaluation.catalogue_metrics import gini, item_coverage, novelty, popularity
from ucf_core.studies.evaluation.metric import SplitResult

EMPTY = [-1, -1]


def random_lists(rng, m, n, n_items):
    lists = np.argsort(rng.random((m, n_items)), axis=1)[:, :n]
    lists[np.arange(n) >= rng.integers(0, n + 1, size=m)[:, None]] = -1
    return lists.astype(np.int32)


def result(lists, item_counts, n_users=9):
    lists = np.asarray(lists)
    test = csr_array((len(lists), len(item_counts)), dtype=np.float32)
    return SplitResult(test=test, lists=lists, item_counts=np.asarray(item_counts), n_users=n_users)


def assert_as_recounted(lists, item_counts):
    whole = catalogue_use(lists, item_counts, 9)
    found = result(lists, item_counts)
    (coverage, coverage_without), (index, gini_without) = item_coverage(found), gini(found)
    assert (coverage, index) == (whole.item_coverage, whole.gini)
    for row in range(len(lists)):
        rest = catalogue_use(np.delete(lists, row, axis=0), item_counts, 9)
        assert coverage_without[row] == pytest.approx(rest.item_coverage - whole.item_coverage, abs=1e-12)
        assert gini_without[row] == pytest.approx(rest.gini - whole.gini, abs=1e-12)


def test_the_example_of_the_docstrings():
    """Items 0 and 1 in one list, 0 in another: without the first list item 1 is lost, without the second nothing."""
    found = result([[0, 1], [0, -1], EMPTY], [8, 4, 1, 0], 8)
    coverage, without = item_coverage(found)
    assert (coverage, without.tolist()) == (0.5, [-0.25, 0, 0])
    # counts 2, 1, 0, 0: 7/12; without the first 1, 0, 0, 0: 3/4; without the second 1, 1, 0, 0: 1/2
    index, without = gini(found)
    assert index == pytest.approx(7 / 12)
    assert without == pytest.approx([1 / 6, -1 / 12, 0])
    np.testing.assert_array_equal(popularity(found), [[8, 4], [8, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(novelty(found), [0.5, 0, np.nan])


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 6), st.integers(0, 10))
def test_leaving_out_a_list_is_counting_again_without_it(seed, m, n, more):
    rng = np.random.default_rng(seed)
    lists = random_lists(rng, m, n, n + more)
    item_counts = rng.integers(0, 9, n + more)
    assert_as_recounted(lists, item_counts)


def test_lists_are_looked_at_in_parts(monkeypatch):
    rng = np.random.default_rng(0)
    lists, item_counts = random_lists(rng, 23, 4, 9), rng.integers(0, 9, 9)
    monkeypatch.setattr(module, "_PLACES", 20)
    assert_as_recounted(lists, item_counts)


def test_the_only_list_and_no_list_leave_nothing():
    found = result([[1, 0]], [3, 1, 1], 3)
    assert item_coverage(found)[1] == pytest.approx([-2 / 3])
    assert gini(found)[1] == pytest.approx([-gini(found)[0]])
    nothing = result([EMPTY, EMPTY], [3, 1, 1], 3)
    assert item_coverage(nothing)[1].tolist() == gini(nothing)[1].tolist() == [0, 0]
    assert gini(result(np.empty((0, 2), dtype=np.int32), [3, 1, 1], 3))[1].size == 0
