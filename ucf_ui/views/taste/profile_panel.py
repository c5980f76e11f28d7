"""The table of the visitor's ratings, with buttons to change, save and remove them."""

import streamlit as st

from ucf_core.datasets.personal.exports import profile_csv
from ucf_core.ratings.ratings import Ratings
from ucf_ui.base import text
from ucf_ui.base.faults import safely
from ucf_ui.base.fragment import fragment
from ucf_ui.views.taste import profile, stars
from ucf_ui.views.taste import tables as taste_tables
from ucf_ui.widgets import selection

_FILM = "taste-own-film"


@fragment
def panel(ratings: Ratings) -> None:
    """Draw the rated films; the chosen one can be rated again or removed."""
    profile.rerun_if_changed()
    rated = profile.rated(ratings)
    st.subheader("Your ratings", anchor=False)
    if not rated:
        st.caption("No ratings yet. Rate a film or upload ratings, and neighbours and recommendations appear below.")
        return
    ids = list(rated)[::-1]
    change = st.container()
    selection.table(
        taste_tables.profile(ratings, rated),
        ids=ids,
        key=_FILM,
        about=(ratings.fingerprint, *ids),
        height=300,
        alt="Your ratings, the latest first",
    )
    chosen = st.session_state.get(_FILM)
    with change:
        if chosen in rated:
            stars.rating(ratings, chosen, "taste-change")
        else:
            st.caption(f"{text.counted(len(ids), 'film')}. Click a row to change or remove its rating.")
    with st.container(horizontal=True):
        if chosen in rated:
            st.button(
                "Remove",
                key="taste-remove",
                icon=":material/delete:",
                on_click=safely(profile.rate, ratings, chosen, None),
                help="Remove the rating of the chosen film.",
            )
        st.download_button(
            "Download",
            lambda: profile_csv(ratings, rated),
            file_name="my-ratings.csv",
            key="taste-download",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="Save your ratings as CSV. This page can read the file again.",
        )
        with st.popover("Start over", icon=":material/restart_alt:", help="Forget all your ratings."):
            st.write("Your ratings are saved nowhere else. Download them first if you may want them back.")
            st.button(
                f"Forget {text.counted(len(ids), 'rating')}",
                key="taste-clear",
                icon=":material/delete:",
                on_click=safely(profile.clear, ratings),
            )
