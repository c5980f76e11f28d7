"""Coverage, novelty and popularity bias by hand."""

import math

import numpy as np
import pytest
from toy import ratings_from

from ucf_core.studies.evaluation.beyond_accuracy import (
    catalogue_use,
    list_means,
    novelty,
    popularity_bias,
    recommendation_counts,
)

EMPTY = [-1, -1]


def test_list_means_leave_padding_out():
    lists = np.array([[0, 2], [1, -1], EMPTY])
    np.testing.assert_array_equal(list_means(lists, np.array([1.0, 5.0, 2.0])), [1.5, 5, math.nan])


def test_recommendation_counts_by_hand():
    assert recommendation_counts(np.array([[0, 2], [2, -1], EMPTY]), 4).tolist() == [1, 0, 2, 0]


def test_novelty_by_hand():
    """Of 8 users all rated item 0, half item 1, one item 2, and none item 3: 0, 1, 3 and, as if one did, 3 bits."""
    bits = novelty(np.array([[0, 1], [2, 3], [2, -1], EMPTY]), np.array([8, 4, 1, 0]), 8)
    np.testing.assert_array_equal(bits, [0.5, 3, 3, math.nan])


def test_catalogue_use_by_hand():
    use = catalogue_use(np.array([[0, 1], [0, -1], EMPTY]), np.array([8, 4, 1, 0]), 8)
    assert use.item_coverage == 0.5
    assert use.gini == pytest.approx((1 + 1 + 2 + 2 + 1) * 2 / 16 / (2 * 3 / 4))  # counts 2, 1, 0, 0
    assert use.popularity == pytest.approx(20 / 3)
    assert use.novelty == 0.25


def test_empty_lists_alone_use_nothing():
    use = catalogue_use(np.array([EMPTY]), np.array([3, 1]), 3)
    assert (use.item_coverage, use.gini) == (0, 0)
    assert math.isnan(use.popularity)
    assert math.isnan(use.novelty)


def test_the_same_list_for_all_is_less_even_than_a_different_one_for_each():
    counts = np.ones(6, dtype=int)
    same, different = (catalogue_use(np.array(lists), counts, 3) for lists in ([[0, 1]] * 3, [[0, 1], [2, 3], [4, 5]]))
    assert (same.item_coverage, different.item_coverage) == (1 / 3, 1)
    assert same.gini == pytest.approx(2 / 3)
    assert different.gini == 0


def test_popularity_bias_by_hand():
    """Four users; item 1 is rated by all, item 2 by two, the others by one: popularity 1, 1/2, 1/4, 1/4, 1/4."""
    train = ratings_from({1: {1: 5, 2: 4}, 2: {1: 3, 2: 3, 3: 1, 4: 2}, 3: {1: 4}, 4: {1: 4, 5: 2}})
    lists = np.array([[2, 3], [4, -1], EMPTY])
    found = popularity_bias(train, np.array([0, 2, 3]), lists)
    np.testing.assert_allclose(found.profile_popularity, [3 / 4, 1, 5 / 8])
    np.testing.assert_allclose(found.list_popularity, [1 / 4, 1 / 4, math.nan])
    # user 4 has no list and is left out of both averages
    assert found.measured.tolist() == [True, True, False]
    assert found.profile_gap == 7 / 8
    assert found.list_gap == 1 / 4
    assert found.gap_difference == pytest.approx(-5 / 7)


def test_lists_that_repeat_the_profile_have_no_bias():
    train = ratings_from({1: {1: 5, 2: 4}, 2: {1: 3, 3: 3}})
    found = popularity_bias(train, np.array([0, 1]), np.array([[0, 1], [2, 0]]))
    assert found.gap_difference == 0


def test_without_lists_the_bias_is_nan():
    found = popularity_bias(ratings_from({1: {1: 5}}), np.array([0]), np.array([EMPTY]))
    assert math.isnan(found.gap_difference)
