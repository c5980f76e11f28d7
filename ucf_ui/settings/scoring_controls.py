"""Controls of ranking and predicted ratings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ucf_core.base.specs import LENGTH, changed
from ucf_core.explorer.explorer import Explorer
from ucf_core.recommendations.aggregations import AGGREGATIONS
from ucf_core.recommendations.rules import RULES
from ucf_core.recommendations.scoring import RANKING, ScoringSpec
from ucf_ui.base.fragment import after_the_answer
from ucf_ui.settings import settings
from ucf_ui.widgets import inputs, selection

_WIDTHS = (4, 3, 3)
_BESIDE = "against"
_LENGTH = "n"


@dataclass(frozen=True)
class ListChoice:
    """A list's scoring and length; `other` is the rule of a second list, None if there is none."""

    scoring: ScoringSpec
    n: int
    other: str | None


def ranking_rule(label: str, key: str, *, optional: bool = False) -> str | None:
    """Draw the choice of a ranking rule; returns its name, None only if it is optional."""
    default: str | None = None if optional else RANKING.default
    rules: list[str] = list(RANKING.choices)
    return selection.choice(label, rules, key=key, help=RANKING.explained, format_func=RANKING.text, default=default)


def list_length(explorer: Explorer) -> int:
    """Draw the slider of the list's length; returns it."""
    n: int = inputs.number(LENGTH, _LENGTH, largest=_longest(explorer))
    return n


def list_controls(explorer: Explorer, *, beside: bool = False) -> ListChoice:
    """Draw a list's rule, length and further settings; with `beside`, the choice of a second rule too.

    The session has the settings before the controls are drawn, so a fragment can answer first.
    """
    once = (_LENGTH, "min_support", "amplification", "significance", *([_BESIDE] if beside else []))
    after_the_answer(lambda: _draw(explorer, beside=beside), once=once)
    _, scoring = settings.present(explorer)
    other: str | None = st.session_state[_BESIDE] if beside else None
    if any(RULES[name].learned for name in (scoring.ranking, other) if name):
        scoring = changed(scoring, {"neighbourhood": "global"})  # in both lists, so that they can be compared
    n: int = st.session_state.get(_LENGTH) or LENGTH.default
    return ListChoice(scoring, min(n, _longest(explorer)), other)


def _longest(explorer: Explorer) -> int:
    """The length of the longest list that a page offers."""
    return min(int(LENGTH.largest), explorer.ratings.n_items)


def _draw(explorer: Explorer, *, beside: bool) -> None:
    columns = iter(st.columns(3 if beside else 2, gap="medium", vertical_alignment="bottom"))
    with next(columns):
        ranking = ranking_rule(RANKING.label, "ranking")
    other = None
    if beside:
        with next(columns):
            other = ranking_rule("Compare with", _BESIDE, optional=True)
    with next(columns):
        list_length(explorer)
    with st.expander("More settings: predicted rating, support, weights of neighbours", icon=":material/tune:"):
        _options(explorer, [name for name in (ranking, other) if name])


def _options(explorer: Explorer, rules: Sequence[str]) -> None:
    """Draw the settings that have an effect under one of these rules."""
    columns = st.columns(_WIDTHS, gap="medium")
    with columns[0]:
        aggregation: str = inputs.control("aggregation")
    made_by: list[Any] = [AGGREGATIONS[aggregation], *(RULES[name] for name in rules)]
    used = {name for one in made_by for name in one.uses}
    many = not settings.allows_item_neighbourhoods(explorer)
    note = "Not in a dataset of this size." if many else ""
    about: dict[str, dict[str, Any]] = {
        "neighbourhood": {"disabled": many or any(one.learned for one in made_by), "note": note}
    }

    def row(columns: Sequence[DeltaGenerator], *names: str) -> None:
        for column, name in zip(columns, names, strict=False):
            with column:
                inputs.control(name, **about.get(name, {}))

    row(columns[1:], "min_support", *({"shrinkage"} & used))
    row(st.columns(_WIDTHS, gap="medium"), "neighbourhood", "amplification", "significance")
    if ridges := [name for name in ("ridge", "rating_ridge") if name in used]:
        row(st.columns(_WIDTHS, gap="medium"), *ridges)
