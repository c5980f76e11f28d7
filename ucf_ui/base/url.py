"""Choices whose value, not whose label, stands in the URL.

Streamlit binds a selectbox to the URL by the labels that it shows. Links are to survive a change of wording and to read
like the command line, so these helpers keep the parameter themselves: from the URL when a session starts, and back to
it whenever the value changes.
"""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

Value = TypeVar("Value", bound=str | int)


def seed(key: str, options: Sequence[Value], default: Value | None) -> None:
    """Before the widget: give `key` the value in the URL, else the default, unless the session has a valid one."""
    if key in st.session_state and (st.session_state[key] in options or st.session_state[key] is default):
        return
    wanted = st.query_params.get(key)
    st.session_state[key] = next((option for option in options if str(option) == wanted), default)


def keep(key: str, value: Value | None, default: Value | None) -> None:
    """After the widget: put the value into the URL; a default stays out of it."""
    if value is None or value == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != str(value):
        st.query_params[key] = str(value)
