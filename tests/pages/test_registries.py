"""A registered ranking rule and aggregation are offered, computed, explained, evaluated and named."""

import json
import sys

import numpy as np
import pytest
from apptest import frames, metric, texts
from toy import clustered_ratings

import ucf_core as ucf
from ucf_core import cli
from ucf_core.base.errors import SpecError
from ucf_core.recommendations.aggregations import AGGREGATIONS, Aggregation, register_aggregation
from ucf_core.recommendations.breakdown import Term
from ucf_core.recommendations.rules import RULES, RankingRule, register_rule
from ucf_ui.views.compare import settings as compare_settings
from ucf_ui.views.evaluation import settings as evaluation_settings

HALVED = RankingRule(
    name="halved",
    title="Halved ratings",
    explanation="Half of the weighted ratings, and one.",
    formula="sum(similarity x rating) / 2 + 1",
    unit="half stars",
    score=lambda tallies, _estimates, _settings: tallies.weighted_ratings / 2 + 1,
    parts=lambda raters, _estimate, _settings: (raters.weights * raters.ratings / 2, {Term("one", "Always one"): 1.0}),
)
THREE = Aggregation(
    name="three",
    title="Three stars",
    explanation="Three stars for every film.",
    predict=lambda _hood, tallies, _biases, _settings: np.where(tallies.support > 0, 3.0, np.nan),
    parts=lambda raters, _hood, _biases, _settings: (0 * raters.ratings, {Term("three", "Three", base=True): 3.0}),
)
INVENTED = {"ranking": "halved", "aggregation": "three"}


@pytest.fixture
def registered():
    """Register the rule and the aggregation for one test."""
    register_rule(HALVED)
    register_aggregation(THREE)
    yield
    del RULES["halved"], AGGREGATIONS["three"]


def test_list_and_explanation(registered, explorer):
    made, weighted = explorer.recommend(15, **INVENTED), explorer.recommend(15)
    assert made.item_ids.tolist() == weighted.item_ids.tolist()
    assert made.scores == pytest.approx(weighted.scores / 2 + 1)
    assert set(made.predicted_ratings) == {3.0}
    explanation = explorer.explain(15, made.item_ids.tolist()[0], **INVENTED)
    assert explanation.score.terms == {"one": 1}
    assert explanation.predicted.terms == {"three": 3}
    for sums, total in ((explanation.score, made.scores[0]), (explanation.predicted, 3)):
        assert sum(part for _, part in sums.parts) == pytest.approx(total)
    assert explanation.by_rule()["halved"] == explanation.standing


def test_command_line(registered, with_sample, explorer, monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["ucf", *words])
        with pytest.raises(SystemExit):
            cli.main()
        return capsys.readouterr().out

    for command in ("recommend", "evaluate"):
        helped = "".join(run(command, "--help").replace("│", "").split())
        assert "halved" in helped
        assert "three" in helped
    answer = json.loads(run("recommend", "sample", "15", "--ranking", "halved", "--aggregation", "three", "--json"))
    assert answer["ranking"] == "halved"
    listed = answer["recommendations"]
    assert [one["score"] for one in listed] == pytest.approx(explorer.recommend(15, **INVENTED).scores.tolist())
    assert {one["predicted_rating"] for one in listed} == {3}


def test_recommendations_page(registered, with_sample, open_page, explorer):
    made = explorer.recommend(15, **INVENTED)
    tester = open_page("recommendations", user=15, film=made.item_ids.tolist()[0], if_ranking="damped", **INVENTED)
    assert tester.selectbox(key="ranking").value == "halved"
    assert tester.selectbox(key="ranking").options == [rule.title for rule in RULES.values()]
    assert any(HALVED.explanation in caption for caption in texts(tester.caption))
    assert frames(tester)[0]["Score"].tolist() == pytest.approx(made.scores.tolist())
    assert "Halved ratings (now)" in frames(tester)[2]["Rule"].tolist()
    assert "Always one" in str(tester.get("plotly_chart")[0].proto)
    assert metric(tester, "Predicted rating") == "3.00"


def test_evaluation_and_its_names(registered):
    ratings = clustered_ratings(60, 90, 4, seed=3)
    spec = ucf.EvaluationSpec(split=ucf.SplitSpec(protocol="per_user_holdout"), n=5, baselines=())
    settings = [ucf.Setting(), ucf.Setting(scoring=ucf.ScoringSpec(**INVENTED))]
    weighted, halved = ucf.evaluate(ratings, spec, settings).rows
    assert halved.metrics["ndcg"] == weighted.metrics["ndcg"] > 0
    assert halved.metrics["rmse"] > weighted.metrics["rmse"]
    name = evaluation_settings.names_of([*settings, ucf.Setting(query=ucf.QuerySpec(k=9))], ratings)[settings[1]]
    assert "list by halved ratings, predicted by three stars" in name
    words = compare_settings.sentence(ucf.QuerySpec(), settings[1].scoring)
    assert "list by halved ratings, predicted by three stars" in words


@pytest.mark.parametrize(
    ("shrinkage", "ranking", "aggregation"),
    [(False, "halved", "three"), (True, "damped", "three"), (True, "halved", "baseline_offset")],
)
def test_unused_settings_have_no_effect(shrinkage, ranking, aggregation, registered):
    scoring = ucf.ScoringSpec(ranking=ranking, aggregation=aggregation, shrinkage=9, ridge=7)
    assert ("shrinkage" not in scoring.unused) == shrinkage
    assert ucf.Setting(scoring=scoring).effective.scoring.shrinkage == (9 if shrinkage else 5)
    assert ("shrinkage 9" in compare_settings.sentence(ucf.QuerySpec(), scoring)) == shrinkage
    assert "ridge" not in compare_settings.sentence(ucf.QuerySpec(), scoring)


def test_duplicate_name_raises(registered):
    with pytest.raises(SpecError, match="ranking 'halved' is registered already"):
        register_rule(HALVED)
    with pytest.raises(SpecError, match="aggregation 'three' is registered already"):
        register_aggregation(THREE)


def test_unknown_name_raises():
    with pytest.raises(SpecError, match="ranking='halved' is not known"):
        ucf.ScoringSpec(ranking="halved")
