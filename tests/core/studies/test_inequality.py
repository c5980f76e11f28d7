"""Gini and Robin Hood indices by hand, and by their definitions over all pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.studies.diagnosis.hubness import Hubness
from ucf_core.studies.evaluation.beyond_accuracy import gini


def robin_hood(values: np.ndarray) -> float:
    return Hubness(values).robin_hood


counts = st.lists(st.integers(0, 50), min_size=1, max_size=12).map(np.array)


@pytest.mark.parametrize(
    ("values", "gini_index", "moved"),
    [
        ([3, 3, 3], 0, 0),
        ([0, 0, 0, 8], 3 / 4, 3 / 4),  # 1 - 1/n
        ([1, 3], 1 / 4, 1 / 4),  # |1 - 3| twice over 4 pairs, over twice the mean of 2; 1 of 4 is to move
        ([0, 1, 5], 20 / 36, 1 / 2),  # differences 1, 5 and 4, twice, over 9 pairs, over 4; 3 of 6 are to move
        ([0, 0], 0, 0),
        ([7], 0, 0),
    ],
)
def test_by_hand(values, gini_index, moved):
    assert gini(np.array(values)) == pytest.approx(gini_index)
    assert robin_hood(np.array(values)) == pytest.approx(moved)


@given(counts)
def test_gini_is_the_mean_absolute_difference_over_twice_the_mean(values):
    pairs = np.abs(values[:, None] - values[None, :]).mean()
    assert gini(values) == pytest.approx(pairs / (2 * values.mean()) if values.any() else 0, abs=1e-12)


@given(counts)
def test_robin_hood_takes_what_is_above_the_mean(values):
    above = np.maximum(values - values.mean(), 0).sum()
    assert robin_hood(values) == pytest.approx(above / values.sum() if values.any() else 0, abs=1e-12)


@given(counts, st.integers(2, 9))
def test_neither_depends_on_order_or_unit_and_robin_hood_is_never_above_gini(values, factor):
    assert gini(values[::-1] * factor) == pytest.approx(gini(values), abs=1e-12)
    assert robin_hood(values[::-1] * factor) == pytest.approx(robin_hood(values), abs=1e-12)
    assert 0 <= robin_hood(values) <= gini(values) + 1e-12 <= 1
