"""The map of a search: true distances from the middle, and PCA's directions."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from ucf_core.embedding.embedding import unit_rows
from ucf_core.index.graph.trace_views import radial_map


@pytest.fixture
def units():
    return unit_rows(np.random.default_rng(0).normal(size=(60, 9)).astype(np.float32))


def test_how_far_a_place_is_from_the_middle_is_its_distance(units):
    places = radial_map(units, units[7])
    np.testing.assert_allclose(np.linalg.norm(places, axis=1), 1 - units @ units[7], atol=1e-6)
    np.testing.assert_allclose(places[7], 0, atol=1e-6)


def test_directions_are_those_of_the_two_strongest_components(units):
    query = units[7]
    others = np.arange(60) != 7
    exact = units.astype(np.float64)  # PCA works in the type that it is given
    apart = (exact - (exact @ query)[:, None] * query)[others]
    expected = PCA(2, svd_solver="full").fit_transform(apart)
    places = radial_map(units, query)[others]
    directions = places / np.linalg.norm(places, axis=1, keepdims=True)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    # either axis may be turned round
    signs = np.sign((directions * expected).sum(axis=0))
    np.testing.assert_allclose(directions * signs, expected, atol=1e-5)


def test_the_plane_itself_is_drawn_as_it_is():
    """In three dimensions with the query along the first axis, directions are those in the other two."""
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    around = np.stack([np.full(12, 0.6), 0.8 * np.cos(angles), 0.8 * np.sin(angles)], axis=1).astype(np.float32)
    places = radial_map(around, np.array([1, 0, 0], np.float32))
    np.testing.assert_allclose(np.linalg.norm(places, axis=1), 0.4, atol=1e-6)
    turned = np.exp(1j * angles)
    drawn = (places[:, 0] + 1j * places[:, 1]) / 0.4
    np.testing.assert_allclose(np.abs(np.vdot(drawn, drawn)), 12, atol=1e-4)
    gaps = np.abs(np.diff(drawn))
    np.testing.assert_allclose(gaps, np.abs(np.diff(turned)), atol=1e-4)


@pytest.mark.parametrize("dim", [1, 2])
def test_vectors_of_one_or_two_numbers_have_places_too(dim):
    units = unit_rows(np.random.default_rng(1).normal(size=(5, dim)).astype(np.float32))
    places = radial_map(units, units[0])
    assert places.shape == (5, 2)
    np.testing.assert_allclose(np.linalg.norm(places, axis=1), 1 - units @ units[0], atol=1e-6)


def test_equal_vectors_all_lie_in_the_middle():
    np.testing.assert_allclose(radial_map(np.ones((4, 1), np.float32), np.ones(1, np.float32)), 0, atol=1e-9)
