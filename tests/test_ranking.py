"""The four ranking rules by hand on the toy ratings, and the order against Python's sorted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.recommendations.neighbourhood import gather
from ucf_core.recommendations.ranking import rank_items, score_items
from ucf_core.recommendations.rules import RULES
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.recommendations.tallies import Tallies, tally

UNSEEN = np.array([2, 3, 4, 5, 7, 8])  # what user 1 of the toy ratings has not rated and some neighbour has

# the learned one is held against the formula in test_learned
BY_HAND = {
    "weighted_ratings": {80: 6.25, 30: 4, 50: 3.5, 60: 2.5, 40: 1.25, 90: 1.25},
    "similarity_sum": {30: 1.25, 80: 1.25, 50: 1, 60: 0.5, 40: 0.25, 90: 0.25},
    "predicted": {80: 5, 40: 5, 90: 5, 60: 5, 50: 3.5, 30: 3.2},
    "damped": {80: 41 / 9, 40: 4.2, 90: 4.2, 50: 3.625, 30: 10 / 3, 60: 3},
}


@pytest.mark.parametrize("ranking", BY_HAND)
def test_scores_and_order_by_hand(toy, neighbours, biases, ranking):
    tallies = tally(gather(neighbours), biases)
    scores = score_items(tallies, biases, 0, ScoringSpec(ranking=ranking, shrinkage=1))
    order = rank_items(scores, UNSEEN, tallies.support, toy.item_counts, 6)
    assert toy.items.ids[order].tolist() == list(BY_HAND[ranking])
    np.testing.assert_allclose(scores[order], list(BY_HAND[ranking].values()), atol=1e-9)


def test_every_rule_explains_itself():
    for name, rule in RULES.items():
        assert rule.name == name
        assert rule.explanation.endswith(".")
        assert rule.title
        assert rule.formula
        assert rule.unit


def test_damped_without_shrinkage_is_the_mean_rating(neighbours, biases):
    tallies = tally(gather(neighbours), biases)
    damped, mean = (
        score_items(tallies, biases, 0, ScoringSpec(ranking=ranking, shrinkage=0))
        for ranking in ("damped", "predicted")
    )
    np.testing.assert_allclose(damped[UNSEEN], mean[UNSEEN], atol=1e-9)
    assert damped[6] == pytest.approx(4.5), "no neighbour and no shrinkage leaves the bias estimate"


def test_damped_with_boundless_shrinkage_is_the_bias_estimate(neighbours, biases):
    scores = score_items(tally(gather(neighbours), biases), biases, 0, ScoringSpec(ranking="damped", shrinkage=1e6))
    np.testing.assert_allclose(scores, biases.estimate(0), atol=1e-5)


def test_scores_that_differ_by_rounding_alone_are_equal(biases):
    """0.1 + 0.2 and 0.3 are the same sum of similarities in another order."""
    one = np.ones(2)
    tallies = Tallies(np.array([0.1 + 0.2, 0.3]), np.array([0.1 * 5 + 0.2 * 5, 0.3 * 5]), one, one.astype(np.int64))
    assert tallies.weight[0] != tallies.weight[1]
    for ranking in ("similarity_sum", "weighted_ratings", "predicted"):
        scores = score_items(tallies, biases, 0, ScoringSpec(ranking=ranking))
        assert scores[0] == scores[1]


def test_scores_that_are_all_very_small_keep_their_order(biases):
    """As powers of small similarities are."""
    tiny = np.array([3e-40, 5e-40, 0.0, 5e-40 * (1 + 1e-15)])
    support = np.ones(4, np.int64)
    scores = score_items(Tallies(tiny, tiny, tiny, support), biases, 0, ScoringSpec(ranking="similarity_sum"))
    assert scores[1] == scores[3] > scores[0] > scores[2] == 0
    np.testing.assert_allclose(scores, tiny, rtol=1e-9)


def test_a_score_that_is_none_or_nothing_at_all_can_be_rounded(biases):
    none = np.zeros(3)
    tallies = Tallies(none, none, none, np.array([0, 1, 2]))
    assert score_items(tallies, biases, 0, ScoringSpec(ranking="similarity_sum")).tolist() == [0, 0, 0]
    assert np.isnan(score_items(tallies, biases, 0, ScoringSpec(ranking="predicted"))).all()
    subnormal = Tallies(np.full(3, 5e-324), none, none, np.array([0, 1, 2]))
    assert score_items(subnormal, biases, 0, ScoringSpec(ranking="similarity_sum")) == pytest.approx(0, abs=1e-300)


@st.composite
def lists(draw) -> tuple:
    size = draw(st.integers(1, 30))
    few = st.integers(0, 3)
    scores, support, popularity = (np.array(draw(st.lists(few, min_size=size, max_size=size))) for _ in range(3))
    candidates = np.array(sorted(draw(st.sets(st.integers(0, size - 1)))), dtype=np.int64)
    scores = np.where(scores > 0, scores / 2, np.nan)  # some have none
    return scores, candidates, support, popularity, draw(st.integers(1, 35))


@given(lists())
def test_the_order_is_that_of_a_full_sort(drawn):
    scores, candidates, support, popularity, n = drawn
    scored = [item for item in candidates.tolist() if not np.isnan(scores[item])]
    expected = sorted(scored, key=lambda item: (-scores[item], -support[item], -popularity[item], item))[:n]
    assert rank_items(scores, candidates, support, popularity.astype(np.int32), n).tolist() == expected
