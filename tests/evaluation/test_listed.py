"""What lists make of the catalogue user by user: by hand, and against leaving out each list and counting again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.studies.evaluation import catalogue_metrics as module
from ucf_core.studies.evaluation.beyond_accuracy import catalogue_use
from ucf_core.studies.evaluation.catalogue_metrics import listed

EMPTY = [-1, -1]


def random_lists(rng, m, n, n_items):
    lists = np.argsort(rng.random((m, n_items)), axis=1)[:, :n]
    lists[np.arange(n) >= rng.integers(0, n + 1, size=m)[:, None]] = -1
    return lists.astype(np.int32)


def assert_as_recounted(lists, item_counts, found):
    whole = catalogue_use(lists, item_counts, 9)
    assert (found.item_coverage, found.gini) == (whole.item_coverage, whole.gini)
    for row in range(len(lists)):
        rest = catalogue_use(np.delete(lists, row, axis=0), item_counts, 9)
        assert found.item_coverage_without[row] == pytest.approx(rest.item_coverage - whole.item_coverage, abs=1e-12)
        assert found.gini_without[row] == pytest.approx(rest.gini - whole.gini, abs=1e-12)


def test_by_hand():
    """Items 0 and 1 in one list, 0 in another: without the first list item 1 is lost, without the second nothing."""
    found = listed(np.array([[0, 1], [0, -1], EMPTY]), np.array([8, 4, 1, 0]), 8)
    assert found.item_coverage == 0.5
    assert found.item_coverage_without.tolist() == [-0.25, 0, 0]
    # counts 2, 1, 0, 0: 7/12; without the first 1, 0, 0, 0: 3/4; without the second 1, 1, 0, 0: 1/2
    assert found.gini == pytest.approx(7 / 12)
    assert found.gini_without == pytest.approx([1 / 6, -1 / 12, 0])
    assert found.places.tolist() == [2, 1, 0]
    assert found.raters.tolist() == [12, 8, 0]
    assert found.novelty.tolist() == [0.5, 0, pytest.approx(np.nan, nan_ok=True)]


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 6), st.integers(0, 10))
def test_leaving_out_a_list_is_counting_again_without_it(seed, m, n, more):
    rng = np.random.default_rng(seed)
    lists = random_lists(rng, m, n, n + more)
    item_counts = rng.integers(0, 9, n + more)
    assert_as_recounted(lists, item_counts, listed(lists, item_counts, 9))


def test_lists_are_looked_at_in_parts(monkeypatch):
    rng = np.random.default_rng(0)
    lists, item_counts = random_lists(rng, 23, 4, 9), rng.integers(0, 9, 9)
    monkeypatch.setattr(module, "_PLACES", 20)
    assert_as_recounted(lists, item_counts, listed(lists, item_counts, 9))


def test_the_only_list_and_no_list_leave_nothing():
    found = listed(np.array([[1, 0]]), np.array([3, 1, 1]), 3)
    assert found.item_coverage_without == pytest.approx([-2 / 3])
    assert found.gini_without == pytest.approx([-found.gini])
    nothing = listed(np.array([EMPTY, EMPTY]), np.array([3, 1, 1]), 3)
    assert nothing.item_coverage_without.tolist() == nothing.gini_without.tolist() == [0, 0]
    assert listed(np.empty((0, 2), dtype=np.int32), np.array([3, 1, 1]), 3).gini_without.size == 0
