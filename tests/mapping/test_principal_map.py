"""The map by PCA against scikit-learn, and by hand."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from ucf_core.studies.user_map.pca import principal_map


def test_it_is_that_of_scikit_learn_up_to_sign(clustered_units):
    oracle = PCA(n_components=2, svd_solver="full")
    expected = oracle.fit_transform(clustered_units.astype(np.float64))
    made = principal_map(clustered_units)
    signs = np.sign((made.places * expected).sum(axis=0))
    assert made.places == pytest.approx(expected * signs, abs=1e-5)
    assert made.explained == pytest.approx(oracle.explained_variance_ratio_, rel=1e-6)


def test_many_blocks_give_what_one_gives():
    vectors = np.random.default_rng(0).normal(size=(9_001, 5)).astype(np.float32) * [5, 3, 1, 1, 1]
    expected = PCA(n_components=2, svd_solver="full").fit_transform(vectors)
    made = principal_map(vectors.astype(np.float32))
    assert np.abs(made.places) == pytest.approx(np.abs(expected), abs=1e-4)


def test_a_line_through_space_is_one_axis_with_all_of_the_variance():
    made = principal_map(np.array([[0, 0, 0], [0, 3, 4], [0, 6, 8]], dtype=np.float32))
    assert made.places[:, 0].tolist() == pytest.approx([-5, 0, 5])
    assert made.places[:, 1] == pytest.approx(np.zeros(3), abs=1e-6)
    assert made.explained == pytest.approx((1, 0))


def test_its_sides_do_not_depend_on_the_order_of_users(clustered_units):
    order = np.random.default_rng(1).permutation(len(clustered_units))
    assert principal_map(clustered_units[order]).places == pytest.approx(
        principal_map(clustered_units).places[order], abs=1e-5
    )


@pytest.mark.parametrize("shape", [(1, 4), (3, 1), (1, 1)])
def test_what_has_fewer_axes_is_flat_there(shape):
    vectors = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(shape)
    places = principal_map(vectors).places
    assert places.shape == (shape[0], 2)
    assert places[:, 1].tolist() == [0.0] * shape[0]


def test_of_users_who_are_all_equal_there_is_no_variance_to_show():
    made = principal_map(np.ones((4, 3), dtype=np.float32))
    assert made.places.tolist() == np.zeros((4, 2)).tolist()
    assert np.isnan(made.explained).all()


def test_the_places_are_shared_and_so_cannot_be_changed(clustered_units):
    with pytest.raises(ValueError, match="read-only"):
        principal_map(clustered_units).places[0] = 0
