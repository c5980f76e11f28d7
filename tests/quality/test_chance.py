"""Hubness against chance: the binomial law against SciPy and simulation, samples of lists against all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, skew

from ucf_core.base.errors import SpecError
from ucf_core.studies.diagnosis.hubness import Hubness, chance, occurrence_bins, skewness_of_all


@pytest.mark.parametrize(("n", "k"), [(10, 3), (671, 50), (40, 39)])
def test_with_all_lists_chance_is_the_binomial_law(n, k):
    law = binom(n - 1, k / (n - 1))
    expected = chance(n, k, n)
    assert expected.probabilities == pytest.approx([*law.pmf(np.arange(n)), 0.0], abs=1e-12)
    assert expected.anti_hub_share == pytest.approx(law.pmf(0))
    assert expected.skewness == pytest.approx(float(law.stats("s")) if k < n - 1 else 0.0)


def test_with_some_lists_those_who_have_one_stand_in_one_fewer():
    """3 of 5 rows have lists of 2: a row with a list is in each of 2 lists by 1/2, one without in each of 3."""
    expected = chance(3, 2, 5)
    inside, outside = np.array([1, 2, 1, 0]) / 4, np.array([1, 3, 3, 1]) / 8
    assert expected.probabilities == pytest.approx(0.6 * inside + 0.4 * outside)


def test_lists_drawn_at_random_agree_with_chance():
    n, k, m = 300, 12, 200
    rng = np.random.default_rng(0)
    counted = np.zeros(m + 1)
    for _ in range(60):
        lists = [rng.choice(np.delete(np.arange(n), row), k, replace=False) for row in range(m)]
        counted[: m + 1] += np.bincount(np.bincount(np.concatenate(lists), minlength=n), minlength=m + 1)
    # 18,000 rows: three standard errors of a share are below 0.012
    assert counted / counted.sum() == pytest.approx(chance(m, k, n).probabilities, abs=0.012)


def test_all_lists_need_no_estimate():
    occurrences = np.array([0, 0, 1, 2, 9])
    assert skewness_of_all(occurrences, 5) == pytest.approx(float(skew(occurrences)))


def test_the_moments_that_a_sample_estimates_are_right_on_average():
    """Of 6 rows of which one stands in 4 lists and the others in 1 or 0, all samples of 4 lists are drawn."""
    from itertools import combinations

    lists = np.array([[1, 0, 0, 0, 0, 0]] * 4 + [[0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0]])
    full = lists.sum(axis=0)
    falling = np.zeros(3)
    samples = list(combinations(range(6), 4))
    for sample in samples:
        x = lists[list(sample)].sum(axis=0)
        scale = np.array([4 / 6, 4 * 3 / 30, 4 * 3 * 2 / 120])
        falling += np.array([x.mean(), (x * (x - 1)).mean(), (x * (x - 1) * (x - 2)).mean()]) / scale
    truth = [full.mean(), (full * (full - 1)).mean(), (full * (full - 1) * (full - 2)).mean()]
    assert falling / len(samples) == pytest.approx(truth)


def test_a_sample_of_lists_tells_the_skewness_of_all_better_than_its_own():
    n, m = 20_000, 400
    rng = np.random.default_rng(1)
    occurrences = np.minimum(rng.lognormal(2.5, 0.9, n).astype(int), n - 1)
    drawn = rng.hypergeometric(occurrences, n - occurrences, m)
    truth = Hubness(occurrences).skewness
    assert truth > 3
    assert skewness_of_all(drawn, m) == pytest.approx(truth, rel=0.15)
    assert Hubness(drawn).skewness < 0.75 * truth


def test_a_sample_without_spread_beyond_its_own_has_no_skewness():
    assert np.isnan(skewness_of_all(np.array([1, 1, 1, 0, 0, 0, 0]), 3))


@pytest.mark.parametrize(
    ("call", "remedy"),
    [
        (lambda: chance(0, 1, 5), "choose 1 <= n_lists <= 5"),
        (lambda: chance(6, 1, 5), "choose 1 <= n_lists <= 5"),
        (lambda: chance(5, 5, 5), "choose 1 <= k <= 4"),
        (lambda: skewness_of_all(np.array([0, 1, 1]), 2), "choose at least 3"),
    ],
)
def test_what_is_impossible_is_refused_with_the_remedy(call, remedy):
    with pytest.raises(SpecError, match=remedy):
        call()


def test_bins_double_and_end_with_the_last_that_holds_anything():
    bins = occurrence_bins(np.array([0, 0, 1, 2, 3, 3, 4, 9]), chance(8, 2, 8))
    assert bins.first.tolist() == [0, 1, 2, 4, 8]
    assert bins.last.tolist() == [0, 1, 3, 7, 8]
    assert bins.rows.tolist() == [2, 1, 3, 1, 1]


@given(st.integers(2, 90), st.data())
def test_every_row_is_in_one_bin_and_so_is_all_chance(n, data):
    n_lists, k = data.draw(st.integers(1, n)), data.draw(st.integers(1, n - 1))
    occurrences = np.array(data.draw(st.lists(st.integers(0, n_lists), min_size=n, max_size=n)))
    bins = occurrence_bins(occurrences, chance(n_lists, k, n))
    assert bins.rows.sum() == n
    assert n - 0.5 * np.log2(4 * n) <= bins.by_chance.sum() <= n + 1e-6
    assert bins.first.tolist() == [0, *(bins.last[:-1] + 1).tolist()]
