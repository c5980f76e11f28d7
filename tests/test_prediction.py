"""Predicted ratings: by hand on the toy ratings, and the notebook's loop as the oracle on any."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import ratings_from, toy_biases, toy_neighbours, toy_ratings

from ucf_core.neighbours.neighbours import Neighbours
from ucf_core.ratings.biases import Biases, fit_biases
from ucf_core.recommendations.neighbourhood import gather
from ucf_core.recommendations.prediction import predict_ratings
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.recommendations.tallies import tally

# dyadic fractions, so that float32 holds them exactly
similarity = st.integers(-8, 8).map(lambda eighths: eighths / 8)
ratings_of_users = st.dictionaries(
    st.integers(0, 5),
    st.dictionaries(st.integers(0, 5), st.sampled_from([0.5, 1.0, 3.5, 5.0]), min_size=1),
    min_size=2,
)


@st.composite
def neighbourhoods(draw) -> Neighbours:
    ratings = ratings_from(draw(ratings_of_users))
    others = draw(st.permutations(range(1, ratings.n_users)))
    rows = np.array(others[: draw(st.integers(1, len(others)))], dtype=np.int32)
    similarities = sorted((draw(similarity) for _ in rows), reverse=True)
    return Neighbours(ratings, 0, rows, np.array(similarities, dtype=np.float32), "exact")


def notebook(neighbours: Neighbours, item: int) -> tuple[float, float, int]:
    """The notebook's loop over neighbours; negative similarities, which it let weigh, are left out."""
    num = den = 0.0
    support = 0
    for v, sim in zip(neighbours.rows.tolist(), neighbours.similarities.tolist(), strict=True):
        r_vi = float(neighbours.ratings.matrix[v, item])
        if r_vi > 0 and sim > 0:
            num += sim * r_vi
            den += sim
            support += 1
    return num, den, support


def test_tallies_by_hand(neighbours, biases):
    tallies = tally(gather(neighbours), biases)
    np.testing.assert_allclose(tallies.weight, [0.75, 0.5, 1.25, 0.25, 1, 0.5, 0, 1.25, 0.25], atol=1e-9)
    np.testing.assert_allclose(tallies.weighted_ratings, [3.75, 0.5, 4, 1.25, 3.5, 2.5, 0, 6.25, 1.25], atol=1e-9)
    assert tallies.support.tolist() == [1, 1, 2, 1, 2, 1, 0, 2, 1]
    # users 2, 3, 4 have biases .25, -.5, 1
    expected = [0.1875, -0.25, -0.0625, 0.25, 0.4375, -0.25, 0, -0.0625, 0.25]
    np.testing.assert_allclose(tallies.weighted_user_bias, expected, atol=1e-9)


def test_mean_ratings_by_hand(neighbours, biases):
    expected = [5, 1, 3.2, 5, 3.5, 5, np.nan, 5, 5]
    np.testing.assert_allclose(tally(gather(neighbours), biases).mean_rating(), expected, atol=1e-9)


def test_predictions_by_baseline_offset_by_hand(neighbours, biases):
    scoring = ScoringSpec(aggregation="baseline_offset", shrinkage=1)
    found = predict_ratings(gather(neighbours), biases, scoring)
    expected = [
        4 + 0.9375 / 1.75, 2.5 - 0.25 / 1.5, 3.5 + 0.3125 / 2.25, 4.1, 3.75 - 0.1875 / 2, 2 + 2 / 1.5, 4.5,
        4 + 1.9375 / 2.25, 4.1,
    ]  # fmt: skip
    np.testing.assert_allclose(found.ratings, expected, atol=1e-9)
    assert found.fallback.tolist() == [False] * 6 + [True] + [False] * 2


def test_predictions_by_mean_fall_back_to_the_bias_estimate_and_never_to_0(neighbours, biases):
    found = predict_ratings(gather(neighbours), biases, ScoringSpec(aggregation="mean"))
    np.testing.assert_allclose(found.ratings, [5, 1, 3.2, 5, 3.5, 5, 4.5, 5, 5], atol=1e-9)
    assert np.flatnonzero(found.fallback).tolist() == [6]


def test_min_support_turns_thin_predictions_into_bias_estimates(neighbours, biases):
    scoring = ScoringSpec(aggregation="mean", min_support=2)
    found = predict_ratings(gather(neighbours), biases, scoring)
    np.testing.assert_allclose(found.ratings, [4, 2.5, 3.2, 4, 3.5, 2, 4.5, 5, 4], atol=1e-9)
    assert found.fallback.tolist() == [True, True, False, True, False, True, True, False, True]
    assert found.support.tolist() == [1, 1, 2, 1, 2, 1, 0, 2, 1]


def test_without_shrinkage_the_offset_is_the_plain_weighted_mean_of_residuals(neighbours, biases):
    found = tally(gather(neighbours), biases).baseline_offset(biases, 0, 0.0)
    assert found[3] == pytest.approx(4 + (5 - 4.5), abs=1e-9)
    assert found[2] == pytest.approx(3.5 + 0.3125 / 1.25, abs=1e-9)
    assert np.isnan(found[6])


def test_infinite_patience_with_the_bias_estimate(neighbours, biases):
    found = tally(gather(neighbours), biases).baseline_offset(biases, 0, 1e6)
    np.testing.assert_allclose(np.delete(found, 6), np.delete(biases.estimate(0), 6), atol=1e-5)


