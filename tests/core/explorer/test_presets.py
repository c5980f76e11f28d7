"""Presets: what they promise on held-out ratings, and that any dataset can take them."""

import pytest
from toy import clustered_ratings, toy_ratings

from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.datasets.load import load_ratings
from ucf_core.explorer.explorer import Explorer
from ucf_core.explorer.presets import PRESETS
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.evaluation.evaluate import evaluate
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting


def test_the_default_is_that_of_the_specs_and_the_notebook_is_its_own():
    assert (PRESETS["default"].query, PRESETS["default"].scoring) == (QuerySpec(), ScoringSpec())
    assert PRESETS["notebook"].scoring == ScoringSpec(ranking="predicted", aggregation="mean")
    for name, preset in PRESETS.items():
        assert preset.name == name
        assert preset.explanation.endswith(".")


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("make", [toy_ratings, lambda: clustered_ratings(60, 90, 4, seed=3)])
def test_every_preset_fits_every_dataset(name, make):
    ratings, preset = make(), PRESETS[name]
    explorer = Explorer(ratings, in_memory=True)
    query = preset.query_for(ratings)
    assert explorer.neighbours(1, query).k == min(preset.query.k, ratings.n_users - 1)
    assert explorer.recommend(1, query, preset.scoring, n=2).items.size


@pytest.fixture(scope="module")
def measured(sample_home):
    """All presets on one holdout of the sample, 150 users."""
    sample = load_ratings("sample", home=sample_home)
    spec = EvaluationSpec(split=SplitSpec(protocol="per_user_holdout", seed=11), sample=150, baselines=("popular",))
    settings = {name: Setting(query=each.query_for(sample), scoring=each.scoring) for name, each in PRESETS.items()}
    return evaluate(sample, spec, list(settings.values())), settings


def test_best_ratings_have_smaller_errors_than_the_default_beyond_the_interval(measured):
    found, settings = measured
    assert found.difference("rmse", settings["best_ratings"], settings["default"]).high < 0
    assert found.difference("mae", settings["best_ratings"], settings["notebook"]).high < 0


def test_best_lists_find_more_than_the_default_beyond_the_interval(measured):
    found, settings = measured
    assert found.difference("ndcg", settings["best_lists"], settings["default"]).low > 0
    assert found.difference("ndcg", settings["default"], settings["notebook"]).low > 0
