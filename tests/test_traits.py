"""Traits of films by hand: buckets of years, genres, and the weight of what is known."""

import numpy as np
import pytest

from ucf_core.ratings.catalogue import Catalogue
from ucf_core.ratings.traits import film_traits


def traits(years, genres, counts, n_users=4):
    catalogue = Catalogue([None] * len(years), np.array(years, np.int16), genres)
    return film_traits(catalogue, np.array(counts), n_users)


def test_a_film_is_shared_by_the_two_nearest_buckets_of_years_and_has_its_genres():
    made = traits([1990, 1993, 0], [("Drama",), ("Comedy", "Drama"), ()], [4, 4, 4])
    # buckets of 1990 and 1995, then Comedy and Drama; every film was rated by all 4 users
    np.testing.assert_allclose(made.matrix.toarray(), [[1, 0.4, 0], [0, 0.6, 0], [0, 1, 0], [1, 1, 0]], atol=1e-6)


def test_entries_grow_with_the_root_of_the_share_of_raters():
    made = traits([2000, 2000, 2000], [("Drama",)] * 3, [4, 1, 0])
    np.testing.assert_allclose(made.matrix.toarray()[0], [1, 0.5, 0])


def test_a_row_times_itself_is_how_many_films_of_the_kind_a_user_rated_on_average():
    counts = [4, 1, 2]
    made = traits([0, 0, 0], [("Drama",)] * 3, counts)
    assert made.gram == pytest.approx(np.array([[sum(counts) / 4]]))


@pytest.mark.parametrize("years", [[0, 0], [1874, 2030]])
def test_films_without_genres_have_years_at_most(years):
    made = traits(years, [(), ()], [1, 2])
    assert made.matrix.shape == (len(made.gram), 2)
    np.testing.assert_allclose(made.gram, (made.matrix @ made.matrix.T).toarray())


def test_traits_are_shared_and_read_only(toy):
    assert toy.traits is toy.traits
    with pytest.raises(ValueError, match="read-only"):
        toy.traits.gram[0, 0] = 1
