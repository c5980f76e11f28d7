"""The user to compare with: chosen by id, the most similar one, or one drawn at random."""

import numpy as np
import streamlit as st

from ucf_core.base.errors import UnknownIdError
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings
from ucf_ui.base import url
from ucf_ui.base.faults import safely
from ucf_ui.base.text import plain
from ucf_ui.session import sidebar

_KEY = "other"
_SWAPPED = "_swapped"

# Below this, chance decides how far two users agree.
TOO_FEW = 10


def picker(ratings: Ratings, user: RawId, nearest: RawId) -> RawId | None:
    """The other user, the nearest one while the box is empty; None, with a message, for an id without another user."""
    if not isinstance(st.session_state.get(_KEY), str):
        st.session_state[_KEY] = str(st.query_params.get(_KEY, ""))
    box, similar, random = st.columns([4, 2, 2], vertical_alignment="bottom", gap="medium")
    wanted: str = box.text_input(
        "Compare with user",
        max_chars=200,
        key=_KEY,
        persist_state="session",
        placeholder=f"{nearest}, the most similar",
        help="A user id of this dataset. While the box is empty, it is the user most similar under these settings.",
    )
    url.keep(_KEY, wanted, "")
    similar.button(
        "Most similar",
        icon=":material/group:",
        width="stretch",
        on_click=safely(_go_to),
        args=("",),
        help="The nearest neighbour under these settings.",
    )
    random.button(
        "A random user",
        icon=":material/shuffle:",
        width="stretch",
        on_click=safely(_go_to_anybody),
        args=(ratings, user),
        help="A user drawn at random, for contrast.",
    )
    if not wanted:
        return nearest
    try:
        other = ratings.users.raw(ratings.users.row(wanted if wanted in ratings.users else wanted.strip()))
    except UnknownIdError as error:
        st.warning(plain(str(error)), icon=":material/person_off:")
        return None
    if other == user:
        st.warning(
            f"User {plain(str(user))} is the user in the sidebar; choose another one.",
            icon=":material/person_off:",
        )
        return None
    return other


def swap(user: RawId, other: RawId, ratings: Ratings) -> None:
    """Change the places of the two; only from a widget's callback."""
    _go_to(str(user))
    sidebar.go_to_user(other, ratings)
    st.session_state[_SWAPPED] = True


def was_swapped() -> bool:
    """Whether the sidebar, which is in no fragment, has to be drawn again."""
    return bool(st.session_state.pop(_SWAPPED, False))


def _go_to(other: str) -> None:
    st.session_state[_KEY] = other


def _go_to_anybody(ratings: Ratings, user: RawId) -> None:
    # like Surprise me: it decides nothing but where to look
    own, n_others = ratings.users.row(user), ratings.n_users - 1
    row = int(np.random.default_rng().integers(n_others))
    _go_to(str(ratings.users.raw(row + (row >= own))))
