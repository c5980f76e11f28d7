"""Metrics from sums over users: as the slow way has them, metric by metric, and resampled together."""

import numpy as np
import pytest
from scipy.stats import binom

from ucf_core.base.errors import CancelledError
from ucf_core.studies.evaluation.by_user import UserMean, resample
from ucf_core.studies.evaluation.intervals import mean_interval, percentiles, pooled_interval
from ucf_core.studies.evaluation.metrics import METRICS

M, R = 80, 3
RATING, LIST = ("rmse", "mae", "user_rmse", "user_mae", "coverage", "fallback_share"), ("ndcg", "precision", "mrr")


def made_up(*, measured=None, seed=0):
    """Totals and counts of R models for M users, by metric.

    The last model predicts no ratings, some users have no list of the first, and only `measured` users have something
    relevant held out.
    """
    rng = np.random.default_rng(seed)
    counts = np.tile(rng.integers(1, 9, M), (R, 1))
    found = {}
    for name in RATING:
        predicts = np.arange(R)[:, None] < R - 1
        found[name] = rng.random((R, M)) * counts * predicts, counts * predicts
    for name in LIST:
        relevant = np.ones((R, M), dtype=int) if measured is None else np.tile(measured, (R, 1)).astype(int)
        found[name] = rng.random((R, M)) * relevant, relevant
    has_list = np.ones((R, M), dtype=int)
    has_list[0, :5] = 0
    found["novelty"] = rng.random((R, M)) * has_list, has_list
    found["popularity"] = rng.integers(1, 99, (R, M)) * has_list * 1.0, rng.integers(1, 9, (R, M)) * has_list
    return found


def means_of(made):
    return [UserMean.of(METRICS[name], *pair) for name, pair in made.items()]


def one_by_one(made, metric, model):
    """Figure and interval ends of one metric of one model, drawn for it alone."""
    totals, counts = (each[model] for each in made[metric])
    if metric in ("rmse", "mae", "fallback_share", "popularity"):
        found = pooled_interval(totals, counts, root=metric == "rmse")
    elif metric == "coverage":
        share = pooled_interval(totals, counts)
        return [1 - share.estimate, 1 - share.high, 1 - share.low]
    elif metric == "novelty":
        found = pooled_interval(totals, counts)  # a list or none, so the counts are 1 or 0
    else:
        own = totals[counts > 0] / counts[counts > 0]
        found = mean_interval(np.sqrt(own) if metric == "user_rmse" else own)
    return [found.estimate, found.low, found.high]


@pytest.mark.parametrize("some", [False, True], ids=["all users measured", "some users measured"])
@pytest.mark.parametrize("metric", [*RATING, *LIST, "popularity", "novelty"])
def test_figures_and_intervals_are_those_that_are_drawn_one_by_one(metric, some):
    made = made_up(measured=np.arange(M) % 3 > 0 if some else None)
    means = means_of(made)
    figures = {mean.metric.name: mean.figures() for mean in means}[metric]
    low, high = percentiles(resample(means)[metric])
    for model in range(R):
        found = [figures[model], low[model], high[model]]
        if metric in RATING and model == R - 1:
            assert np.isnan(found).all()
        else:
            assert found == pytest.approx(one_by_one(made, metric, model), rel=1e-12)


def test_where_nothing_is_relevant_to_any_user_list_metrics_are_missing():
    means = means_of(made_up(measured=np.zeros(M, dtype=bool)))
    resampled = resample(means, resamples=10)
    for mean in means:
        missing = mean.metric.name in LIST
        assert np.isnan(mean.figures()[0]) == missing
        assert np.isnan(resampled[mean.metric.name][0]).all() == missing


def test_progress_may_stop_either_pass_of_drawing():
    for stop_at in (0, 1):
        told = iter(range(stop_at))

        def progress(done, total, left=told):
            if next(left, None) is None:
                raise CancelledError("stopped")

        with pytest.raises(CancelledError):
            resample(means_of(made_up(measured=np.arange(M) > 3)), progress=progress)


def test_95_percent_intervals_hold_the_true_figures_as_often_as_they_say():
    """Users differ in how much they rate and in how well they are predicted, of which the truth is known.

    Errors are normal with a variance v of each user's own, uniform in [0.5, 1.5], and counts do not depend on it: the
    mean squared error is 1. Novelty is exponential with mean 2. Two models share each user's v.
    """
    rng, trials, n = np.random.default_rng(6), 300, 300
    held = dict.fromkeys(("rmse", "novelty", "difference"), 0)
    for trial in range(trials):
        counts = rng.integers(5, 30, n)
        variance = rng.uniform(0.5, 1.5, n)
        squared = variance * rng.chisquare(np.broadcast_to(counts, (2, n)))
        made = {
            "rmse": (squared, np.tile(counts, (2, 1))),
            "novelty": (rng.exponential(2, (2, n)), np.ones((2, n), dtype=int)),
        }
        found = resample(means_of(made), resamples=400, seed=trial)
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
