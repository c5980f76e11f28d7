"""Which setting is best, and what cannot be told from it: on figures whose order is known by how they are made."""

import numpy as np
import pytest
from toy import clustered_ratings, toy_ratings

from ucf_core.errors import SpecError
from ucf_core.evaluation.grid import EvaluationSpec, Setting
from ucf_core.evaluation.results import CATALOGUE, LISTS, PAIRED, SUMS, Evaluation
from ucf_core.evaluation.split import SplitSpec
from ucf_core.evaluation.sweep import check
from ucf_core.evaluation.verdict import verdict
from ucf_core.specs import QuerySpec

USERS = 200
FIRST, SECOND, THIRD = (Setting(query=QuerySpec(k=k)) for k in (10, 20, 30))


@pytest.fixture(scope="module")
def measured() -> Evaluation:
    """Second is as good as First but for noise around 0, Third is worse for everybody, popular better for everybody.

    Ten held-out ratings each; popular predicts none.
    """
    rng = np.random.default_rng(0)
    base = rng.uniform(0.3, 0.4, USERS)
    noise = np.resize([0.01, -0.01], USERS)
    ndcg = np.stack([base + 0.1, base, base + noise, base - 0.05])
    squared = np.stack([np.full(USERS, np.nan), 10 * base, 10 * (base + noise), 10 * (base + 0.05)])
    return Evaluation(
        spec=EvaluationSpec(baselines=("popular",)),
        models=("popular", FIRST, SECOND, THIRD),
        users=np.arange(USERS, dtype=np.int32),
        counts=np.full(USERS, 10),
        sums={name: squared.copy() for name in SUMS},
        lists={name: ndcg.copy() for name in LISTS},
        catalogue={name: np.array([0.5, 0.25, 0.25, 0.125]) for name in CATALOGUE},
        n_cold=0,
        seconds=1.0,
    )


def models(rows):
    return [row.model for row in rows]


@pytest.mark.parametrize("metric", LISTS)
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


def test_without_figures_by_user_only_equal_figures_are_alike(measured):
    found = verdict(measured, "item_coverage")
    assert (found.best.model, models(found.alike), models(found.ahead)) == (FIRST, [SECOND], ["popular"])
    lowest = verdict(measured, "gini")
    assert (lowest.best.model, lowest.alike, lowest.ahead) == (THIRD, (), ())


def test_baselines_alone_have_no_best_setting(measured):
    alone = Evaluation(
        spec=measured.spec,
        models=("popular",),
        users=measured.users,
        counts=measured.counts,
        sums={name: values[:1] for name, values in measured.sums.items()},
        lists={name: values[:1] for name, values in measured.lists.items()},
        catalogue={name: values[:1] for name, values in measured.catalogue.items()},
        n_cold=0,
        seconds=1.0,
    )
    assert verdict(alone, "ndcg") is None


def test_a_difference_is_that_of_the_figures(measured):
    figures = {row.model: row.metrics for row in measured.rows}
    for metric in PAIRED:
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
