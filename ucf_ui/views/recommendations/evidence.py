"""The evidence behind one film of a list, as a sentence and as a table."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ucf_core.recommendations.aggregations import AGGREGATIONS
from ucf_core.recommendations.breakdown import Breakdown
from ucf_core.recommendations.recommendation import Recommendations
from ucf_core.recommendations.rules import RULES, sum_of_weights
from ucf_ui.base import text
from ucf_ui.base.pandas_import import PANDAS_IS_WHOLE
from ucf_ui.widgets import tables

with PANDAS_IS_WHOLE:
    pass


def no_film(neighbours: str, user_has: str) -> str:
    """Why a list is empty, and what to do."""
    return (
        f"No film is left to recommend. {neighbours} rated no film that {user_has} not rated, or too few of them did, "
        "or those who did have no weight. Raise k, or lower the minimum support or the significance."
    )


def of_rule(made: Recommendations) -> str:
    """What the rule of the list does, and which part of it this dataset does not allow."""
    rule = RULES[made.scoring.ranking]
    return f"{rule.explanation} {rule.lacks(made.ratings)}".strip()


def in_words(made: Recommendations, place: int) -> str:
    """How many neighbours rated the film, their mean, the prediction, and the sum of learned weights."""
    evidence, item = made.evidence[place], made.items[place]
    is_learned = AGGREGATIONS[made.scoring.aggregation].learned
    learned = ", with what is learned from this user's own films" if is_learned else ""
    return (
        f"{text.counted(len(evidence.users), 'neighbour')} rated it, {evidence.ratings.mean():.2f} stars on average; "
        f"all users: {text.counted(int(made.ratings.item_counts[item]), 'rating')}. "
        f"Predicted for this user: {made.predicted_ratings[place]:.2f} stars{learned}.{_score(made, place)}"
    )


def table(made: Recommendations, place: int, sums: Breakdown | None = None) -> tables.Table:
    """A row for each neighbour who rated the film; with its weight in the score if that is not the similarity.

    With `sums`, what each neighbour adds to that number.
    """
    evidence = made.evidence[place]
    frame, looks = tables.evidence_table(evidence, made.ratings)
    if not np.array_equal(evidence.weights, evidence.similarities):
        frame.insert(2, "Weight", evidence.weights)
        # four columns of numbers fit beside the chart; a bar would not
        looks["User"] = tables.id_column(frame["User"], 60)
        looks["Similarity"] = st.column_config.NumberColumn(format="%.3f", width=75)
        looks["Rating"] = st.column_config.NumberColumn(format="%.1f", width=60)
        looks["Weight"] = st.column_config.NumberColumn(
            format=_fine(evidence.weights),
            width=70,
            help="Weight of this neighbour in the score; below 0 it counts against the film.",
        )
    if sums is not None and sums.users.size == len(frame):
        frame["Part"] = sums.of_neighbours
        looks["Part"] = st.column_config.NumberColumn(
            format=_fine(sums.of_neighbours), width=65, help="What this neighbour adds."
        )
    return frame, looks


def _fine(parts: NDArray[np.float64]) -> str:
    return text.figure_format(float(np.abs(parts).max(initial=0.0)), decimals=3)


def _score(made: Recommendations, place: int) -> str:
    rule = RULES[made.scoring.ranking]
    if not rule.learned or rule.parts is not sum_of_weights:
        return ""
    against = np.count_nonzero(made.evidence[place].weights < 0)
    below = "" if not against else f", {against:,} of them below 0, which is against the film"
    traits = ""
    if rule.adds_traits:
        traits = f", and {made.scores[place] - made.evidence[place].weights.sum():z.3f} for its year and genres"
    return f" The score, {text.figure(made.scores[place])}, is the sum of their weights{below}{traits}."
