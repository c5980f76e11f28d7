"""The profile on screen: its films, and what can be done with them."""

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
    """The rated films; one can be chosen to change or remove its rating."""
    profile.rerun_if_changed()
    rated = profile.rated(ratings)
    st.subheader("Your ratings", anchor=False)
    if not rated:
        st.caption("Nothing yet. Rate a film, or upload ratings, and your neighbours and recommendations appear below.")
        return
    ids = list(rated)[::-1]
    change = st.container()
    frame, looks = taste_tables.profile(ratings, rated)
    selection.table(
        frame,
        looks,
        ids=ids,
        key=_FILM,
        about=(ratings.fingerprint, *ids),
        height=min(38 + 35 * len(ids), 300),
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
                on_click=safely(profile.rate),
                args=(ratings, chosen, None),
                help="Take the chosen film out of your ratings.",
            )
        st.download_button(
            "Download",
            lambda: profile_csv(ratings, rated),
            file_name="my-ratings.csv",
            key="taste-download",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="Your ratings as CSV, to keep them: this page reads the file again.",
        )
        with st.popover("Start over", icon=":material/restart_alt:", help="Forget all your ratings."):
            st.write("They are kept nowhere else. Download them first if you want them back.")
            st.button(
                f"Forget {text.counted(len(ids), 'rating')}",
                key="taste-clear",
                icon=":material/delete:",
                on_click=safely(profile.clear),
                args=(ratings,),
            )
