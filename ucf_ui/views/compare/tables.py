"""Tables of two users, and of two lists, side by side."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ucf_core.neighbours.comparison import Unseen
from ucf_core.neighbours.neighbours import Neighbours
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.list_pairs import ListPair, overlap_at, pair_lists
from ucf_core.recommendations.recommendation import Recommendations
from ucf_ui.base.pandas_import import PANDAS_IS_WHOLE
from ucf_ui.widgets.tables import Table, id_column, ids

with PANDAS_IS_WHOLE:
    import pandas as pd


@dataclass(frozen=True)
class Overlap:
    """How many entries of list A are in list B: `common` of `size`, and as overlap@k at the depths in `at`."""

    common: int
    size: int
    at: dict[int, float]


def overlap(first: NDArray[np.integer], second: NDArray[np.integer], *depths: int) -> Overlap:
    """Overlap of two lists of rows; depths beyond the shorter one are cut to it."""
    shorter = min(first.size, second.size)
    at = {depth: overlap_at(first, second, depth) for depth in sorted({min(depth, shorter) for depth in depths})}
    return Overlap(int(np.isin(first, second).sum()), int(first.size), at)


def unseen_table(unseen: Unseen, ratings: Ratings, most: int = 100) -> Table:
    """Films that one user loved and the other has not rated."""
    rows = unseen.items[:most].tolist()
    frame = pd.DataFrame(
        {
            "Film": [ratings.title(row) for row in rows],
            "Year": pd.array([ratings.catalogue.year(row) for row in rows], dtype="Int64"),
            "Stars": unseen.ratings[:most],
            "Ratings": ratings.item_counts[unseen.items[:most]],
        }
    )
    return frame, {
        "Film": st.column_config.TextColumn(width=230),
        "Year": st.column_config.NumberColumn(format="%d", width=60),
        "Stars": st.column_config.NumberColumn(format="%.1f", width=60),
        "Ratings": st.column_config.NumberColumn(format="localized", width=75, help="By all users together."),
    }


def neighbour_pairs(first: Neighbours, second: Neighbours) -> Table:
    """A row for each neighbour of either side, with its rank and similarity on each."""
    pair = pair_lists(first.rows, second.rows)
    frame = pd.DataFrame(
        {
            "User": ids(first.ratings.users.ids[pair.rows]),
            "In": np.where(pair.in_both, "Both", np.where(pair.first > 0, "A only", "B only")),
            "Rank A": _places(pair.first),
            "Similarity A": _at(first.similarities, pair.first),
            "Rank B": _places(pair.second),
            "Similarity B": _at(second.similarities, pair.second),
        }
    )
    rank = st.column_config.NumberColumn(width=65)
    similarity = st.column_config.NumberColumn(
        format="%.3f", help="Cosine; it cannot be compared between two spaces or weightings."
    )
    return frame, {
        "User": id_column(frame["User"], 75),
        "In": st.column_config.TextColumn(width=70, help="Whose neighbour this user is: side A's, side B's, or both."),
        "Rank A": rank,
        "Rank B": rank,
        "Similarity A": similarity,
        "Similarity B": similarity,
    }


def film_pairs(first: Recommendations, second: Recommendations, n: int) -> ListPair:
    """The first n films of either list, with their ranks in both whole lists."""
    return pair_lists(first.items, second.items).within(n)


def film_table(pair: ListPair, first: Recommendations, second: Recommendations) -> Table:
    """A row for each film of either list, with its rank and predicted rating on each side."""
    frame = pd.DataFrame(
        {
            "Film": [first.ratings.title(row) for row in pair.rows.tolist()],
            "Rank A": _places(pair.first),
            "Rank B": _places(pair.second),
            "Change": pd.Series(pair.gained, dtype="Int64").where(pair.in_both),
            "Predicted A": _at(first.predicted_ratings, pair.first),
            "Predicted B": _at(second.predicted_ratings, pair.second),
        }
    )
    rank = st.column_config.NumberColumn(
        width=70, help=f"Empty if the film is not among the first {max(first.items.size, second.items.size)}."
    )
    stars = st.column_config.NumberColumn(format="%.2f", width=95, help="Predicted rating, in stars.")
    return frame, {
        "Film": st.column_config.TextColumn(width=260),
        "Rank A": rank,
        "Rank B": rank,
        "Change": st.column_config.NumberColumn(
            format="%+d",
            width=75,
            help="Ranks gained from A to B; negative if it falls, empty if only one list has it.",
        ),
        "Predicted A": stars,
        "Predicted B": stars,
    }


def _places(places: NDArray[np.int64]) -> "pd.Series[int]":
    return pd.Series(places, dtype="Int64").where(places > 0)


def _at(values: NDArray[np.floating], places: NDArray[np.int64]) -> NDArray[np.float64]:
    """The value at each place, counted from 1; NaN for place 0."""
    found = np.full(places.size, np.nan)
    found[places > 0] = values[places[places > 0] - 1]
    return found
