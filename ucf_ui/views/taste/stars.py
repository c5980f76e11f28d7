"""Widgets to rate one film on the scale of the dataset; taking the rating back removes the film from the profile."""

import streamlit as st

from ucf_core.datasets.personal.matching import steps
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings
from ucf_ui.base.faults import safely
from ucf_ui.base.text import plain
from ucf_ui.views.taste import profile

_MOST_PILLS = 12
_STARS = (1.0, 2.0, 3.0, 4.0, 5.0)
_HELP = "Press a rating to give it, and once more to take it back."


def label(ratings: Ratings, raw: RawId) -> str:
    """Title and year of a film."""
    row = ratings.items.row(raw)
    year = ratings.catalogue.year(row)
    return ratings.title(row) + (f" ({year})" if year else "")


def rating(ratings: Ratings, raw: RawId, key: str) -> None:
    """All ratings that can be given to a film, its own one chosen; a box to type in where they are many."""
    given = steps(ratings)
    st.session_state[key] = profile.rated(ratings).get(raw)
    title = f"Your rating of {plain(label(ratings, raw))}"
    if given is not None and len(given) <= _MOST_PILLS:
        st.pills(
            title,
            given.tolist(),
            format_func=lambda value: f"{value:g}",
            key=key,
            on_change=safely(_take_over),
            args=(ratings, raw, key),
            help=_HELP,
        )
    else:
        low, high = ratings.scale
        st.number_input(
            title,
            low,
            high,
            key=key,
            on_change=safely(_take_over),
            args=(ratings, raw, key),
            help=f"From {low:g} to {high:g}. Empty the box to take the rating back.",
        )


def quick_rating(ratings: Ratings, raw: RawId) -> None:
    """A film and a row of stars; where the scale is not one of stars, all its ratings."""
    key = f"taste-quick-{raw}"
    given = steps(ratings)
    if given is None or given[-1] != _STARS[-1] or not set(_STARS) <= set(given.tolist()):
        rating(ratings, raw, key)
        return
    own = profile.rated(ratings).get(raw)
    # Whole stars cannot show half a one, and to press the star that it is drawn as would take the rating back: it is
    # told in figures, and any star gives the film another rating.
    place = st.session_state[key] = _STARS.index(own) if own in _STARS else None
    exactly = "" if own is None or place is not None else f" :orange[**{own:g}\N{NO-BREAK SPACE}\N{BLACK STAR}**]"
    st.markdown(plain(label(ratings, raw)) + exactly)
    st.feedback("stars", key=key, on_change=safely(_take_over_star), args=(ratings, raw, key))


def _take_over(ratings: Ratings, raw: RawId, key: str) -> None:
    value = st.session_state[key]
    profile.rate(ratings, raw, None if value is None else float(value))


def _take_over_star(ratings: Ratings, raw: RawId, key: str) -> None:
    place = st.session_state[key]
    profile.rate(ratings, raw, None if place is None else _STARS[place])
