"""Groups of about equal size, in which equals stay together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.studies.diagnosis.groups import equal_groups, group_count


def test_distinct_values_are_cut_into_equal_parts():
    values = np.random.default_rng(0).permutation(60)
    groups = equal_groups(values, 4)
    assert groups.tolist() == (values // 15).tolist()


def test_equal_values_are_never_parted():
    assert equal_groups(np.array([7, 7, 7, 7]), 3).tolist() == [0, 0, 0, 0]
    assert equal_groups(np.array([1, 9, 1, 1, 1, 5]), 2).tolist() == [0, 1, 0, 0, 0, 1]


def test_nobody_is_in_no_group():
    assert equal_groups(np.array([], dtype=int), 4).tolist() == []


@given(st.lists(st.integers(0, 20), min_size=1, max_size=60), st.integers(1, 9))
def test_groups_are_numbered_without_gaps_in_the_order_of_the_values(drawn, n):
    values = np.array(drawn)
    groups = equal_groups(values, n)
    assert sorted(set(groups.tolist())) == list(range(int(groups.max()) + 1))
    assert groups.max() < n
    order = np.argsort(values, kind="stable")
    assert np.all(np.diff(groups[order]) >= 0)
    assert all(len(set(groups[values == value].tolist())) == 1 for value in set(drawn))


@pytest.mark.parametrize(("users", "groups"), [(0, 1), (9, 1), (25, 2), (79, 7), (80, 8), (5_000, 8)])
def test_there_are_no_more_groups_than_ten_users_each_allow(users, groups):
    assert group_count(users, 8) == groups
