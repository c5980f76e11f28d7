"""The grid of an evaluation: values to try for each parameter, over the present settings."""

import re
from collections.abc import Sequence
from typing import Any

import streamlit as st

from ucf_core.base.errors import SpecError
from ucf_core.base.parameter import lowered
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import PARAMETERS
from ucf_core.studies.evaluation.spec import Setting, grid
from ucf_ui.views.evaluation.settings import parameters_of

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
    placeholder = "As set" if here is None else f"As set: {lowered(parameter.text(here))}"
    chosen: list[str]
    if parameter.choices:
        chosen = column.multiselect(
            parameter.label,
            list(parameter.choices),
            format_func=parameter.text,
            key=f"eval-{name}",
            persist_state="session",
            placeholder=placeholder,
            help=parameter.help,
        )
        return chosen
    most = {"k": ratings.n_users - 1, "dim": min(ratings.matrix.shape)}.get(name)
    start = [value for value in _START.get(name, ()) if most is None or value <= most]
    # numbers are typed, as a box that offers some takes 128 for an answer where 12 is typed
    typed: str = column.text_input(
        parameter.label,
        ", ".join(map(str, start)),
        key=f"eval-{name}",
        persist_state="session",
        placeholder=placeholder,
        help=f"{parameter.help} Numbers with commas between, such as {', '.join(map(str, parameter.examples))}."
        + (f" At most {most:,} for this dataset." if most else ""),
    )
    return [one for one in re.split(r"[,;\s]+", typed) if one]


def _value(name: str, chosen: str) -> str | int | float:
    parameter = PARAMETERS[name]
    try:
        value: str | int | float = parameter.kind(chosen)
    except ValueError:
        kind = "a whole number" if parameter.kind is int else "a number"
        raise SpecError(f"{name}={chosen!r} is not {kind}; take it out, or write it in digits") from None
    return value
