"""Settings without what has no effect: they answer like those that they stand for."""

import pytest
from toy import clustered_ratings

from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.evaluation.evaluate import evaluate
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting


@pytest.mark.parametrize(
    ("query", "scoring"),
    [
        ({"space": "raw", "dim": 3, "ef": 20}, {}),
        ({"engine": "exact", "ef": 20, "M": 3, "ef_construction": 5}, {"ridge": 5.0, "rating_ridge": 5.0}),
        ({"engine": "hnsw"}, {"aggregation": "mean", "shrinkage": 30.0}),
        ({"ef": 3, "M": 2}, {"neighbourhood": "per_item"}),
    ],
)
def test_what_has_no_effect_is_at_its_default_and_the_figures_stay(query, scoring):
    asked = Setting(query=QuerySpec(**{"k": 9, **query}), scoring=ScoringSpec(**scoring))
    short = asked.effective
    assert short != asked
    assert short.effective == short
    spec = EvaluationSpec(split=SplitSpec(protocol="per_user_holdout"), n=5, baselines=())
    made = evaluate(clustered_ratings(60, 90, 4, seed=3), spec, [asked, short])
    assert made.rows[0].metrics == made.rows[1].metrics


@pytest.mark.parametrize(
    ("query", "scoring"),
    [
        ({"ef": 3}, {}),
        ({"M": 4}, {}),
        ({"space": "raw", "engine": "hnsw"}, {}),
        ({"weighting": "residual"}, {}),
        ({}, {"ranking": "learned", "ridge": 5.0}),
        ({}, {"aggregation": "learned", "rating_ridge": 5.0}),
        ({}, {"aggregation": "mean", "ranking": "damped", "shrinkage": 30.0}),
        ({}, {"amplification": 3.0, "significance": 5, "min_support": 2}),
    ],
)
def test_what_has_an_effect_stays(query, scoring):
    asked = Setting(query=QuerySpec(**{"k": 9, **query}), scoring=ScoringSpec(**scoring))
    assert asked.effective == asked
