"""The first answer to a rating, beside it: what comes first and who is nearest. Tables and reasons are further down.

A few words reach the screen in half the time of a table, and stand where one looks while one rates.
"""

import streamlit as st

from ucf_core.errors import SpecError
from ucf_core.explorer import Explorer
from ucf_core.neighbours import Neighbours
from ucf_core.recommendation import Recommendations
from ucf_core.taste.guest import Guest
from ucf_ui import jobs, settings, state, taste_stars

_FILMS, _USERS = 5, 3


def panel(explorer: Explorer, guest: Guest) -> None:
    """By the settings that hold now, before any of their controls is drawn; it starts no work.

    Nothing where the data do not allow them: the results further down say why.
    """
    query, scoring = settings.present(explorer)
    query = jobs.exact_unless_ready(explorer, query)
    n = min(_FILMS, explorer.ratings.n_items)
    try:
        found, made = explorer.neighbours(guest, query), explorer.recommend(guest, query, scoring, n=n)
    except SpecError:
        return
    with st.container(border=True, key="taste-glance"):
        st.markdown(_words(found, made))


def _words(found: Neighbours, made: Recommendations) -> str:
    if not (found.similarities > 0).any():
        return "**Nobody is like you yet.** Rate more films, some of them well known."
    films = [state.plain(taste_stars.label(made.ratings, raw)) for raw in made.item_ids[:_FILMS].tolist()]
    users = [
        f"{state.plain(str(raw))} ({similarity:.2f})"
        for raw, similarity in zip(found.users[:_USERS].tolist(), found.similarities[:_USERS].tolist(), strict=True)
    ]
    return (
        f"**First for you:** {'; '.join(films) if films else 'no film is left'}.  \n"
        f"**Nearest users, by similarity:** {', '.join(users)}."
    )
