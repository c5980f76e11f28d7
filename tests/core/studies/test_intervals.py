"""Bootstrap intervals by hand, against scipy.stats.bootstrap, and by how often they hold the truth."""

import math

import numpy as np
import pytest
from scipy.stats import binom, bootstrap, norm

from ucf_core.base.errors import SpecError
from ucf_core.studies.evaluation.intervals import (
    Interval,
    mean_interval,
    pooled_interval,
)

TWO_SUMS, TWO_COUNTS = np.array([8.0, 1.0]), np.array([2, 1])
RESAMPLES = 5000


def rmse_of(squared: np.ndarray, counts: np.ndarray, axis: int = -1) -> np.ndarray:
    return np.sqrt(squared.sum(axis=axis) / counts.sum(axis=axis))


def assert_close_to_scipy(found: Interval, theirs: object, tails: tuple = (0.025, 0.975)) -> None:
    """Both ends within 4 standard errors of the difference of two sample quantiles of a normal distribution."""
    spread = theirs.standard_error
    for end, their_end, tail in zip((found.low, found.high), theirs.confidence_interval, tails, strict=True):
        error = math.sqrt(2 * tail * (1 - tail) / RESAMPLES) / norm.pdf(norm.ppf(tail))
        assert abs(end - their_end) < 4 * error * spread


def test_two_users_by_hand():
    """Two of 0 and 1: means 0, 1/2 and 1, a quarter, half and a quarter of the time."""
    assert mean_interval(np.array([0, 1])) == Interval(0.5, 0, 1)
    assert mean_interval(np.array([0, 1]), level=0.4) == Interval(0.5, 0.5, 0.5)


def test_pooled_over_two_users_by_hand():
    """Users drawn twice or each once: 16/4, 9/3 or 2/2."""
    assert pooled_interval(TWO_SUMS, TWO_COUNTS) == Interval(3, 1, 4)
    root = pooled_interval(TWO_SUMS, TWO_COUNTS, root=True)
    assert (root.low, root.high) == (1, 2)
    assert root.estimate == pytest.approx(math.sqrt(3))


def test_users_who_agree_leave_no_doubt():
    assert mean_interval(np.full(30, 0.25)) == Interval(0.25, 0.25, 0.25)
    assert mean_interval(np.array([0.75])) == Interval(0.75, 0.75, 0.75)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_a_mean_agrees_with_scipy(level):
    values = np.random.default_rng(1).exponential(size=200)
    theirs = bootstrap((values,), np.mean, n_resamples=RESAMPLES, method="percentile", confidence_level=level, rng=2)
    found = mean_interval(values, resamples=RESAMPLES, level=level, seed=3)
    assert found.estimate == pytest.approx(values.mean())
    assert_close_to_scipy(found, theirs, ((1 - level) / 2, (1 + level) / 2))


def test_a_pooled_rmse_agrees_with_scipy():
    rng = np.random.default_rng(1)
    counts = rng.integers(1, 40, size=150)
    squared = np.array([(rng.normal(size=n) ** 2).sum() for n in counts])
    theirs = bootstrap((squared, counts), rmse_of, paired=True, n_resamples=RESAMPLES, method="percentile", rng=2)
    found = pooled_interval(squared, counts, root=True, resamples=RESAMPLES, seed=3)
    assert found.estimate == pytest.approx(rmse_of(squared, counts))
    assert_close_to_scipy(found, theirs)


def test_95_percent_intervals_hold_the_true_mean_as_often_as_they_say():
    """Of 300 samples of 400 normal values; what few resamples cost is far less than what chance does to 300 trials."""
    rng, trials = np.random.default_rng(5), 300
    held = 0
    for trial in range(trials):
        interval = mean_interval(rng.normal(2, 3, size=400), resamples=400, seed=trial)
        held += interval.low <= 2 <= interval.high
    assert binom.ppf(0.001, trials, 0.95) <= held <= binom.ppf(0.999, trials, 0.95)


def test_intervals_narrow_with_the_root_of_the_number_of_users():
    values = np.random.default_rng(6).normal(size=1600)
    widths = [found.high - found.low for found in (mean_interval(values[:100]), mean_interval(values))]
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.25)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    values = np.random.default_rng(7).random(50)
    assert mean_interval(values, seed=1) == mean_interval(values, seed=1)
    assert mean_interval(values, seed=1) != mean_interval(values, seed=2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"resamples": 0}, "resamples=0 is out of range"),
        ({"level": 1.0}, r"level=1.0 is out of range"),
        ({"level": 0}, r"level=0 is out of range"),
        ({"seed": -1}, "seed=-1 is out of range"),
    ],
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(SpecError, match=message):
        mean_interval(np.ones(3), **settings)


def test_no_users_are_refused():
    with pytest.raises(SpecError, match="at least one user"):
        mean_interval(np.array([]))
