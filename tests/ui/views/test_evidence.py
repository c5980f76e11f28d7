"""Sentence, table and weights of the evidence behind a film agree with its list."""

from dataclasses import replace

import numpy as np
import pytest

import ucf_core as ucf
from ucf_ui.figures.films import weight_bars
from ucf_ui.views.recommendations import evidence


@pytest.fixture(scope="module")
def explorer(clustered):
    return ucf.Explorer(clustered, in_memory=True)


@pytest.fixture(scope="module")
def learned(explorer):
    return explorer.recommend(explorer.ratings.users.raw(3), k=60, ranking="learned", ridge=1.0, n=20)


@pytest.fixture(scope="module")
def contested(learned):
    """The place of a film with a neighbour of negative weight."""
    return next(place for place, one in enumerate(learned.evidence) if (one.weights < 0).any())


def test_the_sentence_about_learned_weights_has_their_sum(learned, contested):
    weights = learned.evidence[contested].weights
    words = evidence.in_words(learned, contested)
    assert (
        f"The score, {weights.sum():.3f}, is the sum of their weights, {(weights < 0).sum()} of them below 0" in words
    )


def test_the_sentence_about_a_hybrid_score_has_the_part_of_year_and_genres(explorer):
    made = explorer.recommend(explorer.ratings.users.raw(3), k=60, ranking="hybrid", ridge=1.0)
    rest = made.scores[0] - made.evidence[0].weights.sum()
    assert f", and {abs(rest):.3f} for its year and genres." in evidence.in_words(made, 0)


@pytest.mark.parametrize(
    ("ranking", "timed", "expected"), [("hybrid", False, True), ("hybrid", True, False), ("learned", False, False)]
)
def test_the_rule_mentions_missing_times(ranking, timed, expected, clustered):
    times = np.arange(clustered.n_ratings) if timed else None
    explorer = ucf.Explorer(replace(clustered, timestamps=times), in_memory=True)
    words = evidence.of_rule(explorer.recommend(explorer.ratings.users.raw(3), k=60, ranking=ranking))
    assert words.startswith(ucf.RULES[ranking].explanation)
    assert ("sittings do not count" in words) == expected


def test_other_rules_have_no_sum_of_weights(explorer):
    made = explorer.recommend(explorer.ratings.users.raw(3), k=60)
    assert "weights" not in evidence.in_words(made, 0)


@pytest.mark.parametrize(("aggregation", "expected"), [("learned", True), ("mean", False), ("baseline_offset", False)])
def test_a_learned_prediction_is_called_learned(aggregation, expected, explorer):
    made = explorer.recommend(explorer.ratings.users.raw(3), k=60, aggregation=aggregation)
    assert ("learned from this user's own films" in evidence.in_words(made, 0)) == expected


def test_the_table_has_weights_if_they_are_not_the_similarities(explorer, learned, contested):
    frame, _ = evidence.table(learned, contested)
    assert frame["Weight"].sum() == pytest.approx(learned.scores[contested], abs=1e-9)
    user = explorer.ratings.users.raw(3)
    assert "Weight" not in evidence.table(explorer.recommend(user, k=60), 0)[0]
    louder = explorer.recommend(user, k=60, amplification=2.0)
    frame, _ = evidence.table(louder, 0)
    assert frame["Weight"].to_numpy() == pytest.approx(frame["Similarity"].to_numpy() ** 2, rel=1e-6)


def test_the_bars_are_the_largest_weights(learned, contested):
    one = learned.evidence[contested]
    (bars,) = weight_bars(one, [f"<{row}>" for row in one.users.tolist()], most=5).data
    assert np.abs(bars.y).tolist() == sorted(np.abs(one.weights), reverse=True)[:5]
    assert bars.x[0] == f"User &lt;{one.users[np.abs(one.weights).argmax()]}&gt;"
    assert bars.customdata[0].tolist() == [
        one.ratings[np.abs(one.weights).argmax()],
        one.similarities[np.abs(one.weights).argmax()],
    ]
