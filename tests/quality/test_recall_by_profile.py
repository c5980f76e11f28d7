"""Recall of small and of large profiles, and the popularity of lists by kind of taste, by hand."""

import numpy as np
import pytest

from ucf_core.neighbours.recall import recall_of_each
from ucf_core.studies.diagnosis.popularity_groups import popularity_groups
from ucf_core.studies.diagnosis.recall_by_profile import recall_by_profile
from ucf_core.studies.evaluation.beyond_accuracy import PopularityBias
from ucf_core.studies.evaluation.intervals import mean_interval


def test_recall_of_each_user_by_hand():
    found, exact = np.array([[1, 2], [3, 4], [5, 6]]), np.array([[2, 1], [3, 9], [0, 1]])
    assert recall_of_each(found, exact).tolist() == [1, 0.5, 0]


def test_groups_are_ordered_by_profile_and_hold_everybody():
    counts = np.arange(40)[::-1] + 20
    recalls = np.where(counts < 40, 0.5, 1.0)
    small, large = recall_by_profile(recalls, counts, most_groups=2)
    assert (small.fewest, small.most, small.users, small.recall.estimate) == (20, 39, 20, 0.5)
    assert (large.fewest, large.most, large.users, large.recall.estimate) == (40, 59, 20, 1.0)


def test_the_interval_is_that_of_the_users_in_the_group():
    rng = np.random.default_rng(0)
    recalls, counts = rng.random(60), np.repeat([3, 8], [25, 35])
    made = recall_by_profile(recalls, counts, most_groups=2, seed=4)
    assert [group.recall for group in made] == [
        mean_interval(recalls[:25], seed=4),
        mean_interval(recalls[25:], seed=4),
    ]
    assert all(group.recall.low < group.recall.estimate < group.recall.high for group in made)


def test_few_users_are_one_group_and_nobody_is_none():
    (only,) = recall_by_profile(np.array([1.0, 0.5]), np.array([3, 900]))
    assert (only.fewest, only.most, only.users, only.recall.estimate) == (3, 900, 2, 0.75)
    assert recall_by_profile(np.array([]), np.array([], dtype=int)) == ()


def test_popularity_by_kind_of_taste_leaves_out_who_has_no_list():
    profiles = np.concatenate([np.full(10, 0.1), np.full(10, 0.3), [np.nan, 0.2]])
    lists = np.concatenate([np.full(10, 0.2), np.full(10, 0.2), [0.9, np.nan]])
    bias = PopularityBias(profiles, lists, profiles, lists)
    rare, popular = popularity_groups(bias)
    assert (rare.users, rare.profile_popularity, rare.list_popularity) == (10, pytest.approx(0.1), pytest.approx(0.2))
    assert (popular.users, popular.profile_popularity) == (10, pytest.approx(0.3))
    nobody = np.full(3, np.nan)
    assert popularity_groups(PopularityBias(nobody, nobody, nobody, nobody)) == ()
