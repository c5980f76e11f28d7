"""Widgets of parameters, stored in the URL and the session. Their keys are the names of the parameters."""

from collections.abc import Sequence
from typing import Any, TypeVar

import streamlit as st

from ucf_core.base.parameter import Parameter, read_number
from ucf_core.recommendations.scoring import PARAMETERS
from ucf_ui.base import url
from ucf_ui.components.live_slider import in_hand, live_slider

Value = TypeVar("Value", bound=str)

LIVE = "live_sliders"
_CUT = "_cut_to_what_a_dataset_allows"


def control(name: str, *, side: str = "", note: str = "", disabled: bool = False, **bounds: Any) -> Any:
    """Draw the widget of a parameter; returns its value.

    `note` is added to the help, `bounds` go to `number`. `side` gives the parameter of another side its own key.
    """
    parameter, key, label = PARAMETERS[name], name, PARAMETERS[name].label
    if side:  # "Neighbours (k, B)"
        key = f"{side}_{name}"
        label = f"{label[:-1]}, {side.upper()})" if label.endswith(")") else f"{label} ({side.upper()})"
    if not parameter.choices:
        return number(parameter, key, label=label, note=note, disabled=disabled, **bounds)
    titles = _titles(parameter)
    help = f"{parameter.explained} {note}".rstrip()  # noqa: A001
    return segments(label, titles, key=key, default=parameter.default, help=help, disabled=disabled)


def box(
    parameter: Parameter,
    key: str,
    *,
    largest: int | None = None,
    default: int | None = None,
    label: str = "",
    help: str = "",  # noqa: A002  Streamlit's word
) -> int:
    """Draw a box for a whole number that is not in the URL; returns it. A dataset may set `largest` and `default`."""
    low, most = int(parameter.low), int(parameter.high) if largest is None else largest
    start = min(parameter.default, most) if default is None else default
    about: dict[str, Any] = {"key": key, "persist_state": "session", "help": help or parameter.help}
    value: int = st.number_input(label or parameter.label, low, most, start, **about)
    return value


def unlinked(parameter: Parameter, key: str, *, note: str = "", disabled: bool = False) -> Any:
    """Draw the choices of a parameter that is not in the URL; returns the chosen one."""
    titles, help = _titles(parameter), f"{parameter.help} {note}".rstrip()  # noqa: A001
    return segments(
        parameter.label, titles, key=key, default=parameter.default, help=help, disabled=disabled, linked=False
    )


def segments(
    label: str,
    titles: dict[Value, str],
    *,
    key: str,
    help: str,  # noqa: A002  Streamlit's word
    default: Value | None = None,
    disabled: bool = False,
    linked: bool = True,
) -> Value:
    """Draw a few values side by side; returns the chosen one, the first by default. The URL has it if `linked`."""
    values = list(titles)
    usual = default or values[0]
    if linked:
        url.seed(key, values, usual)
    else:
        st.session_state.setdefault(key, usual)
    chosen: Value | None = st.segmented_control(
        label,
        values,
        required=True,
        format_func=titles.__getitem__,
        key=key,
        persist_state="session",
        disabled=disabled,
        help=help,
        # on a phone, values beyond the edge of the screen would be out of sight
        wrap=True,
    )
    if linked:
        url.keep(key, chosen, usual)
    return chosen or usual


def _titles(parameter: Parameter) -> dict[Any, str]:
    return {one: parameter.text(one) for one in parameter.choices}


def number(
    parameter: Parameter,
    key: str,
    *,
    label: str = "",
    stops: Sequence[float] = (),
    largest: float | None = None,
    default: float | None = None,
    note: str = "",
    disabled: bool = False,
    live: bool = False,
    settles: bool = False,
) -> Any:
    """Draw a slider over a parameter's values or stops; returns its value.

    `stops`, `largest` and `default` replace the parameter's own where a dataset decides them. The session comes before
    the URL, the URL before the default; a value beyond the bounds is cut, and one between two stops becomes a stop.
    With `live` the page follows while the handle moves, unless that is switched off; see `live_slider` for `settles`.
    """
    label = label or parameter.label
    low: Any = min(stops, default=parameter.low)
    high: Any = parameter.largest if largest is None else largest
    if high <= low:
        st.caption(f"{label}: {low:g}, all that this dataset allows")
        return low
    usual = min(parameter.default if default is None else default, high)
    _cut(key, high)
    value = st.session_state.get(key)
    value = read_number(st.query_params.get(key, ""), low, high) if value is None else min(max(value, low), high)
    value = st.session_state[key] = usual if value is None else value
    about: dict[str, Any] = {"help": f"{parameter.help} {note}".rstrip(), "disabled": disabled}
    uneven = stops or parameter.stops
    offered: Any = range(low, high + 1) if live and not uneven else ()
    if uneven:
        extra = {usual, value} if largest is None else {usual, value, largest}
        offered = sorted({stop for stop in uneven if low <= stop <= high} | extra)
    if live and is_live():
        live_slider(label, key, offered, value=value, settles=settles, **about)
    elif uneven:
        value = st.select_slider(
            label, offered, format_func=lambda stop: f"{stop:g}", key=key, persist_state="session", **about
        )
    else:
        value = st.slider(label, low, high, step=parameter.step, key=key, persist_state="session", **about)
    # not by `bind`: Streamlit would drop the parameter when one kind of slider replaces the other
    url.keep(key, int(value) if value == int(value) else value, usual)  # "400", as Streamlit writes it, not "400.0"
    return value


def forget_bounds(names: Sequence[str]) -> None:
    """Undo what the previous dataset changed in these settings; only from a widget's callback.

    A value that was cut to its bound is restored, and a default becomes the next dataset's default.
    """
    cut: dict[str, tuple[float, float]] = st.session_state.pop(_CUT, {})
    for name in names:
        wanted, bound = cut.get(name, (None, None))
        if wanted is not None and st.session_state.get(name) == bound:
            st.session_state[name] = wanted
        elif name not in st.query_params:
            st.session_state.pop(name, None)


def _cut(key: str, largest: float) -> None:
    """Cut the setting `key` to what the dataset allows, and remember its value."""
    value = st.session_state.get(key)
    if value is not None and value > largest:
        st.session_state[key] = largest
        st.session_state[_CUT] = st.session_state.get(_CUT, {}) | {key: (value, largest)}


def is_live() -> bool:
    """Whether live sliders are switched on."""
    return bool(st.session_state.get(LIVE, True))


def live_switch() -> None:
    """Draw the switch of live sliders, without which a page waits until a slider is released."""
    about = "Update the page while you move k, dim and ef. On a slow connection, switch it off to update afterwards."
    st.toggle("Live sliders", value=True, key=LIVE, persist_state="session", help=about)


def is_passed(key: str) -> bool:
    """Whether a live slider is still being moved, so that its value is about to change."""
    return is_live() and in_hand(key)
