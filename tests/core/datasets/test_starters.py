"""Which films tell tastes apart, where that can be reasoned out."""

import numpy as np
import pytest
from toy import ratings_from, ratings_from_matrix

from ucf_core.datasets.personal.starter_films import starter_films
from ucf_core.ratings.biases import Biases, fit_biases


def neutral(ratings) -> Biases:
    """What is left of a rating is the rating less 3."""
    return Biases(3.0, np.zeros(ratings.n_users), np.zeros(ratings.n_items))


def test_a_film_that_says_the_same_as_one_before_comes_late():
    """Films 1 and 2 split people the same way, film 3 splits them another way, less widely; on film 4 all agree."""
    matrix = np.array([[5, 5, 4, 3], [5, 5, 2, 3], [1, 1, 4, 3], [1, 1, 2, 3]], dtype=float)
    ratings = ratings_from_matrix(matrix)
    assert starter_films(ratings, neutral(ratings), n=2).tolist() == [0, 2]
    assert starter_films(ratings, neutral(ratings), n=4)[:2].tolist() == [0, 2]


def test_only_well_known_films_are_asked_about():
    """Film 9 splits two users, the only ones who rated it."""
    rated = {user: {1: 3 + user % 2, 2: 4} for user in range(10)}
    rated[0][9], rated[1][9] = 1, 5
    ratings = ratings_from(rated)
    assert sorted(starter_films(ratings, neutral(ratings), n=5, known=2).tolist()) == [0, 1]


def test_they_are_distinct_popular_and_as_many_as_there_are(clustered):
    biases = fit_biases(clustered.matrix)
    chosen = starter_films(clustered, biases, n=12, known=40)
    assert np.unique(chosen).size == 12
    assert clustered.item_counts[chosen].min() >= np.sort(clustered.item_counts)[-40]
    assert starter_films(clustered, biases, n=1000, known=1000).size == clustered.n_items


@pytest.mark.parametrize("n", [3, 8])
def test_each_is_the_one_that_those_before_tell_least_of(clustered, n):
    """Against least squares: what is left of each film's residuals after those chosen so far."""
    biases = fit_biases(clustered.matrix)
    chosen = starter_films(clustered, biases, n=n, known=clustered.n_items)
    entries = clustered.matrix.tocoo()
    left = np.zeros(clustered.matrix.shape)
    left[entries.row, entries.col] = entries.data - biases.mean - biases.user[entries.row] - biases.item[entries.col]
    for place in range(n):
        known = left[:, chosen[:place]]
        rest = left - known @ np.linalg.lstsq(known, left, rcond=None)[0] if place else left
        spread = (rest**2).sum(axis=0)
        spread[chosen[:place]] = -1
        assert spread[chosen[place]] == pytest.approx(spread.max(), rel=1e-4)
