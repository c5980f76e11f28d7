"""URL parameters that hold the value of a widget, not its label.

Streamlit binds a selectbox to the URL by its labels. Links must survive a change of wording and read like the command
line, so `seed` reads the parameter when a session starts, and `keep` writes it when the value changes.
"""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

Value = TypeVar("Value", bound=str | int | float)


def seed(key: str, options: Sequence[Value], default: Value | None) -> None:
    """Before the widget: give `key` the value in the URL, or the default, unless the session has a valid one."""
    if key in st.session_state and (st.session_state[key] in options or st.session_state[key] is default):
        return
    wanted = st.query_params.get(key)
    st.session_state[key] = next((option for option in options if str(option) == wanted), default)


def keep(key: str, value: Value | None, default: Value | None) -> None:
    """After the widget: write the value to the URL; a default stays out of it."""
    if value is None or value == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != str(value):
        st.query_params[key] = str(value)