def test_predictions_stay_on_the_rating_scale(neighbours):
    far = Biases(3.0, np.full(6, 40.0), np.full(9, 40.0))
    far_below = Biases(3.0, np.full(6, -40.0), np.full(9, -40.0))
    for biases, edge in ((far, 5), (far_below, 1)):
        found = predict_ratings(gather(neighbours), biases, ScoringSpec())
        assert found.ratings[6] == edge
        assert found.ratings.min() >= 1
        assert found.ratings.max() <= 5


def test_neighbours_of_zero_or_negative_similarity_have_no_say(neighbours, biases):
    """Users 6 (similarity 0) and 5 (-0.5) may as well not be there."""
    fewer = neighbours.without(5).without(4)
    assert fewer.k == 3
    for aggregation in ("mean", "baseline_offset"):
        scoring = ScoringSpec(aggregation=aggregation)
        whole, part = (predict_ratings(gather(each), biases, scoring) for each in (neighbours, fewer))
        np.testing.assert_array_equal(whole.ratings, part.ratings)
        np.testing.assert_array_equal(whole.support, part.support)


@pytest.mark.parametrize("similarities", [[0.0, 0.0], [-0.5, -1.0], []])
def test_without_a_weighing_neighbour_every_prediction_is_the_bias_estimate(toy, biases, similarities):
    rows = np.arange(1, 1 + len(similarities), dtype=np.int32)
    nobody = Neighbours(toy, 0, rows, np.array(similarities, dtype=np.float32), "exact")
    found = predict_ratings(gather(nobody), biases, ScoringSpec())
    np.testing.assert_allclose(found.ratings, np.clip(biases.estimate(0), 1, 5))
    assert found.fallback.all()
    assert not found.support.any()


@given(neighbourhoods())
def test_means_agree_with_the_notebooks_loop(neighbours):
    tallies = tally(gather(neighbours), fit_biases(neighbours.ratings.matrix))
    found = tallies.mean_rating()
    for item in range(neighbours.ratings.n_items):
        num, den, support = notebook(neighbours, item)
        assert tallies.weighted_ratings[item] == pytest.approx(num, abs=1e-9)
        assert tallies.weight[item] == pytest.approx(den, abs=1e-9)
        assert tallies.support[item] == support
        if support:
            assert found[item] == pytest.approx(num / den, abs=1e-9)
        else:
            assert np.isnan(found[item])


@given(neighbourhoods(), st.sampled_from([0.0, 0.5, 5.0]))
def test_baseline_offset_agrees_with_a_loop(neighbours, shrinkage):
    biases = fit_biases(neighbours.ratings.matrix)
    tallies = tally(gather(neighbours), biases)
    found = tallies.baseline_offset(biases, neighbours.user, shrinkage)
    for item in range(neighbours.ratings.n_items):
        num = den = 0.0
        for v, sim in zip(neighbours.rows.tolist(), neighbours.similarities.tolist(), strict=True):
            rating = float(neighbours.ratings.matrix[v, item])
            if rating > 0 and sim > 0:
                num += sim * (rating - (biases.mean + biases.user[v] + biases.item[item]))
                den += sim
        if den:
            estimate = biases.mean + biases.user[neighbours.user] + biases.item[item]
            assert found[item] == pytest.approx(estimate + num / (den + shrinkage), abs=1e-9)
        else:
            assert np.isnan(found[item])


@given(neighbourhoods(), st.sampled_from(["mean", "baseline_offset"]), st.integers(1, 3))
def test_predictions_are_finite_on_the_scale_and_flagged(neighbours, aggregation, min_support):
    biases = fit_biases(neighbours.ratings.matrix)
    scoring = ScoringSpec(aggregation=aggregation, min_support=min_support, shrinkage=0)
    found = predict_ratings(gather(neighbours), biases, scoring)
    low, high = neighbours.ratings.scale
    assert np.all((found.ratings >= low) & (found.ratings <= high))
    assert found.fallback.tolist() == [support < min_support for support in found.support]


def test_an_explicit_rating_of_0_counts_as_a_rating():
    ratings = ratings_from({1: {1: 5}, 2: {1: 5, 2: 0}, 3: {2: 4}})
    both = Neighbours(ratings, 0, np.array([1, 2], np.int32), np.array([0.75, 0.25], np.float32), "exact")
    tallies = tally(gather(both), fit_biases(ratings.matrix))
    assert tallies.support[1] == 2
    assert tallies.mean_rating()[1] == pytest.approx(1.0)


def test_where_all_ratings_are_equal_every_prediction_is_that_rating():
    ratings = ratings_from({1: {1: 3, 2: 3}, 2: {1: 3, 3: 3}, 3: {2: 3, 4: 3}})
    one = Neighbours(ratings, 0, np.array([1], np.int32), np.array([0.5], np.float32), "exact")
    for aggregation in ("mean", "baseline_offset"):
        biases = fit_biases(ratings.matrix)
        found = predict_ratings(gather(one), biases, ScoringSpec(aggregation=aggregation))
        assert found.ratings.tolist() == [3, 3, 3, 3]
        assert found.fallback.tolist() == [False, True, False, True]


def test_nothing_that_was_given_is_changed():
    ratings, biases = toy_ratings(), toy_biases()
    neighbours = toy_neighbours(ratings)
    before = ratings.fingerprint, neighbours.similarities.copy(), biases.item.copy()
    tallies = tally(gather(neighbours), biases)
    weighted = tallies.weighted_ratings.copy()
    predict_ratings(gather(neighbours), biases, ScoringSpec(), tallies)
    assert toy_ratings().fingerprint == before[0]
    np.testing.assert_array_equal(neighbours.similarities, before[1])
    np.testing.assert_array_equal(biases.item, before[2])
    np.testing.assert_array_equal(tallies.weighted_ratings, weighted)
