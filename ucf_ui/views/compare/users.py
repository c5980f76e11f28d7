"""The user to compare with: chosen by id, the most similar one, or a random one."""

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

# With fewer shared films, agreement of two users is mostly chance.
TOO_FEW = 10


def picker(ratings: Ratings, user: RawId, nearest: RawId) -> RawId | None:
    """Draw the box of the other user; returns that user, `nearest` if it is empty, or None after a message."""
    if not isinstance(st.session_state.get(_KEY), str):
        st.session_state[_KEY] = str(st.query_params.get(_KEY, ""))
    box, similar, random = st.columns([4, 2, 2], vertical_alignment="bottom", gap="medium")
    wanted: str = box.text_input(
        "Compare with user",
        max_chars=200,
        key=_KEY,
        persist_state="session",
        placeholder=f"{nearest}, the most similar",
        help="A user id of this dataset. If empty, the most similar user under these settings.",
    )
    url.keep(_KEY, wanted, "")
    similar.button(
        "Most similar",
        icon=":material/group:",
        width="stretch",
        on_click=safely(_go_to, ""),
        help="The nearest neighbour under these settings.",
    )
    random.button(
        "A random user",
        icon=":material/shuffle:",
        width="stretch",
        on_click=safely(_go_to_random_user, ratings, user),
        help="A random user, for contrast.",
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
            f"User {plain(str(user))} is the user in the sidebar; choose another one.", icon=":material/person_off:"
        )
        return None
    return other


def swap(user: RawId, other: RawId, ratings: Ratings) -> None:
    """Swap the two users; only from a widget's callback."""
    _go_to(str(user))
    sidebar.go_to_user(other, ratings)
    st.session_state[_SWAPPED] = True


def was_swapped() -> bool:
    """Whether the users were swapped, so that the sidebar, outside the fragment, must be drawn again."""
    return bool(st.session_state.pop(_SWAPPED, False))


def _go_to(other: str) -> None:
    st.session_state[_KEY] = other


def _go_to_random_user(ratings: Ratings, user: RawId) -> None:
    own, n_others = ratings.users.row(user), ratings.n_users - 1
    row = int(np.random.default_rng().integers(n_others))
    _go_to(str(ratings.users.raw(row + (row >= own))))
