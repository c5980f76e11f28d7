"""Two users side by side: by SciPy, by loops over dictionaries, and by hand."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr
from toy import TOY_ITEMS, clustered_ratings, ratings_from

import ucf_core as ucf
from ucf_core.base.errors import SpecError, UnknownIdError
from ucf_core.base.specs import WEIGHTINGS
from ucf_core.neighbours.comparison import compare_pair, loved_from

rows = st.dictionaries(st.integers(1, 9), st.sampled_from([0.5, 1.0, 2.0, 3.5, 4.0, 4.5, 5.0]), min_size=1)


@given(rows, rows, rows)
def test_two_users_agree_with_loops_over_dictionaries_and_with_scipy(mine, theirs, rest):
    table = {1: mine, 2: theirs, 3: rest | {20: 0.5, 21: 5.0, 22: 4.0}}
    ratings = ratings_from(table)
    pair = compare_pair(ratings, 0, 1)
    both = sorted(mine.keys() & theirs.keys())
    assert pair.accord.shared == len(both)
    apart = [abs(mine[item] - theirs[item]) for item in both]
    if not both:
        assert pair.accord.pearson is pair.accord.mean_absolute_difference is pair.accord.within_half is None
    else:
        assert pair.accord.mean_absolute_difference == pytest.approx(sum(apart) / len(both))
        assert pair.accord.within_half == pytest.approx(sum(one <= 0.5 for one in apart) / len(both))
    first, second = [mine[item] for item in both], [theirs[item] for item in both]
    if len(set(first)) < 2 or len(set(second)) < 2:
        assert pair.accord.pearson is None
    else:
        assert pair.accord.pearson == pytest.approx(pearsonr(first, second).statistic, abs=1e-9)
    popularity = {item: sum(item in row for row in table.values()) for item in range(1, 23)}
    for unseen, lover, other in ((pair.loved_by[0], mine, theirs), (pair.loved_by[1], theirs, mine)):
        loved = [item for item, rating in lover.items() if rating >= 4 and item not in other]
        loved.sort(key=lambda item: (-lover[item], -popularity[item], item))
        assert ratings.items.ids[unseen.items].tolist() == loved
        assert unseen.ratings.tolist() == [lover[item] for item in loved]


def test_the_toy_genres_by_hand():
    """User 1: Ten (Action, Drama) 4 and Twenty (Drama) 2; user 2: Ten 5, Thirty 4, Fifty (Action) 3, and 80 5."""
    ratings = ratings_from({1: {10: 4, 20: 2}, 2: {10: 5, 30: 4, 50: 3, 80: 5}}, TOY_ITEMS)
    told = [(one.genre, one.counts, one.shares, one.means) for one in compare_pair(ratings, 0, 1).genres]
    assert told == [("Drama", (2, 1), (1.0, 0.25), (3.0, 5.0)), ("Action", (1, 2), (0.5, 0.5), (4.0, 4.0))]


def test_a_genre_that_one_of_them_does_not_rate_has_no_mean():
    ratings = ratings_from({1: {20: 2}, 2: {40: 5}}, TOY_ITEMS)
    told = {one.genre: one.means for one in compare_pair(ratings, 0, 1).genres}
    assert told == {"Drama": (2.0, None), "Comedy": (None, 5.0)}


@pytest.mark.parametrize(
    ("given", "loved"),
    [
        ((0.5, 3.5, 4, 4.5, 5), 4),
        ((1, 2, 3, 4, 5), 4),
        ((1, 5), 5),
        ((-10, 4, 5, 10), 5),
        ((3,), 3),
        ((1, 6.9, 10), 10),
    ],
)
def test_loved_is_what_was_given_in_the_top_quarter_of_the_scale(given, loved):
    assert loved_from(ratings_from({1: {1: 3 if 3 in given else given[0]}, 2: dict(enumerate(given))})) == loved


def test_constant_ratings_have_no_correlation_and_raise_no_warning():
    ratings = ratings_from({1: {1: 3, 2: 3}, 2: {1: 1, 2: 5}})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compare_pair(ratings, 0, 1).accord.pearson is None


@pytest.fixture(scope="module")
def explorer():
    return ucf.Explorer(clustered_ratings(60, 90, 4, seed=3), in_memory=True)


@pytest.mark.parametrize("space", ["svd", "raw"])
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_each_ones_place_is_that_in_the_list_of_everybody(explorer, space, weighting):
    query = ucf.QuerySpec(k=5, dim=8, space=space, weighting=weighting)
    for first, second in ((1, 2), (7, 59), (30, 31)):
        near = explorer.nearness(first, second, query)
        for found, user, other in zip(near, (first, second), (second, first), strict=True):
            everybody = explorer.neighbours(user, query, k=59, engine="exact")
            assert everybody.users[found.place - 1] == other
            assert found.similarity == everybody.similarities[found.place - 1]
            assert found.others == 59
        assert near[0].similarity == pytest.approx(near[1].similarity, abs=1e-6)


def test_among_twins_the_lower_row_comes_first_as_in_the_list():
    table = {user: {1: 4, 2: 2 + user % 2, 3: 5} for user in range(1, 9)}
    explorer = ucf.Explorer(ratings_from(table), in_memory=True)
    query = ucf.QuerySpec(k=7, dim=2, engine="exact")
    for user in table:
        listed = explorer.neighbours(user, query).users.tolist()
        for other in table.keys() - {user}:
            assert explorer.nearness(user, other, query)[0].place == listed.index(other) + 1


def test_the_nearest_neighbour_has_the_first_place(explorer):
    nearest = explorer.neighbours(4, k=1, engine="exact").users.tolist()[0]
    assert explorer.nearness(4, nearest)[0].place == 1


def test_a_user_is_not_compared_with_themselves_or_with_nobody(explorer):
    with pytest.raises(SpecError, match="user '3' cannot be compared with themselves; choose two users"):
        explorer.nearness(3, 3)
    with pytest.raises(UnknownIdError, match="user '99' is not in this dataset"):
        explorer.nearness(3, 99)


def test_comparing_leaves_the_ratings_alone(explorer):
    before = explorer.ratings.matrix.data.copy()
    compare_pair(explorer.ratings, 0, 1)
    np.testing.assert_array_equal(explorer.ratings.matrix.data, before)
