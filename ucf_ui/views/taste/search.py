"""Films to rate: found by title while one types, and some well-known ones to start with.

The box and what it finds run by themselves, with every key. The films to start with belong to the page:
a star changes all of it, and a part of a page that runs by itself would only have to ask for the rest.
"""

import streamlit as st

from ucf_core.explorer.explorer import Explorer
from ucf_ui.base.fragment import fragment
from ucf_ui.session import cache
from ucf_ui.views.taste import profile, stars
from ucf_ui.views.taste import tables as taste_tables
from ucf_ui.widgets import selection

_FILM = "taste-film"
_QUERY = "taste-query"
# Whether the page was drawn with films to start with.
_STARTED = "_taste_starters"
_HITS = 8
_COLUMNS = 3


@fragment
def panel(explorer: Explorer) -> None:
    """A box to type a title in, and below it what was found."""
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
        help="Finds titles while you type. Accents, case and the place of an article do not matter, nor does a slip of "
        "the finger.",
    )
    if st.session_state.get(_STARTED, True) != (not query.strip()):
        st.rerun()
    if query.strip():
        _show_hits(explorer, query)


def starters(explorer: Explorer) -> None:
    """While the box is empty: films that most people know."""
    st.session_state[_STARTED] = not st.session_state.get(_QUERY, "").strip()
    if st.session_state[_STARTED]:
        _show_starters(explorer)


def _show_hits(explorer: Explorer, query: str) -> None:
    ratings = explorer.ratings
    rows = cache.title_index(ratings.fingerprint, ratings).search(query, n=_HITS).rows.tolist()
    if not rows:
        st.caption("No title is like this. Try fewer letters, or the original title.")
        return
    ids = [ratings.items.raw(row) for row in rows]
    if st.session_state.get(_FILM) not in ids:
        st.session_state[_FILM] = ids[0]
    rating = st.container()
    frame, looks = taste_tables.hits(ratings, rows, profile.rated(ratings))
    selection.table(
        frame,
        looks,
        ids=ids,
        key=_FILM,
        about=(ratings.fingerprint, *ids),
        height=38 + 35 * len(ids),
        alt="Titles found, best first",
    )
    with rating:
        chosen = st.session_state.get(_FILM)
        stars.rating(ratings, ids[0] if chosen is None else chosen, "taste-rating")


def _show_starters(explorer: Explorer) -> None:
    ratings = explorer.ratings
    rows = cache.starter_films(ratings.fingerprint, explorer).tolist()
    st.caption("Or rate some of these, which many know and on which people differ. Leave out what you have not seen.")
    for start in range(0, len(rows), _COLUMNS):
        # titles take one line or more: the stars stand in line all the same
        columns = st.columns(_COLUMNS, gap="small", vertical_alignment="bottom")
        for column, row in zip(columns, rows[start : start + _COLUMNS], strict=False):
            with column.container(gap=None):
                stars.quick_rating(ratings, ratings.items.raw(row))
