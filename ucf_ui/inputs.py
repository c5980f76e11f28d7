"""The kinds of widgets that settings are made of: bound to the URL, and kept from page to page.

Each key is the name of a field in QuerySpec or ScoringSpec; see settings.
"""

import math
from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from ucf_ui import url
from ucf_ui.components.live_slider import in_hand, live_slider

Value = TypeVar("Value", bound=str)
Number = TypeVar("Number", int, float)

LIVE = "live_sliders"
_CUT = "_cut_to_what_a_dataset_allows"


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
        # on a phone, values beyond the edge of the screen would be found by nobody
        wrap=True,
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
    live: bool = False,
    settles: bool = False,
) -> int:
    """A whole number from 1 to `largest`; a larger one, from another dataset or a preset, is cut to that.

    With `live` it answers while the handle moves, unless somebody switched that off; see `live_slider` for `settles`.
    """
    if largest <= 1:
        st.caption(f"{label}: 1, all that this dataset allows")
        return 1
    if live:
        stops = range(1, largest + 1)
        return _live(label, key, stops, min(default, largest), help=help, disabled=disabled, settles=settles)
    _cut(key, largest)
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
    live: bool = False,
) -> Number:
    """A number from `lowest` to `largest` by uneven steps: fine where that matters, coarse where it does not.

    A value between two stops, from a link or a preset, is a stop as long as it is set. With `live` it answers while the
    handle moves, unless somebody switched that off.
    """
    if largest <= lowest:
        st.caption(f"{label}: {lowest:g}, all that this dataset allows")
        return lowest
    default = min(default, largest)
    _cut(key, largest)
    kept, linked = st.session_state.get(key), _linked(key, lowest, largest)
    if kept is not None:
        kept = st.session_state[key] = min(max(kept, lowest), largest)
    extra = {value for value in (default, kept, linked) if value is not None}
    offered = sorted({stop for stop in stops if lowest <= stop <= largest} | extra)
    if live:
        return _live(label, key, offered, default, help=help, disabled=disabled)
    value: Number = st.select_slider(
        label,
        offered,
        default,
        format_func=lambda stop: f"{stop:g}",
        key=key,
        bind="query-params",
        persist_state="session",
        help=help,
        disabled=disabled,
    )
    return value


def forget_bounds(names: Sequence[str]) -> None:
    """Of these settings, what the dataset that is left has made of them; only from a widget's callback.

    What was cut to its bound is again what somebody chose, and what is the default there is the next dataset's default.
    """
    cut: dict[str, tuple[float, float]] = st.session_state.pop(_CUT, {})
    for name in names:
        wanted, bound = cut.get(name, (None, None))
        if wanted is not None and st.session_state.get(name) == bound:
            st.session_state[name] = wanted
        elif name not in st.query_params:
            st.session_state.pop(name, None)


def _cut(key: str, largest: Number) -> None:
    """Cut the setting `key` to what the dataset allows, and remember what it was."""
    kept = st.session_state.get(key)
    if kept is not None and kept > largest:
        st.session_state[key] = largest
        st.session_state[_CUT] = st.session_state.get(_CUT, {}) | {key: (kept, largest)}


def is_live() -> bool:
    """Whether the sliders that can answer while their handle moves are to do so."""
    return bool(st.session_state.get(LIVE, True))


def live_switch() -> None:
    """A switch between sliders that answer while they are moved, and those that answer when they are let go."""
    st.toggle(
        "Live sliders",
        value=True,
        key=LIVE,
        persist_state="session",
        help="Whether k, dim and ef answer while you move them. Switch it off on a slow connection, and they answer "
        "when you let go.",
    )


def is_passed(key: str) -> bool:
    """Whether the value of a live slider is only passed by: its handle is still being moved."""
    return is_live() and in_hand(key)


def _live(
    label: str,
    key: str,
    stops: Sequence[Number],
    default: Number,
    *,
    help: str,  # noqa: A002  Streamlit's word
    disabled: bool,
    settles: bool = False,
) -> Number:
    """One of `stops`: the session comes before the URL, the URL before the default.

    The URL is kept here for both kinds of slider: Streamlit would take the parameter along with a slider that it has
    bound to it, and one kind gives way to the other while the page stands.
    """
    low, high = stops[0], stops[-1]
    _cut(key, high)
    kept = st.session_state.get(key)
    value = min(max(kept, low), high) if kept is not None else _linked(key, low, high)
    value = st.session_state[key] = default if value is None else value
    if is_live():
        live_slider(label, key, stops, value=value, help=help, disabled=disabled, settles=settles)
    elif isinstance(stops, range):
        value = st.slider(label, low, high, key=key, persist_state="session", help=help, disabled=disabled)
    else:
        value = st.select_slider(
            label,
            stops,
            format_func=lambda stop: f"{stop:g}",
            key=key,
            persist_state="session",
            help=help,
            disabled=disabled,
        )
    url.keep(key, value, default)
    return value


def _linked(key: str, lowest: Number, largest: Number) -> Number | None:
    """The number in the URL, if it is one that may be set."""
    try:
        value = type(lowest)(st.query_params.get(key, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and lowest <= value <= largest else None
