"""The kinds of widgets that settings are made of: bound to the URL, and kept from page to page.

Each key is the name of a field in QuerySpec or ScoringSpec; see settings.
"""

import math
from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from ucf_ui import url

Value = TypeVar("Value", bound=str)
Number = TypeVar("Number", int, float)


def segments(
    label: str,
    titles: dict[Value, str],
    *,
    key: str,
    help: str,  # noqa: A002  Streamlit's word
    disabled: bool = False,
) -> Value:
    """One of a few values; the first is the default."""
    values = list(titles)
    url.seed(key, values, values[0])
    chosen: Value | None = st.segmented_control(
        label,
        values,
        required=True,
        format_func=titles.__getitem__,
        key=key,
        persist_state="session",
        disabled=disabled,
        help=help,
    )
    url.keep(key, chosen, values[0])
    return chosen or values[0]


def slider(
    label: str,
    key: str,
    *,
    largest: int,
    default: int,
    help: str,  # noqa: A002  Streamlit's word
    disabled: bool = False,
) -> int:
    """A whole number from 1 to `largest`; a larger one, from another dataset or a preset, is cut to that."""
    if largest <= 1:
        st.caption(f"{label}: 1, all that this dataset allows")
        return 1
    if (st.session_state.get(key) or 1) > largest:
        st.session_state[key] = largest
    value: int = st.slider(
        label,
        1,
        largest,
        min(default, largest),
        key=key,
        bind="query-params",
        persist_state="session",
        help=help,
        disabled=disabled,
    )
    return value


def steps(
    label: str,
    key: str,
    stops: Sequence[Number],
    *,
    lowest: Number,
    largest: Number,
    default: Number,
    help: str,  # noqa: A002  Streamlit's word
    disabled: bool = False,
) -> Number:
    """A number from `lowest` to `largest` by uneven steps: fine where that matters, coarse where it does not.

    A value between two stops, from a link or a preset, is a stop as long as it is set.
    """
    if largest <= lowest:
        st.caption(f"{label}: {lowest:g}, all that this dataset allows")
        return lowest
    default = min(default, largest)
    kept, linked = st.session_state.get(key), _linked(key, lowest, largest)
    if kept is not None:
        kept = st.session_state[key] = min(max(kept, lowest), largest)
    extra = {value for value in (default, kept, linked) if value is not None}
    value: Number = st.select_slider(
        label,
        sorted({stop for stop in stops if lowest <= stop <= largest} | extra),
        default,
        format_func=lambda stop: f"{stop:g}",
        key=key,
        bind="query-params",
        persist_state="session",
        help=help,
        disabled=disabled,
    )
    return value


def _linked(key: str, lowest: Number, largest: Number) -> Number | None:
    """The number in the URL, if it is one that may be set."""
    try:
        value = type(lowest)(st.query_params.get(key, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and lowest <= value <= largest else None
