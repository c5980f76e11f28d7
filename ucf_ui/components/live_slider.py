"""A slider that updates the page while its handle moves; Streamlit's own does so when it is released."""

from collections.abc import Sequence
from typing import Any, TypeVar

import streamlit as st

from ucf_ui.base.faults import safely
from ucf_ui.components.source import source

Number = TypeVar("Number", int, float)

_SUFFIX = "-live"

_slider = st.components.v2.component(
    "ucf_live_slider",
    html=source("live_slider.html"),
    css=source("live_slider.css"),
    js=source("mount_once.js", "live_slider.js"),
)


def live_slider(
    label: str,
    key: str,
    stops: Sequence[Number],
    *,
    value: Number,
    help: str,  # noqa: A002  Streamlit's word
    disabled: bool = False,
    settles: bool = False,
) -> None:
    """Draw it at `value`, one of the rising `stops`; a move puts another of them into the session under `key`.

    With `settles`, `in_hand(key)` is true for values that the handle only passes.
    """
    data = {
        "label": label,
        "help": help,
        "low": stops[0],
        "high": stops[-1],
        # whole numbers without gaps need no list
        "stops": None if isinstance(stops, range) else list(stops),
        "value": value,
        "disabled": disabled,
        "settles": settles,
        "stamp": _message(key).get("stamp"),
    }

    def moved() -> None:
        _take_over(key, stops)

    # pages and tests find either kind of slider by this key
    with st.container(key=key):
        _slider(key=key + _SUFFIX, data=data, on_moved_change=safely(moved))


def in_hand(key: str) -> bool:
    """Whether the handle is still being moved, so that the present value is only passed."""
    return _message(key).get("passing") is True


def _take_over(key: str, stops: Sequence[Number]) -> None:
    at = _message(key).get("at")
    if isinstance(at, int | float) and not isinstance(at, bool) and at in stops:
        st.session_state[key] = type(stops[0])(at)


def _message(key: str) -> dict[str, Any]:
    """The last message of the browser; empty for anything else that a browser may send."""
    state = st.session_state.get(key + _SUFFIX)
    moved = state.get("moved") if isinstance(state, dict) else None
    return moved if isinstance(moved, dict) else {}
