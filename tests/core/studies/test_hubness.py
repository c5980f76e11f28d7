"""Hubness by hand, against scipy.stats.skew, and on points whose hubs are known by reasoning."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import skew

from ucf_core.studies.diagnosis.hubness import Hubness, hubness


def test_by_hand():
    """Rows 0-2 list each other, and row 3 lists rows 0 and 1; none lists row 3."""
    found = hubness(np.array([[1, 2], [0, 2], [0, 1], [0, 1]]), 4)
    assert found.occurrences.tolist() == [3, 3, 2, 0]
    assert found.anti_hub_share == 0.25
    assert found.robin_hood == pytest.approx(2 / 8)
    assert found.gini == pytest.approx((0 + 1 + 1 + 2 + 3 + 3) * 2 / 16 / 4)
    # deviations 1, 1, 0 and -2: third moment -6/4, variance 6/4
    assert found.skewness == pytest.approx(-1.5 / 1.5**1.5)
    assert found.hubs(3).tolist() == [0, 1, 2]


def test_padding_and_missing_users_are_allowed():
    assert hubness(np.array([[5, -1], [-1, -1], [5, 2]]), 7).occurrences.tolist() == [0, 0, 1, 0, 0, 2, 0]


def test_a_ring_has_no_hubs():
    """Each row lists the next one: all are in one list."""
    found = hubness((np.arange(9)[:, None] + 1) % 9, 9)
    assert (found.skewness, found.anti_hub_share, found.robin_hood, found.gini) == (0, 0, 0, 0)


def test_a_star_is_as_hubby_as_can_be():
    """All list row 0, and row 0 lists row 1."""
    n = 50
    found = hubness(np.array([[1]] + [[0]] * (n - 1)), n)
    assert found.anti_hub_share == (n - 2) / n
    assert found.hubs(1).tolist() == [0]
    assert found.robin_hood == pytest.approx(((n - 2) + (n - 2)) / (2 * n))
    assert found.skewness > 6


@given(st.lists(st.integers(0, 30), min_size=2, max_size=20).filter(lambda drawn: len(set(drawn)) > 1))
def test_skewness_agrees_with_scipy(drawn):
    assert Hubness(np.array(drawn)).skewness == pytest.approx(float(skew(drawn)), abs=1e-12)


def test_hubs_come_with_the_dimension():
    """Radovanovic et al. 2010: nearest neighbours of normal points are skewed in many dimensions, hardly in few."""

    def skewness(dim: int) -> float:
        points = np.random.default_rng(0).normal(size=(400, dim))
        distances = np.square(points[:, None] - points[None]).sum(axis=2)
        np.fill_diagonal(distances, np.inf)
        return hubness(np.argsort(distances, axis=1)[:, :5], 400).skewness

    assert skewness(2) < 1 < 2 < skewness(50)
