"""Mean ratings and favourite genres of all users are those of their profiles."""

import numpy as np
import pytest
from toy import toy_ratings

import ucf_core as ucf
from ucf_core.studies.user_map.user_traits import favourite_genres, mean_ratings


@pytest.fixture(scope="module")
def sample(sample_home):
    return ucf.load_ratings("sample", home=sample_home)


def test_they_agree_with_every_profile(sample):
    means, genres = mean_ratings(sample), favourite_genres(sample)
    names = sample.catalogue.genre_names
    for row in range(sample.n_users):
        profile = ucf.user_profile(sample, row)
        assert means[row] == pytest.approx(profile.mean)
        assert names[genres[row]] == profile.genres[0].genre


def test_those_of_some_are_those_of_all(sample):
    rows = np.array([600, 3, 3])
    assert favourite_genres(sample, rows).tolist() == favourite_genres(sample)[rows].tolist()
    assert mean_ratings(sample, rows).tolist() == mean_ratings(sample)[rows].tolist()


def test_where_nothing_has_a_genre_there_is_no_favourite():
    ratings = ucf.Ratings.from_columns(np.array([1, 1, 2]), np.array([1, 2, 1]), np.array([3.0, 4.0, 5.0]))
    assert favourite_genres(ratings).tolist() == [-1, -1]


def test_the_toy_by_hand():
    ratings = toy_ratings()
    assert mean_ratings(ratings)[0] == pytest.approx(ratings.row_of(0)[1].mean())


def test_of_nobody_there_are_none(sample):
    nobody = np.array([], dtype=np.int64)
    assert favourite_genres(sample, nobody).size == mean_ratings(sample, nobody).size == 0
