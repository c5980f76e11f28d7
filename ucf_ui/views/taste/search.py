"""Films to rate: found by title while the visitor types, and well-known ones to start with.

The search box is a fragment, run with every key. The films to start with are not: a rating redraws the whole page.
"""

import streamlit as st

from ucf_core.explorer.explorer import Explorer
from ucf_ui.base import text
from ucf_ui.base.fragment import fragment
from ucf_ui.session import cache
from ucf_ui.views.taste import profile, stars
from ucf_ui.views.taste import tables as taste_tables
from ucf_ui.widgets import selection

_FILM = "taste-film"
_QUERY = "taste-query"
# Whether the page shows films to start with.
_STARTED = "_taste_starters"
_HITS = 8
_COLUMNS = 3


@fragment
def panel(explorer: Explorer) -> None:
    """Draw a box for a title, and the films found."""
    profile.rerun_if_changed()
    st.subheader("Rate films", anchor=False)
    query: str = st.text_input(
        "Find a film",
        key=_QUERY,
        type="search",
        live="200ms",
        max_chars=200,
        icon=":material/search:",
        placeholder="A title, with or without the year, such as: matrix 1999",
        help="Finds titles while you type. Accents, case, small typing errors and the place of an article do not "
        "matter.",
    )
    if st.session_state.get(_STARTED, True) != (not query.strip()):
        st.rerun()
    if query.strip():
        _show_hits(explorer, query)


def starters(explorer: Explorer) -> None:
    """Draw well-known films while the search box is empty."""
    st.session_state[_STARTED] = not st.session_state.get(_QUERY, "").strip()
    if st.session_state[_STARTED]:
        _show_starters(explorer)


def _show_hits(explorer: Explorer, query: str) -> None:
    ratings = explorer.ratings
    rows = cache.title_index(ratings.fingerprint, ratings).search(query, n=_HITS).rows.tolist()
    if not rows:
        st.caption(f"No title is like {text.plain(query.strip())}. Type fewer letters, or the original title.")
        return
    ids = [ratings.items.raw(row) for row in rows]
    if st.session_state.get(_FILM) not in ids:
        st.session_state[_FILM] = ids[0]
    rating = st.container()
    selection.table(
        taste_tables.hits(ratings, rows, profile.rated(ratings)),
        ids=ids,
        key=_FILM,
        about=(ratings.fingerprint, *ids),
        height=38 + 35 * _HITS,
        alt="Titles found, best first",
    )
    with rating:
        chosen = st.session_state.get(_FILM)
        stars.rating(ratings, ids[0] if chosen is None else chosen, "taste-rating")


def _show_starters(explorer: Explorer) -> None:
    ratings = explorer.ratings
    rows = cache.starter_films(ratings.fingerprint, explorer).tolist()
    st.caption(
        "Or rate some of these: many users know them, and their ratings differ. Skip films that you have not seen."
    )
    for start in range(0, len(rows), _COLUMNS):
        # at the bottom, so that stars line up below titles of one line and more
        columns = st.columns(_COLUMNS, gap="small", vertical_alignment="bottom")
        for column, row in zip(columns, rows[start : start + _COLUMNS], strict=False):
            with column.container(gap=None):
                stars.quick_rating(ratings, ratings.items.raw(row))
