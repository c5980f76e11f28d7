"""Why this film: contributions, what-if conditions, and the rank under each rule."""

import math
from dataclasses import replace

import numpy as np
import pytest
from apptest import frames, healthy, metric, texts

from ucf_core.recommendations.rules import RULES
from ucf_ui.base import text
from ucf_ui.views.recommendations import what_if


@pytest.fixture
def film(explorer):
    """The second film of user 15's list."""
    return explorer.recommend(15).item_ids.tolist()[1]


def beside(tester, label):
    return next(element.delta for element in tester.metric if element.label == label)


@pytest.mark.parametrize(("what", "attribute"), [("score", "score"), ("predicted", "predicted")])
@pytest.mark.parametrize("ranking", RULES)
def test_table_has_the_contribution_of_each_neighbour(what, attribute, ranking, with_sample, open_page, explorer):
    raw = explorer.recommend(15, ranking=ranking).item_ids.tolist()[2]
    table = frames(open_page("recommendations", user=15, ranking=ranking, film=raw, sum=what))[1]
    sums = getattr(explorer.explain(15, raw, ranking=ranking), attribute)
    assert table["Part"].to_numpy() == pytest.approx(sums.of_neighbours)
    assert table["Part"].sum() + sum(sums.terms.values()) == pytest.approx(sums.total, abs=1e-6)


def test_no_metrics_without_conditions(with_sample, open_page, film):
    tester = open_page("recommendations", user=15, film=film)
    assert any(text.startswith("Choose something above") for text in texts(tester.caption))
    assert not tester.metric


def test_what_if_conditions_from_a_link(with_sample, open_page, explorer, film):
    explanation = explorer.explain(15, film)
    row = int(explanation.evidence.users[0])
    raw = explorer.ratings.users.raw(row)
    tester = open_page("recommendations", user=15, film=film, without=raw, if_ranking="damped", if_support=3)
    new = explanation.what_if(without=row, ranking="damped", min_support=3)
    assert new.rank != explanation.standing.rank
    for label, one, other in (
        ("Rank", what_if.place(new), what_if.place(explanation.standing)),
        ("Score", f"{new.score:.2f}", f"{explanation.standing.score:.2f}"),
        ("Predicted rating", f"{new.predicted_rating:.2f}", f"{explanation.standing.predicted_rating:.2f}"),
        ("Support", str(explanation.standing.support - 1), str(explanation.standing.support)),
    ):
        assert (metric(tester, label), beside(tester, label)) == (one, f"now {other}")


def test_excluded_neighbour_is_in_the_link(with_sample, open_page, explorer, film):
    tester = open_page("recommendations", user=15, film=film)
    before = frames(tester)[0]["Score"].tolist()
    raw = explorer.ratings.users.raw(int(explorer.explain(15, film).evidence.users[1]))
    tester.selectbox(key="without").set_value(str(raw))
    healthy(tester.run())
    assert tester.query_params["without"] == str(raw)
    assert metric(tester, "Support") == str(explorer.explain(15, film).standing.support - 1)
    assert frames(tester)[0]["Score"].tolist() == before


def test_higher_minimum_support_removes_the_film(with_sample, open_page, explorer):
    made = explorer.recommend(15, ranking="predicted")
    raw, support = made.item_ids.tolist()[0], int(made.support[0])
    tester = open_page("recommendations", user=15, ranking="predicted", film=raw, if_support=support + 1)
    assert metric(tester, "Rank") == "Not listed"
    assert any("it would not be recommended" in text for text in texts(tester.caption))


@pytest.mark.parametrize("link", [{"without": "none"}, {"if_ranking": "best"}, {"if_support": 0}, {"sum": "all"}])
def test_invalid_link_values_are_ignored(link, with_sample, open_page, film):
    tester = open_page("recommendations", user=15, film=film, **link)
    assert not tester.metric


def test_rank_under_each_rule(with_sample, open_page, explorer, film):
    table = frames(open_page("recommendations", user=15, film=film))[2]
    explanation = explorer.explain(15, film)
    assert table["Rank"].tolist() == [what_if.place(one) for one in explanation.by_rule().values()]
    assert "Not in the first 1,000" in table["Rank"].tolist()


def test_per_item_neighbourhood(with_sample, open_page, explorer):
    raw = explorer.recommend(15, k=5, neighbourhood="per_item").item_ids.tolist()[0]
    tester = open_page("recommendations", user=15, k=5, neighbourhood="per_item", film=raw)
    assert len(frames(tester)[1]) == 5
    assert len(frames(tester)[2]) == sum(not rule.learned for rule in RULES.values())


def test_small_scores_are_distinguishable(with_sample, open_page, explorer):
    settings = {"space": "raw", "weighting": "residual", "amplification": 20}
    made = explorer.recommend(15, **settings)
    assert np.unique(made.scores).size > made.items.size / 2
    tester = open_page("recommendations", user=15, film=made.item_ids.tolist()[0], **settings)
    assert frames(tester)[0]["Score"].tolist() == pytest.approx(made.scores.tolist(), rel=1e-6, abs=0)
    assert set(frames(tester)[2]["Score"]) >= {text.figure(made.scores[0])}
    assert "e-" in text.figure(made.scores[0])


def test_film_without_weighted_raters_is_not_listed(explorer):
    explanation = explorer.explain(15, explorer.recommend(15).item_ids.tolist()[0])
    standing = replace(explanation.standing, score=math.nan, rank=None)
    assert what_if.place(standing) == "Not listed"
    assert what_if.remark(explanation.standing, standing) == (
        "No neighbour with a weight rated it: it would not be recommended."
    )
