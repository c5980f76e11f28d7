"""The weightings against their formulae, written out for single entries, and what follows from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import TOY, ratings_from, toy_ratings

from ucf_core.base.specs import WEIGHTINGS
from ucf_core.explorer.explorer import Explorer
from ucf_core.ratings.biases import fit_biases
from ucf_core.ratings.weighting import weighted

tables = st.dictionaries(
    st.integers(1, 6),
    st.dictionaries(st.integers(1, 6), st.sampled_from([0.0, 0.5, 2.0, 3.3, 5.0]), min_size=1),
    min_size=1,
)


@given(tables)
def test_every_entry_is_what_the_formula_says(table):
    ratings = ratings_from(table)
    biases = fit_biases(ratings.matrix)
    centred, residual = (weighted(ratings.matrix, name, biases) for name in ("centred", "residual"))
    for row, user in enumerate(sorted(table)):
        mean = sum(table[user].values()) / len(table[user])
        for place, item in enumerate(sorted(table[user]), int(ratings.matrix.indptr[row])):
            rating, column = table[user][item], ratings.items.row(item)
            estimate = biases.mean + biases.user[row] + biases.item[column]
            assert centred.data[place] == pytest.approx(rating - mean, abs=1e-5)
            assert residual.data[place] == pytest.approx(rating - estimate, abs=1e-5)


def test_raw_is_the_matrix_itself_and_the_others_share_its_structure():
    matrix = toy_ratings().matrix
    biases = fit_biases(matrix)
    assert weighted(matrix, "raw", biases) is matrix
    for name in WEIGHTINGS:
        found = weighted(matrix, name, biases)
        assert np.shares_memory(found.indices, matrix.indices)
        assert found.dtype == np.float32


@pytest.mark.parametrize("rating", [1, 3.3, 5])
def test_a_user_who_rates_all_alike_has_no_taste_when_centred(rating):
    table = {**TOY, 99: dict.fromkeys((10, 20, 30), rating)}
    ratings = ratings_from(table)
    row = ratings.users.row(99)
    assert not weighted(ratings.matrix, "centred", fit_biases(ratings.matrix))[[row]].data.any()


@pytest.mark.parametrize("space", ["raw", "svd"])
def test_opposite_tastes_are_neighbours_by_raw_ratings_and_not_by_centred_ones(space):
    """Users 1 and 2 rated the same films the other way round; user 3 shares one film with 1 and agrees."""
    agrees = {1: 4, **dict.fromkeys(range(5, 10), 3)}
    ratings = ratings_from({1: {1: 5, 2: 1, 3: 5, 4: 1}, 2: {1: 1, 2: 5, 3: 1, 4: 5}, 3: agrees, 4: {5: 3, 6: 2}})
    explorer = Explorer(ratings, in_memory=True)
    raw, centred = (
        explorer.neighbours(1, k=3, space=space, engine="exact", weighting=name) for name in ("raw", "centred")
    )
    assert raw.users[0] == 2
    assert centred.users[0] == 3
    assert centred.users[-1] == 2
    assert centred.similarities[-1] == pytest.approx(-1, abs=1e-5)
