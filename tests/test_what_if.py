"""Scores and predicted ratings taken apart, and asked again without a neighbour: by hand, and as sums on any data."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_prediction import neighbourhoods
from test_ranking import BY_HAND
from toy import clustered_ratings, ratings_from, toy_biases, toy_neighbours, toy_ratings

import ucf_core as ucf
from ucf_core.base.errors import SpecError, UnknownIdError
from ucf_core.base.specs import WEIGHTINGS
from ucf_core.ratings.biases import Biases, fit_biases
from ucf_core.recommendations.aggregations import AGGREGATIONS
from ucf_core.recommendations.recommendation import judge, recommend
from ucf_core.recommendations.rules import RULES
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.recommendations.what_if import RANKED, explain

ROW = {raw: row for row, raw in enumerate((10, 20, 30, 40, 50, 60, 70, 80, 90))}


@st.composite
def scorings(draw) -> ScoringSpec:
    ranking, aggregation = draw(st.sampled_from(tuple(RULES))), draw(st.sampled_from(tuple(AGGREGATIONS)))
    alone = RULES[ranking].learned or AGGREGATIONS[aggregation].learned
    return ScoringSpec(
        ranking=ranking,
        aggregation=aggregation,
        shrinkage=draw(st.sampled_from([0.0, 0.5, 5.0, 1e4])),
        min_support=draw(st.integers(1, 3)),
        neighbourhood="global" if alone else draw(st.sampled_from(["global", "per_item"])),
        amplification=draw(st.sampled_from([0.0, 1.0, 2.5, 20.0])),
        significance=draw(st.sampled_from([0, 1, 4, 50])),
        ridge=draw(st.sampled_from([0.5, 200.0])),
        rating_ridge=draw(st.sampled_from([0.5, 100.0])),
    )


def asked(neighbours, scoring, k):
    """As the explorer asks them: with per_item all are there, and the k nearest raters of an item count."""
    return replace(neighbours, per_item=k) if scoring.neighbourhood == "per_item" else neighbours


@given(neighbourhoods(), scorings(), st.integers(1, 3))
def test_the_parts_sum_to_the_score_and_to_the_predicted_rating(neighbours, scoring, k):
    neighbours, biases = asked(neighbours, scoring, k), fit_biases(neighbours.ratings.matrix)
    judged = judge(neighbours, biases, scoring)
    for item in range(neighbours.ratings.n_items):
        told = explain(neighbours, biases, scoring, item)
        for parts, expected in (
            (told.score, judged.scores[item]),
            (told.predicted, judged.predictions.ratings[item]),
        ):
            assert parts.total == pytest.approx(expected, abs=0, nan_ok=True)
            if np.isnan(expected):  # nobody with a weight rated it: no mean
                assert not parts.parts
            else:
                assert sum(value for _, value in parts.parts) == pytest.approx(expected, abs=1e-6)


@pytest.fixture(scope="module")
def explorer() -> ucf.Explorer:
    return ucf.Explorer(clustered_ratings(60, 90, 4, seed=3), in_memory=True)


@given(
    scorings(),
    st.sampled_from(WEIGHTINGS),
    st.sampled_from(["svd", "raw"]),
    st.integers(1, 40),
    st.integers(1, 60),
)
def test_a_recommended_film_has_the_score_that_the_list_shows(explorer, scoring, weighting, space, k, user):
    query = ucf.QuerySpec(k=k, dim=8, weighting=weighting, space=space)
    made = explorer.recommend(user, query, scoring, n=5)
    for place, raw in enumerate(made.item_ids.tolist()):
        told = explorer.explain(user, raw, query, scoring)
        assert told.standing.rank == place + 1
        assert told.standing.score == told.score.total == made.scores[place]
        assert told.standing.predicted_rating == told.predicted.total == made.predicted_ratings[place]
        assert told.score.users.tolist() == made.evidence[place].users.tolist()
        for parts in (told.score, told.predicted):
            assert sum(value for _, value in parts.parts) == pytest.approx(parts.total, abs=1e-6)


def explained(raw, **scoring):
    return explain(toy_neighbours(toy_ratings()), toy_biases(), ScoringSpec(**scoring), ROW[raw])


def test_the_parts_of_a_score_by_hand():
    """Film 30: user 2 (row 1) gave 4 at similarity .75, user 3 (row 2) gave 2 at .5; its bias estimate is 3.5."""
    assert explained(30).score.parts == ((1, 3.0), (2, 1.0))
    assert explained(30, ranking="similarity_sum").score.parts == ((1, 0.75), (2, 0.5))
    assert dict(explained(30, ranking="predicted").score.parts) == pytest.approx({1: 3 / 1.25, 2: 1 / 1.25})
    damped = dict(explained(30, ranking="damped", shrinkage=1).score.parts)
    assert damped == pytest.approx({1: 3 / 2.25, 2: 1 / 2.25, "bias_estimate": 3.5 / 2.25})


def test_the_parts_of_a_predicted_rating_by_hand():
    """3 + .5 + 0, then .75 (4 - 3.25) and .5 (2 - 2.5), both over 1.25 + 1."""
    told = explained(30, shrinkage=1)
    biases = {"all_ratings": 3, "user_offset": 0.5, "item_offset": 0}
    assert dict(told.predicted.parts) == pytest.approx({1: 0.5625 / 2.25, 2: -0.25 / 2.25, **biases})
    assert told.predicted.total == pytest.approx(3.5 + 0.3125 / 2.25)
    assert dict(explained(30, aggregation="mean").predicted.parts) == pytest.approx({1: 3 / 1.25, 2: 1 / 1.25})


def test_what_nobody_supports_is_the_bias_estimate_alone():
    """Film 70 has no neighbour with a say: 3 + .5 + 1."""
    told = explained(70)
    assert told.predicted.parts == (("all_ratings", 3.0), ("user_offset", 0.5), ("item_offset", 1.0))
    assert (told.standing.rank, told.standing.enough, told.standing.fallback) == (None, False, True)


def test_what_the_scale_cuts_off_is_a_part():
    far = Biases(3.0, np.full(6, 40.0), np.full(9, 40.0))
    told = explain(toy_neighbours(toy_ratings()), far, ScoringSpec(min_support=3), ROW[30])
    assert told.predicted.terms == {"all_ratings": 3, "user_offset": 40, "item_offset": 40, "clipping": -78}
    assert told.predicted.total == 5


@pytest.mark.parametrize("ranking", BY_HAND)
def test_the_place_under_each_rule_by_hand(ranking):
    for place, raw in enumerate(BY_HAND[ranking], 1):
        assert explained(raw, shrinkage=1).by_rule()[ranking].rank == place


def test_the_rules_agree_with_the_lists_that_they_make(explorer):
    told = explorer.explain(1, explorer.recommend(1, k=20).item_ids.tolist()[3], k=20)
    rules = told.by_rule()
    assert list(rules) == list(RULES)
    for rule, standing in rules.items():
        listed = explorer.recommend(1, k=20, ranking=rule, n=90).items.tolist()
        assert listed[standing.rank - 1] == told.item


def test_learned_weights_have_no_place_where_each_film_has_its_own_raters(explorer):
    raw = explorer.recommend(1, k=20, neighbourhood="per_item").item_ids.tolist()[0]
    assert not {"learned", "hybrid"} & set(explorer.explain(1, raw, k=20, neighbourhood="per_item").by_rule())


def test_a_film_beyond_the_places_told_apart_has_no_rank():
    n_items = RANKED + 2
    table = {1: {1: 4.0}, 2: dict.fromkeys(range(1, n_items + 1), 5.0)}
    explorer = ucf.Explorer(ratings_from(table), in_memory=True)
    ranks = [explorer.explain(1, raw, k=1, space="raw").standing.rank for raw in (2, RANKED + 1, n_items)]
    assert ranks == [1, RANKED, None]


def test_without_a_neighbour_the_film_stands_as_it_would_had_they_not_been_there_by_hand():
    """Without user 2 (row 1): 80: .5 x 5, 60: .5 x 5, 40, 50 and 90: .25 x 5, 30: .5 x 2."""
    told = explained(30, shrinkage=1)
    assert (told.standing.rank, told.standing.score) == (2, 4)
    new = told.what_if(without=1)
    assert (new.score, new.rank, new.support) == (1, 6, 1)
    assert new.predicted_rating == pytest.approx(3.5 - 0.25 / 1.5)


@pytest.mark.parametrize("ranking", RULES)
def test_leaving_out_agrees_with_a_list_of_the_others(explorer, ranking):
    scoring = ScoringSpec(ranking=ranking, aggregation="learned", ridge=5, rating_ridge=5)
    neighbours, biases = explorer.neighbours(2, k=20), explorer.builds.biases
    told = explorer.explain(2, recommend(neighbours, biases, scoring).item_ids.tolist()[2], scoring=scoring, k=20)
    for row in told.evidence.users.tolist():
        listed = recommend(neighbours.without(row), biases, scoring, n=90)
        new = told.what_if(without=row)
        assert new.support == told.standing.support - 1
        if new.rank is not None:
            assert listed.items[new.rank - 1] == told.item
            assert listed.scores[new.rank - 1] == new.score
            assert listed.predicted_ratings[new.rank - 1] == new.predicted_rating


def test_minimum_support_takes_a_film_off_the_list_and_falls_back():
    told = explained(60)
    new = told.what_if(min_support=2)
    assert (new.rank, new.enough, new.fallback, new.support) == (None, False, True, 1)
    assert new.predicted_rating == 2
    assert told.what_if(min_support=1) == told.standing


def test_all_changes_at_once(explorer):
    told = explorer.explain(3, explorer.recommend(3, k=20).item_ids.tolist()[0], k=20)
    row = int(told.evidence.users[0])
    new = told.what_if(without=row, ranking="damped", min_support=2)
    fewer = explorer.neighbours(3, k=20).without(row)
    listed = recommend(fewer, explorer.builds.biases, ScoringSpec(ranking="damped", min_support=2), n=90)
    assert listed.items[new.rank - 1] == told.item


def test_asking_changes_nothing(explorer):
    raw = explorer.recommend(3, k=20).item_ids.tolist()[0]
    told = explorer.explain(3, raw, k=20)
    rows, similarities, parts = told.neighbours.rows.copy(), told.neighbours.similarities.copy(), told.score.parts
    told.what_if(without=int(rows[0]), ranking="learned", min_support=2)
    assert told.neighbours.rows.tolist() == rows.tolist()
    assert told.neighbours.similarities.tolist() == similarities.tolist()
    assert told.score.parts == parts == explorer.explain(3, raw, k=20).score.parts


def test_what_cannot_be_asked_is_refused(explorer):
    with pytest.raises(UnknownIdError, match="item 'nothing' is not in this dataset"):
        explorer.explain(3, "nothing")
    told = explorer.explain(3, explorer.recommend(3, k=5).item_ids.tolist()[0], k=5)
    with pytest.raises(SpecError, match="row 2 is not among the 5 neighbours; choose one that is"):
        told.what_if(without=told.neighbours.user)
