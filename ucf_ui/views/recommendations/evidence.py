"""The evidence behind one film of a list: in a sentence, and as a table."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ucf_core.recommendations.aggregations import AGGREGATIONS
from ucf_core.recommendations.breakdown import Breakdown
from ucf_core.recommendations.recommendation import Evidence, Recommendations
from ucf_core.recommendations.rules import RULES, sum_of_weights
from ucf_ui.base import text
from ucf_ui.base.pandas_import import PANDAS_IS_WHOLE
from ucf_ui.widgets import tables

with PANDAS_IS_WHOLE:
    import pandas as pd


def of_rule(made: Recommendations) -> str:
    """What the rule of the list does, and what of it the dataset does not allow."""
    rule = RULES[made.scoring.ranking]
    return f"{rule.explanation} {rule.lacks(made.ratings)}".strip()


def in_words(made: Recommendations, place: int) -> str:
    """How many rated the film and how, what is predicted, and of learned weights what the score consists of."""
    evidence, item = made.evidence[place], made.items[place]
    learned = (
        ", with what is learned from this user's own films" if AGGREGATIONS[made.scoring.aggregation].learned else ""
    )
    return (
        f"{text.counted(len(evidence.users), 'neighbour')} rated it, {evidence.ratings.mean():.2f} stars on average; "
        f"all users: {text.counted(int(made.ratings.item_counts[item]), 'rating')}. "
        f"Predicted for this user: {made.predicted_ratings[place]:.2f} stars{learned}.{_score(made, place)}"
    )


def table(made: Recommendations, place: int, sums: Breakdown | None = None) -> tuple[pd.DataFrame, tables.Columns]:
    """One row a neighbour who rated the film; with the weight in the score, where that is not the similarity.

    With `sums`, what each of them adds to that number.
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
            help="What this neighbour weighs in the score; below 0 it counts against the film.",
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
    against = _against(made.evidence[place])
    below = "" if not against else f", {against:,} of them below 0, which is against the film"
    traits = ""
    if rule.adds_traits:
        traits = f", and {made.scores[place] - made.evidence[place].weights.sum():z.3f} for its year and genres"
    return f" The score, {text.figure(made.scores[place])}, is the sum of their weights{below}{traits}."


def _against(evidence: Evidence) -> int:
    return int(np.count_nonzero(evidence.weights < 0))
