"""Profiles and quick picks on the toy ratings, by reasoning."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import TOY, TOY_ITEMS, ratings_from

from ucf_core.ratings.profile import quick_picks, user_profile


def test_the_profile_of_user_2_by_hand(toy):
    """User 2 rated 10: 5 (Action, Drama), 30: 4, 50: 3 (Action), 80: 5; item 10 has three ratings, 80 two."""
    profile = user_profile(toy, 1)
    assert (profile.user, profile.count, profile.mean) == (1, 4, 4.25)
    assert profile.values.tolist() == [1, 2, 3, 4, 5]
    assert profile.value_counts.tolist() == [0, 0, 1, 1, 2]
    assert [(taste.genre, taste.count, taste.mean) for taste in profile.genres] == [("Action", 2, 4), ("Drama", 1, 5)]
    assert toy.items.ids[profile.top_items].tolist() == [10, 80, 30, 50]
    assert profile.top_ratings.tolist() == [5, 5, 4, 3]


@pytest.mark.parametrize("row", range(6))
def test_every_profile_agrees_with_the_ratings(toy, row):
    mine = TOY[row + 1]
    profile = user_profile(toy, row)
    assert profile.count == len(mine)
    assert profile.mean == pytest.approx(sum(mine.values()) / len(mine))
    assert profile.value_counts.sum() == len(mine)
    assert [mine[item] for item in toy.items.ids[profile.top_items].tolist()] == sorted(mine.values(), reverse=True)
    for taste in profile.genres:
        of_genre = [r for item, r in mine.items() if item in TOY_ITEMS and taste.genre in TOY_ITEMS[item].genres]
        assert (taste.count, taste.mean) == (len(of_genre), pytest.approx(sum(of_genre) / len(of_genre)))


def test_genres_with_equally_many_ratings_are_in_alphabetical_order(toy):
    """User 1 rated 10 (Action, Drama) and 20 (Drama)."""
    assert [taste.genre for taste in user_profile(toy, 0).genres] == ["Drama", "Action"]
    assert [taste.genre for taste in user_profile(toy, 5).genres] == ["Action", "Drama"]


def test_a_dataset_without_genres_has_profiles_without_genres():
    assert user_profile(ratings_from(TOY), 0).genres == ()


def test_a_user_with_one_rating_has_a_profile():
    profile = user_profile(ratings_from({1: {1: 3.5}, 2: {1: 5}}), 0)
    assert (profile.count, profile.mean, profile.value_counts.tolist()) == (1, 3.5, [1, 0])


def test_value_counts_hold_the_distinct_ratings_and_how_often_each_occurs():
    values, counts = ratings_from({1: {1: 0, 2: 5}, 2: {1: 0, 2: 4.5}}).value_counts
    assert values.tolist() == [0, 4.5, 5]
    assert counts.tolist() == [2, 1, 1]


def test_quick_picks_by_reasoning():
    """User 9 rated most, user 3 fewest; the three equal users 5-7 are the crowd, and 5 is the first of them."""
    crowd = {1: 5, 2: 4}
    picks = quick_picks(
        ratings_from({3: {9: 1}, 5: crowd, 6: crowd, 7: crowd, 9: {4: 1, 5: 2, 6: 3, 7: 3, 8: 1, 1: 1}})
    )
    assert (picks.most_ratings, picks.fewest_ratings, picks.most_typical) == (4, 0, 1)


def test_quick_picks_break_ties_by_the_lowest_row():
    picks = quick_picks(ratings_from({user: {1: 5, 2: 3} for user in (4, 8, 9)}))
    assert (picks.most_ratings, picks.fewest_ratings, picks.most_typical) == (0, 0, 0)


@given(st.lists(st.sampled_from([0, 0.5, 1, 2.25, 3.3, 4.5, 5, 7000, 1e6, -1.5]), min_size=1, max_size=30))
def test_value_counts_are_those_of_sorting_for_halves_and_for_any_other_scale(values):
    counted = ratings_from({1: dict(enumerate(values))}).value_counts
    for found, expected in zip(counted, np.unique(np.float32(values), return_counts=True), strict=True):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype
