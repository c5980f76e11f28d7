"""Widgets to rate a film on the scale of the dataset, or to remove its rating."""

import streamlit as st

from ucf_core.datasets.personal.matching import steps
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings
from ucf_ui.base.faults import safely
from ucf_ui.base.text import plain, titled
from ucf_ui.views.taste import profile

_MOST_PILLS = 12
_STARS = (1.0, 2.0, 3.0, 4.0, 5.0)
_HELP = "Press a rating to give it, and press it again to remove it."


def label(ratings: Ratings, raw: RawId) -> str:
    """Title and year of a film."""
    row = ratings.items.row(raw)
    return titled(ratings.title(row), ratings.catalogue.year(row))


def rating(ratings: Ratings, raw: RawId, key: str) -> None:
    """Draw the possible ratings of a film with the present one chosen; a box to type in if there are many."""
    given = steps(ratings)
    st.session_state[key] = profile.rated(ratings).get(raw)
    title = f"Your rating of {plain(label(ratings, raw))}"
    if given is not None and len(given) <= _MOST_PILLS:
        st.pills(
            title,
            given.tolist(),
            format_func=lambda value: f"{value:g}",
            key=key,
            on_change=safely(_take_over, ratings, raw, key),
            help=_HELP,
        )
    else:
        low, high = ratings.scale
        st.number_input(
            title,
            low,
            high,
            key=key,
            on_change=safely(_take_over, ratings, raw, key),
            help=f"From {low:g} to {high:g}. Empty the box to remove the rating.",
        )


def quick_rating(ratings: Ratings, raw: RawId) -> None:
    """Draw a film with five stars; if the scale has no whole stars up to 5, with all possible ratings."""
    key = f"taste-quick-{raw}"
    given = steps(ratings)
    if given is None or given[-1] != _STARS[-1] or not set(_STARS) <= set(given.tolist()):
        rating(ratings, raw, key)
        return
    own = profile.rated(ratings).get(raw)
    # whole stars cannot show half of one, and pressing a rounded star would remove the rating: a number shows it
    place = st.session_state[key] = _STARS.index(own) if own in _STARS else None
    exact = "" if own is None or place is not None else f" :orange[**{own:g}\N{NO-BREAK SPACE}\N{BLACK STAR}**]"
    st.markdown(plain(label(ratings, raw)) + exact)
    st.feedback("stars", key=key, on_change=safely(_take_over_star, ratings, raw, key))


def _take_over(ratings: Ratings, raw: RawId, key: str) -> None:
    value = st.session_state[key]
    profile.rate(ratings, raw, None if value is None else float(value))


def _take_over_star(ratings: Ratings, raw: RawId, key: str) -> None:
    place = st.session_state[key]
    profile.rate(ratings, raw, None if place is None else _STARS[place])
