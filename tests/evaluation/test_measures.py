"""Metrics from sums over users: as the slow way has them, metric by metric, and resampled together."""

import numpy as np
import pytest
from scipy.stats import binom

from ucf_core.base.errors import CancelledError
from ucf_core.studies.evaluation.by_user import BY_USER, LISTED, LISTS, SUMS, ByUser
from ucf_core.studies.evaluation.intervals import mean_interval, percentiles, pooled_interval

M, R = 80, 3


def made_up(*, measured=None, seed=0):
    """Figures of R models for M users: the last model predicts no ratings, and some users have no list of the first."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 9, M)
    sums = {name: rng.random((R, M)) * counts for name in SUMS}
    lists = {name: rng.random((R, M)) for name in LISTS}
    listed = {name: rng.integers(1, 9, (R, M)).astype(float) for name in LISTED}
    for values in sums.values():
        values[-1] = np.nan
    if measured is not None:
        for values in lists.values():
            values[:, ~measured] = np.nan
    listed["places"][0, :5] = listed["raters"][0, :5] = 0
    listed["novelty"][0, :5] = np.nan
    return ByUser(counts, sums, lists, listed)


def slow(made, metric, model):
    """The interval of one metric of one model, drawn for it alone."""
    counts, sums, listed = made.counts, made.sums, made.listed
    if metric in ("rmse", "mae", "fallback_share"):
        column = {"rmse": "squared", "mae": "absolute", "fallback_share": "fallbacks"}[metric]
        return pooled_interval(sums[column][model], counts, root=metric == "rmse")
    if metric in ("user_rmse", "user_mae"):
        errors = sums["squared" if metric == "user_rmse" else "absolute"][model] / counts
        return mean_interval(np.sqrt(errors) if metric == "user_rmse" else errors)
    if metric == "popularity":
        return pooled_interval(listed["raters"][model], listed["places"][model])
    if metric == "novelty":
        has = ~np.isnan(listed["novelty"][model])
        return pooled_interval(np.where(has, listed["novelty"][model], 0), has)
    values = made.lists[metric][model]
    return mean_interval(values[~np.isnan(values)])


@pytest.mark.parametrize("some", [False, True], ids=["all users measured", "some users measured"])
@pytest.mark.parametrize("metric", BY_USER)
def test_figures_and_intervals_are_those_that_are_drawn_one_by_one(metric, some):
    made = made_up(measured=np.arange(M) % 3 > 0 if some else None)
    low, high = percentiles(made.resampled()[metric])
    for model in range(R):
        if metric in ("rmse", "mae", "user_rmse", "user_mae", "fallback_share") and model == R - 1:
            assert np.isnan([made.figures()[metric][model], low[model], high[model]]).all()
            continue
        expected = slow(made, metric, model)
        assert [made.figures()[metric][model], low[model], high[model]] == pytest.approx(
            [expected.estimate, expected.low, expected.high], rel=1e-12
        )


def test_where_nothing_is_relevant_to_anybody_list_metrics_are_missing():
    made = made_up(measured=np.zeros(M, dtype=bool))
    for name in LISTS:
        assert np.isnan(made.figures()[name]).all()
        assert np.isnan(made.resampled(resamples=10)[name]).all()
    assert not np.isnan(made.figures()["popularity"]).any()


def test_progress_may_stop_either_pass_of_drawing():
    for stop_at in (0, 1):
        told = iter(range(stop_at))

        def progress(done, total, left=told):
            if next(left, None) is None:
                raise CancelledError("stopped")

        with pytest.raises(CancelledError):
            made_up(measured=np.arange(M) > 3).resampled(progress=progress)


def test_95_percent_intervals_hold_the_true_figures_as_often_as_they_say():
    """Users differ in how much they rate and in how well they are predicted, of which the truth is known.

    Errors are normal with a variance v of each user's own, uniform in [0.5, 1.5], and counts do not depend on it: the
    mean squared error is 1. Lists have 10 places, novelty is exponential with mean 2. Two models share each user's v.
    """
    rng, trials, n = np.random.default_rng(6), 300, 300
    held = dict.fromkeys(("rmse", "novelty", "difference"), 0)
    for trial in range(trials):
        counts = rng.integers(5, 30, n)
        variance = rng.uniform(0.5, 1.5, n)
        squared = variance * rng.chisquare(np.broadcast_to(counts, (2, n)))
        listed = {"places": np.full((2, n), 10.0), "raters": np.ones((2, n)), "novelty": rng.exponential(2, (2, n))}
        sums = {"squared": squared, "absolute": squared, "fallbacks": squared}
        found = ByUser(counts, sums, {name: np.ones((2, n)) for name in LISTS}, listed).resampled(
            resamples=400, seed=trial
        )
        for name, replicates, truth in (
            ("rmse", found["rmse"][0], 1.0),
            ("novelty", found["novelty"][0], 2.0),
            ("difference", found["rmse"][0] - found["rmse"][1], 0.0),
        ):
            low, high = percentiles(replicates)
            held[name] += low <= truth <= high
    for name, times in held.items():
        # a percentile interval of a skewed figure falls short by a little: 94 % at this number of users
        assert binom.ppf(0.001, trials, 0.94) <= times <= binom.ppf(0.999, trials, 0.95), name
