"""Groups of about equal size that equal values share; recall by number of ratings, popularity by taste, by hand."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.studies.diagnosis.groups import equal_groups, popularity_groups, recall_by_profile
from ucf_core.studies.evaluation.beyond_accuracy import PopularityBias
from ucf_core.studies.evaluation.intervals import mean_interval


def test_distinct_values_are_cut_into_equal_parts():
    values = np.random.default_rng(0).permutation(60)
    for number, inside in enumerate(equal_groups(values, 4)):
        np.testing.assert_array_equal(inside, values // 15 == number)


@given(st.lists(st.integers(0, 20), max_size=60), st.integers(1, 9))
def test_groups_are_in_the_order_of_the_values_and_equal_values_share_one(drawn, most):
    groups = [
        set(np.array(drawn)[inside].tolist()) for inside in equal_groups(np.array(drawn, dtype=int), most, least=1)
    ]
    assert set().union(*groups) == set(drawn)
    assert len(groups) <= most
    assert all(groups)
    assert all(max(lower) < min(upper) for lower, upper in pairwise(groups))


@pytest.mark.parametrize(("users", "groups"), [(0, 0), (9, 1), (25, 2), (79, 7), (80, 8), (5_000, 8)])
def test_there_are_no_more_groups_than_ten_users_each_allow(users, groups):
    assert len(equal_groups(np.arange(users), 8)) == groups


def test_recall_groups_are_ordered_by_number_of_ratings_and_hold_all_users():
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


def test_few_users_are_one_group_and_no_users_are_none():
    (only,) = recall_by_profile(np.array([1.0, 0.5]), np.array([3, 900]))
    assert (only.fewest, only.most, only.users, only.recall.estimate) == (3, 900, 2, 0.75)
    assert recall_by_profile(np.array([]), np.array([], dtype=int)) == ()


def test_popularity_groups_leave_out_users_without_a_list():
    profiles = np.concatenate([np.full(10, 0.1), np.full(10, 0.3), [np.nan, 0.2]])
    lists = np.concatenate([np.full(10, 0.2), np.full(10, 0.2), [0.9, np.nan]])
    rare, popular = popularity_groups(PopularityBias(profiles, lists))
    assert (rare.users, rare.profile_popularity, rare.list_popularity) == (10, pytest.approx(0.1), pytest.approx(0.2))
    assert (popular.users, popular.profile_popularity) == (10, pytest.approx(0.3))
    unmeasured = np.full(3, np.nan)
    assert popularity_groups(PopularityBias(unmeasured, unmeasured)) == ()
