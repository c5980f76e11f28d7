"""The grid of an evaluation: values to try for each parameter, over the present settings."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ucf_core.errors import SpecError
from ucf_core.evaluation import Setting, grid
from ucf_core.ratings import Ratings
from ucf_core.specs import AGGREGATIONS, ENGINES, RANKINGS, SCOPES, SPACES, WEIGHTINGS
from ucf_ui.evaluation_settings import PARAMETERS, parameters_of

_CHOICES: dict[str, Sequence[str]] = {
    "weighting": WEIGHTINGS,
    "ranking": RANKINGS,
    "aggregation": AGGREGATIONS,
    "space": SPACES,
    "engine": ENGINES,
    "neighbourhood": SCOPES,
}
# Offered; any other number can be typed.
_WHOLE: dict[str, Sequence[int]] = {
    "k": (5, 10, 25, 50, 100, 200, 400, 800),
    "dim": (4, 8, 16, 32, 64, 128),
    "ef": (16, 32, 64, 128, 256, 512),
    "significance": (0, 5, 10, 25, 50),
}
_REAL: dict[str, Sequence[float]] = {
    "amplification": (0.5, 1, 1.5, 2, 2.5, 4, 8),
    "ridge": (50, 100, 200, 400, 800),
    "rating_ridge": (25, 50, 100, 200, 400),
}
_FIRST = ("k", "dim", "ef"), ("weighting", "ranking", "aggregation"), ("space", "engine")
_MORE = ("neighbourhood", "amplification", "significance"), ("ridge", "rating_ridge")
_START = {"k": (25, 50, 100), "dim": (16, 64)}


Values = dict[str, list[str]]
"""For each parameter the values to try, as they were chosen or typed; empty: the present one."""


def grid_controls(ratings: Ratings, present: Setting) -> Values:
    """Values to try for each parameter."""
    st.caption("All combinations of these values are measured. What you leave empty keeps its present value.")
    here = parameters_of(present, ratings)
    values: Values = {}
    for row in _FIRST:
        values |= _row(row, here, ratings)
    with st.expander("More: neighbourhood, amplification, significance, ridge", icon=":material/tune:"):
        for row in _MORE:
            values |= _row(row, here, ratings)
    return values


def combined(values: Values, present: Setting) -> list[Setting]:
    """All combinations of the values, over the present settings.

    Raises SpecError for a value that is no number or out of bounds, and for combinations that cannot be.
    """
    tried = {name: [_value(name, one) for one in chosen] for name, chosen in values.items() if chosen}
    return grid(tried, present)


def _row(names: Sequence[str], here: dict[str, Any], ratings: Ratings) -> Values:
    columns = st.columns(3, gap="medium")
    return {name: _chosen(column, name, here[name], ratings) for column, name in zip(columns, names, strict=False)}


def _chosen(column: Any, name: str, here: Any, ratings: Ratings) -> list[str]:
    parameter = PARAMETERS[name]
    placeholder = "As set" if here is None else f"As set: {parameter.text(here)}"
    chosen: list[str]
    if name in _CHOICES:
        chosen = column.multiselect(
            parameter.title,
            _CHOICES[name],
            format_func=parameter.text,
            key=f"eval-{name}",
            persist_state="session",
            placeholder=placeholder,
            help=parameter.explanation,
        )
        return chosen
    most = {"k": ratings.n_users - 1, "dim": min(ratings.matrix.shape)}.get(name)
    options = [value for value in _offered(name) if most is None or value <= most]
    chosen = column.multiselect(
        parameter.title,
        [f"{value:g}" for value in options],
        default=[f"{value:g}" for value in _START.get(name, ()) if value in options],
        accept_new_options=True,
        key=f"eval-{name}",
        persist_state="session",
        placeholder=placeholder,
        help=f"{parameter.explanation} Type any other number and press Enter."
        + (f" At most {most:,} for this dataset." if most else ""),
    )
    return chosen


def _value(name: str, chosen: str) -> str | int | float:
    if name in _CHOICES:
        return chosen
    try:
        return int(chosen) if name in _WHOLE else float(chosen)
    except ValueError:
        kind = "a whole number" if name in _WHOLE else "a number"
        raise SpecError(f"{name}={chosen!r} is not {kind}; take it out, or write it in digits") from None


def _offered(name: str) -> Sequence[float]:
    return _WHOLE[name] if name in _WHOLE else _REAL[name]
