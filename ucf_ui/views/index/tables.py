"""The table of true neighbours that a search in the HNSW graph missed."""

import pandas as pd
import streamlit as st

from ucf_core.explorer.traced_search import TracedSearch
from ucf_ui.views.index.words import WHY_HELP, why_missed
from ucf_ui.widgets.tables import Columns, id_column, ids


def missed_table(traced: TracedSearch) -> tuple[pd.DataFrame, Columns]:
    """One row a missed neighbour, nearest first."""
    ratings, misses = traced.found.ratings, traced.misses
    frame = pd.DataFrame(
        {
            "Rank": [miss.rank for miss in misses],
            "User": ids(ratings.users.ids[[miss.row for miss in misses]]),
            "Similarity": [float(traced.exact.similarities[miss.rank - 1]) for miss in misses],
            "Why": [why_missed(miss) for miss in misses],
            "Links to it": [miss.links for miss in misses],
            "Of these seen": [miss.seen for miss in misses],
            "Nearest of these": [miss.nearest_link for miss in misses],
        }
    )
    return frame, {
        "Rank": st.column_config.NumberColumn(width=50, help="Its place among the true neighbours."),
        "User": id_column(frame["User"], 70),
        "Similarity": st.column_config.NumberColumn(format="%.3f", width=80),
        "Why": st.column_config.TextColumn(width=250, help=WHY_HELP),
        "Links to it": st.column_config.NumberColumn(
            width=80, help="Users of the bottom layer who have a link to this one."
        ),
        "Of these seen": st.column_config.NumberColumn(
            width=100, help="How many of those the search looked at, but found too far to follow their links."
        ),
        "Nearest of these": st.column_config.NumberColumn(
            format="%.3f",
            width=115,
            help="Similarity, to the user in question, of the nearest user who has a link to this one. The lower it "
            "is, the broader a search must be to come by.",
        ),
    }
