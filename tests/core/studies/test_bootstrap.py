"""Weights of resampled users: what they are, and that one pass gives what drawing each statistic by itself gives."""

import numpy as np
import pytest
from scipy.stats import binom

from ucf_core.base.errors import CancelledError, SpecError
from ucf_core.studies.evaluation import intervals
from ucf_core.studies.evaluation.intervals import mean_interval, percentiles, resample_weights, resampled_sums


def test_a_resample_has_as_many_users_as_there_are():
    drawn = np.concatenate([block.copy() for block in resample_weights(40, resamples=30)])
    assert drawn.shape == (30, 40)
    assert (drawn.sum(axis=1) == 40).all()
    assert (drawn == drawn.round()).all()
    assert drawn.min() == 0


def test_every_user_is_drawn_as_often_as_the_binomial_distribution_says():
    """In 20,000 resamples of 5 users: how often none, once, twice, ... of the first, within 4 standard errors."""
    first = np.concatenate([block[:, 0].copy() for block in resample_weights(5, resamples=20_000, seed=1)])
    expected = binom.pmf(np.arange(6), 5, 0.2)
    found = np.bincount(first.astype(int), minlength=6) / first.size
    assert (np.abs(found - expected) <= 4 * np.sqrt(expected * (1 - expected) / first.size)).all()


def test_blocks_change_nothing(monkeypatch):
    columns = [np.random.default_rng(0).random((3, 50)), np.arange(50.0)[None]]
    at_once = resampled_sums(columns, resamples=100, seed=2)
    monkeypatch.setattr(intervals, "_WEIGHTS", 350)
    for one, other in zip(at_once, resampled_sums(columns, resamples=100, seed=2), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)


def test_sums_are_those_of_the_drawn_users_one_by_one():
    values = np.random.default_rng(0).random((2, 30))
    rng = np.random.default_rng(7)
    drawn = [rng.integers(30, size=30) for _ in range(25)]
    (sums,) = resampled_sums([values], resamples=25, seed=7)
    np.testing.assert_allclose(sums, np.stack([values[:, users].sum(axis=1) for users in drawn], axis=1))


def test_many_statistics_at_once_have_the_intervals_of_each_by_itself():
    values = np.random.default_rng(3).random((4, 60))
    (sums,) = resampled_sums([values], seed=5)
    low, high = percentiles(sums / 60)
    for row, *ends in zip(values, low, high, strict=True):
        one = mean_interval(row, seed=5)
        assert ends == pytest.approx([one.low, one.high])


def test_progress_is_reported_and_may_stop_the_drawing(monkeypatch):
    monkeypatch.setattr(intervals, "_WEIGHTS", 100)
    reported = []

    def progress(done, total):
        reported.append((done, total))
        if done >= 40:
            raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        resampled_sums([np.ones((1, 10))], resamples=100, progress=progress)
    assert reported == [(0, 100), (10, 100), (20, 100), (30, 100), (40, 100)]


def test_no_users_are_refused():
    with pytest.raises(SpecError, match="at least one user"):
        resampled_sums([np.empty((2, 0))])
