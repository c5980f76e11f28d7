"""The table of hubs on the Diagnostics page."""

import streamlit as st

from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.diagnosis.diagnosis import Diagnosis
from ucf_ui.base.faults import safely
from ucf_ui.base.pandas_import import PANDAS_IS_WHOLE
from ucf_ui.session import sidebar
from ucf_ui.widgets import tables

with PANDAS_IS_WHOLE:
    import pandas as pd


def hub_table(diagnosis: Diagnosis, ratings: Ratings, most: int = 25) -> tuple[list[RawId], tables.Table]:
    """Raw ids of the users in the most lists, and a row for each."""
    hubs = diagnosis.hubness.hubs(most)
    counts = diagnosis.hubness.occurrences[hubs]
    ids: list[RawId] = ratings.users.ids[hubs].tolist()
    frame = pd.DataFrame(
        {
            "User": tables.ids(ratings.users.ids[hubs]),
            "Lists": counts,
            "Share": 100 * counts / diagnosis.n_lists,
            "Ratings": ratings.user_counts[hubs],
        }
    )
    count, percent = st.column_config.NumberColumn, st.column_config.ProgressColumn
    return ids, (
        frame,
        {
            "User": tables.id_column(frame["User"], 60),
            "Lists": count(format="localized", width=55, help="Neighbour lists that include the user."),
            "Share": percent(
                format="%.1f %%", width=115, min_value=0, max_value=100, help="Share of the lists counted."
            ),
            "Ratings": count(format="localized", width=65, help="Films that the user rated."),
        },
    )


def show_hubs(diagnosis: Diagnosis, ratings: Ratings, about: tuple[object, ...]) -> None:
    """Draw the table of hubs; clicking a row chooses that user on all pages."""
    ids, (frame, looks) = hub_table(diagnosis, ratings)
    key = f"hubs-{hash(about)}"
    clicked = f"{key}-clicked"

    def go() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if rows:
            sidebar.go_to_user(ids[rows[0]], ratings)
            st.session_state[clicked] = True

    st.dataframe(
        frame,
        column_config=looks,
        hide_index=True,
        height=300,
        key=key,
        on_select=safely(go),
        selection_mode="single-row",
        alt="Users in the most neighbour lists, with the number of lists",
    )
    if st.session_state.pop(clicked, False):
        st.rerun()  # the whole page: the sidebar is outside the fragment
