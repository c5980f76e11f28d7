"""Which setting is best, and what cannot be told from it: on figures whose order is known by how they are made."""

from dataclasses import replace

import numpy as np
import pytest
from toy import clustered_ratings, toy_ratings

from ucf_core.base.errors import SpecError
from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.studies.evaluation.by_user import UserMean, resample
from ucf_core.studies.evaluation.evaluate import check
from ucf_core.studies.evaluation.list_metrics import LIST_METRICS
from ucf_core.studies.evaluation.metrics import METRICS
from ucf_core.studies.evaluation.results import Evaluation
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting
from ucf_core.studies.evaluation.verdict import verdict

USERS = 200
FIRST, SECOND, THIRD = (Setting(query=QuerySpec(k=k)) for k in (10, 20, 30))


def made_up(n_models: int = 4, n_users: int = USERS) -> Evaluation:
    """Second is as good as First but for noise around 0, Third is worse for every user, popular better for every user.

    Ten held-out ratings each; popular predicts none. Only so many of the models and users are in it.
    """
    base = np.random.default_rng(0).uniform(0.3, 0.4, USERS)
    noise = np.resize([0.01, -0.01], USERS)
    ndcg = np.stack([base + 0.1, base, base + noise, base - 0.05])[:n_models, :n_users]
    squared = 10 * np.stack([0 * base, base, base + noise, base + 0.05])[:n_models, :n_users]
    ratings = np.repeat([[0], [10], [10], [10]], USERS, axis=1)[:n_models, :n_users]
    shifts = np.stack([base, base, base + noise, base])[:n_models, :n_users] / USERS
    of_ratings, of_lists = (squared, ratings), (ndcg, np.ones_like(ratings))
    means = [
        UserMean.of(metric, *(of_ratings if metric.kind in ("rating", "user") else of_lists))
        for metric in METRICS.values()
        if metric.kind != "catalogue"
    ]
    together = {name: np.array([0.5, 0.25, 0.251, 0.125])[:n_models] for name in ("item_coverage", "gini")}
    return Evaluation(
        spec=EvaluationSpec(baselines=("popular",)),
        models=("popular", FIRST, SECOND, THIRD)[:n_models],
        users=np.arange(n_users, dtype=np.int32),
        figures={mean.metric.name: mean.figures() for mean in means} | together,
        resampled=resample(means),
        shifts={name: shifts.copy() for name in together},
        n_ratings=10 * n_users,
        n_cold=0,
        seconds=1.0,
    )


@pytest.fixture(scope="module")
def measured() -> Evaluation:
    return made_up()


def models(rows):
    return [row.model for row in rows]


@pytest.mark.parametrize("metric", [metric.name for metric in LIST_METRICS])
def test_noise_around_zero_is_no_difference_and_a_loss_for_everybody_is(measured, metric):
    found = verdict(measured, metric)
    assert found.best.model in (FIRST, SECOND)
    assert models(found.alike) == [SECOND if found.best.model == FIRST else FIRST]
    assert models(found.ahead) == ["popular"]


@pytest.mark.parametrize("metric", ["rmse", "mae", "user_rmse", "user_mae"])
def test_of_errors_the_smallest_is_best_and_who_predicts_nothing_is_left_out(measured, metric):
    found = verdict(measured, metric)
    assert found.best.model in (FIRST, SECOND)
    assert models(found.alike) == [SECOND if found.best.model == FIRST else FIRST]
    assert found.ahead == ()


def test_what_all_lists_make_together_is_told_apart_by_leaving_out_users(measured):
    """First and Second differ by 0.001. Leaving out a user changes both, apart from noise of 0.01 / 200."""
    found = verdict(measured, "item_coverage")
    assert (found.best.model, models(found.alike), models(found.ahead)) == (SECOND, [FIRST], ["popular"])
    difference = measured.difference("item_coverage", SECOND, FIRST)
    error = 1.959964 * 0.01 / USERS * np.sqrt(USERS - 1)
    assert (difference.low, difference.high) == pytest.approx((0.001 - error, 0.001 + error))


@pytest.mark.parametrize("metric", ["gini", "popularity", "novelty"])
def test_where_neither_way_is_better_there_is_no_best_setting(measured, metric):
    assert verdict(measured, metric) is None


def test_support_is_told_apart_user_by_user(measured):
    found = verdict(measured, "coverage")
    assert {found.best.model, *models(found.alike)} == {FIRST, SECOND}
    assert found.ahead == ()


def test_of_a_single_user_nothing_is_clear():
    alone = made_up(n_users=1)
    for metric in [each.name for each in METRICS.values() if each.better != "neither"]:
        found = verdict(alone, metric)
        assert found.best.ci95 == {}
        assert len(found.alike) == sum(row.metrics[metric] is not None for row in alone.rows) - 1


def test_the_order_of_summation_is_no_difference(measured):
    """Two models with the same figures, but for what adding up in another order leaves."""
    whole = measured.resampled["ndcg"].copy()
    whole[2] = whole[1] * (1 + 1e-15)
    both = replace(measured, resampled=measured.resampled | {"ndcg": whole})
    found = both.difference("ndcg", SECOND, FIRST)
    assert (found.low, found.high) == (0, 0)


def test_baselines_alone_have_no_best_setting():
    assert verdict(made_up(n_models=1), "ndcg") is None


def test_a_difference_is_that_of_the_figures(measured):
    figures = {row.model: row.metrics for row in measured.rows}
    for metric in METRICS:
        found = measured.difference(metric, THIRD, FIRST)
        assert found.estimate == pytest.approx(figures[THIRD][metric] - figures[FIRST][metric])


@pytest.mark.parametrize(
    ("query", "split", "words"),
    [
        ({"k": 60}, {}, "k=60 exceeds the 59 other users"),
        ({"k": 5, "dim": 61}, {}, "dim=61 exceeds the rank 60"),
        ({"k": 5}, {"protocol": "temporal"}, "needs timestamps, and this dataset has none"),
    ],
)
def test_what_the_ratings_do_not_allow_is_refused_before_anything_is_fitted(query, split, words):
    ratings = clustered_ratings(60, 90, 4, seed=3)
    with pytest.raises(SpecError, match=words):
        check(ratings, EvaluationSpec(split=SplitSpec(**split)), [Setting(query=QuerySpec(**query))])


def test_what_has_no_effect_is_not_refused():
    check(toy_ratings(), EvaluationSpec(), [Setting(query=QuerySpec(k=5, dim=4000, space="raw"))])
