"""What was rated in one sitting, against a loop over all pairs, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.recommendations.rating_sessions import _by_owner_and_time, share_nearby


def by_a_loop(owner, times, mine):
    """Over all pairs of ratings of one owner that have fewer than ten others between them in time."""
    shares = []
    for at in range(len(owner)):
        history = np.flatnonzero(owner == owner[at])
        history = history[np.argsort(times[history], kind="stable")]
        place = int(np.flatnonzero(history == at)[0])
        others = np.concatenate([history[max(place - 10, 0) : place], history[place + 1 : place + 11]])
        nearness = np.exp(-np.abs(times[others] - times[at]) / 30)
        shares.append(nearness[mine[others]].sum() / nearness.sum() if nearness.sum() > 0 else 0.0)
    return np.array(shares)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 300), st.booleans()), min_size=1, max_size=40))
def test_the_share_is_that_of_a_loop_over_all_pairs(ratings):
    owner, times, mine = (np.array(column) for column in zip(*sorted(ratings, key=lambda one: one[0]), strict=True))
    np.testing.assert_allclose(share_nearby(owner, times, mine), by_a_loop(owner, times, mine), atol=1e-12)


def test_of_three_films_in_a_minute_the_nearer_one_says_more():
    """Film 1 was rated 30 s after film 0 and 60 s before film 2; the user has rated film 0 alone."""
    share = share_nearby(np.zeros(3, int), np.array([0, 30, 90]), np.array([True, False, False]))
    near, far, farthest = np.exp([-1, -2, -3])
    assert share == pytest.approx([0, near / (near + far), farthest / (farthest + far)])


def test_who_rated_nothing_else_within_reach_says_nothing():
    """exp underflows to 0 after some six hours."""
    assert share_nearby(np.array([0, 0, 1]), np.array([0, 10**6, 0]), np.array([True, True, True])).tolist() == [
        0,
        0,
        0,
    ]


def test_a_long_sitting_is_judged_by_ten_ratings_on_either_side():
    """All at one moment: of a film in the middle, the 10 before are the user's, and the 10 after are not."""
    times, mine = np.zeros(101, int), np.arange(101) < 50
    share = share_nearby(np.zeros(101, int), times, mine)
    assert share[50] == pytest.approx(10 / 20)
    assert share[20] == 1
    assert share[80] == 0


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-(2**62), 2**62)), max_size=30), st.sampled_from([1, 10**16]))
def test_the_order_is_by_owner_then_time_then_place_however_large_the_numbers_are(entries, part):
    owner, times = np.array([(one, time // part) for one, time in entries], dtype=np.int64).reshape(-1, 2).T
    np.testing.assert_array_equal(_by_owner_and_time(owner, times), np.lexsort((times, owner)))
