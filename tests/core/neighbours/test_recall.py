"""Index recall by hand: by id, by distance, and as a ratio of distances."""

import math

import numpy as np
import pytest

from ucf_core.neighbours.recall import index_recall, overlap, recall_of_each


def compare(found: list, exact: list):
    """Index recall of lists of (row, similarity), one user each."""
    arrays = [
        np.array([[entry[part] for entry in user] for user in lists]) for lists in (found, exact) for part in (0, 1)
    ]
    return index_recall(arrays[0].astype(np.int32), arrays[1], arrays[2].astype(np.int32), arrays[3])


@pytest.mark.parametrize(
    ("found", "truth", "share"),
    [
        ([1, 2, 3], [3, 2, 1], 1),
        ([1, 2, 3], [1, 8, 9], 1 / 3),
        ([4], [1, 2], 0),
        ([1, 2], [2], 1),
        ([], [1], 0),
        ([], [], 1),
    ],
)
def test_overlap_is_the_share_of_the_truth_that_was_found(found, truth, share):
    assert overlap(np.array(found, dtype=int), np.array(truth, dtype=int)) == pytest.approx(share)


def test_the_same_lists_are_perfect():
    both = [[(4, 0.9), (2, 0.5)], [(0, 0.8), (1, 0.7)]]
    result = compare(both, both)
    assert (result.recall_by_id, result.recall_by_distance, result.distance_ratio) == (1, 1, 1)


def test_a_missed_neighbour_by_hand():
    """Of exact distances .1 and .5 the second was missed; the one found instead is at .8."""
    result = compare([[(4, 0.9), (7, 0.2)]], [[(4, 0.9), (2, 0.5)]])
    assert result.recall_by_id == 0.5
    assert result.recall_by_distance == 0.5
    assert result.distance_ratio == pytest.approx(0.9 / 0.6)


def test_neighbours_at_the_same_distance_are_interchangeable_by_distance_but_not_by_id():
    result = compare([[(7, 0.5), (8, 0.5)]], [[(1, 0.5), (2, 0.5)]])
    assert (result.recall_by_id, result.recall_by_distance, result.distance_ratio) == (0, 1, 1)


def test_all_twins_at_distance_0_are_interchangeable_in_spite_of_rounding():
    result = compare([[(7, 1 - 2e-7), (8, 1 - 2e-7)]] * 50, [[(1, 1.0), (2, 1 - 1e-7)]] * 50)
    assert (result.recall_by_id, result.recall_by_distance, result.distance_ratio) == (0, 1, 1)


def test_missing_all_twins_is_unboundedly_worse():
    result = compare([[(7, 0.5)]], [[(1, 1.0)]])
    assert (result.recall_by_distance, result.distance_ratio) == (0, math.inf)


@pytest.mark.parametrize(("similarity", "counted"), [(0.4997, 1), (0.499, 0)])
def test_the_tolerance_is_a_thousandth_of_the_kth_distance(similarity, counted):
    assert compare([[(7, similarity)]], [[(1, 0.5)]]).recall_by_distance == counted


def test_the_recall_of_each_user_counts_the_users_own_list_alone():
    found, exact = np.array([[1, 2], [3, 4], [5, 6]]), np.array([[2, 1], [3, 9], [0, 1]])
    assert recall_of_each(found, exact).tolist() == [1, 0.5, 0]


def test_users_are_averaged():
    result = compare([[(1, 0.5)], [(7, 0.1)]], [[(1, 0.5)], [(2, 0.5)]])
    assert result.recall_by_id == result.recall_by_distance == 0.5
    assert result.distance_ratio == pytest.approx((0.5 + 0.9) / (0.5 + 0.5))


def test_similarities_a_little_above_1_are_distance_0():
    assert compare([[(1, 1 + 1e-7)]], [[(1, 1 + 1e-7)]]).distance_ratio == 1
