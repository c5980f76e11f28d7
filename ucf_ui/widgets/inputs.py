"""Widgets of parameters: bound to the URL, and kept from page to page. Their keys are the names of the parameters."""

from collections.abc import Sequence
from typing import Any, TypeVar

import streamlit as st

from ucf_core.base.parameter import Parameter, read_number
from ucf_core.recommendations.scoring import PARAMETERS
from ucf_ui.base import url
from ucf_ui.components.live_slider import in_hand, live_slider

Value = TypeVar("Value", bound=str)
Number = TypeVar("Number", int, float)

LIVE = "live_sliders"
_CUT = "_cut_to_what_a_dataset_allows"


def control(
    name: str,
    *,
    side: str = "",
    stops: Sequence[float] = (),
    largest: float | None = None,
    default: float | None = None,
    note: str = "",
    disabled: bool = False,
    live: bool = False,
    settles: bool = False,
) -> Any:
    """The widget of a parameter, as its declaration has it; returns the value that is set.

    `stops`, `largest` and `default` are for what a dataset decides, `note` adds to the help. With `side` it is the
    same parameter of another side, under a key of its own.
    """
    parameter = PARAMETERS[name]
    key = f"{side}_{name}" if side else name
    about: dict[str, Any] = {"help": f"{parameter.explained} {note}".rstrip(), "disabled": disabled}
    label = _sided(parameter.label, side)
    chosen = parameter.default if default is None else default
    if parameter.choices:
        return segments(
            label, {one: parameter.text(one) for one in parameter.choices}, key=key, default=chosen, **about
        )
    most = parameter.largest if largest is None else largest
    if stops or parameter.stops:
        offered = [*(stops or parameter.stops), *([] if largest is None else [largest])]
        low = min(stops, default=parameter.low)
        return steps(label, key, offered, lowest=low, largest=most, default=chosen, live=live, **about)
    bounds: dict[str, Any] = {"lowest": parameter.low, "largest": most, "step": parameter.step}
    return slider(label, key, **bounds, **about, default=chosen, live=live, settles=settles)


def _sided(label: str, side: str) -> str:
    """The label on a side: "Neighbours (k, B)"."""
    if not side:
        return label
    return f"{label[:-1]}, {side.upper()})" if label.endswith(")") else f"{label} ({side.upper()})"


def box(
    parameter: Parameter,
    key: str,
    *,
    largest: int | None = None,
    default: int | None = None,
    label: str = "",
    help: str = "",  # noqa: A002  Streamlit's word
) -> int:
    """A box for a whole number that is not in the URL; `largest` and `default` are for what a dataset decides."""
    low, most = int(parameter.low), int(parameter.high) if largest is None else largest
    start = min(parameter.default, most) if default is None else default
    help = help or parameter.help  # noqa: A001
    value: int = st.number_input(
        label or parameter.label, low, most, start, key=key, persist_state="session", help=help
    )
    return value


def unlinked(parameter: Parameter, key: str, *, note: str = "", disabled: bool = False) -> Any:
    """One of the choices of a parameter, which is not in the URL."""
    return st.segmented_control(
        parameter.label,
        list(parameter.choices),
        default=parameter.default,
        required=True,
        format_func=parameter.text,
        key=key,
        persist_state="session",
        disabled=disabled,
        help=f"{parameter.help} {note}".rstrip(),
    )


def segments(
    label: str,
    titles: dict[Value, str],
    *,
    key: str,
    help: str,  # noqa: A002  Streamlit's word
    default: Value | None = None,
    disabled: bool = False,
) -> Value:
    """One of a few values, the first by default."""
    values = list(titles)
    usual = default or values[0]
    url.seed(key, values, usual)
    chosen: Value | None = st.segmented_control(
        label,
        values,
        required=True,
        format_func=titles.__getitem__,
        key=key,
        persist_state="session",
        disabled=disabled,
        help=help,
        # on a phone, values beyond the edge of the screen would not be found
        wrap=True,
    )
    url.keep(key, chosen, usual)
    return chosen or usual


def slider(
    label: str,
    key: str,
    *,
    lowest: Number = 1,
    largest: Number,
    step: Number = 1,
    default: Number,
    help: str,  # noqa: A002  Streamlit's word
    disabled: bool = False,
    live: bool = False,
    settles: bool = False,
) -> Number:
    """A number from `lowest` to `largest`; a larger one, from another dataset or a preset, is cut to that.

    With `live` it takes whole numbers and answers while the handle moves, unless that is switched off; see
    `live_slider` for `settles`.
    """
    if largest <= lowest:
        st.caption(f"{label}: {lowest:g}, all that this dataset allows")
        return lowest
    if live:
        stops = range(int(lowest), int(largest) + 1)
        return _live(label, key, stops, min(default, largest), help=help, disabled=disabled, settles=settles)
    _cut(key, largest)
    value: Number = st.slider(
        label,
        lowest,
        largest,
        min(default, largest),
        step,
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
    value: Number | None = read_number(st.query_params.get(key, ""), lowest, largest)
    return value
