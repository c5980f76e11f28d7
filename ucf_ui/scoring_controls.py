"""Controls that decide what the neighbours' ratings are made into."""

from dataclasses import dataclass

import streamlit as st

from ucf_core.explorer import Explorer
from ucf_core.ranking import RULES
from ucf_core.scoring import LEARNED_RANKINGS, RANKING, RANKINGS, Aggregation, Ranking, ScoringSpec
from ucf_core.specs import LENGTH, changed
from ucf_ui import inputs, settings, url
from ucf_ui.fragment import after_the_answer

_WIDTHS = (4, 3, 3)
_BESIDE = "against"
_LENGTH = "n"


@dataclass(frozen=True)
class ListChoice:
    """Which films are listed."""

    scoring: ScoringSpec
    n: int
    other: Ranking | None
    """The rule of a second list beside the first; None where there is none."""


def ranking_rule(label: str, key: str, *, optional: bool = False) -> Ranking | None:
    """Which rule orders the list; None only where it is optional."""
    default: Ranking | None = None if optional else RANKING.default
    url.seed(key, RANKINGS, default)
    chosen: Ranking | None = st.selectbox(
        label,
        RANKINGS,
        index=None if default is None else RANKINGS.index(default),
        format_func=lambda name: RULES[name].title,
        key=key,
        persist_state="session",
        placeholder="None",
        help="  \n".join(f"**{rule.title}**: {rule.explanation}" for rule in RULES.values()),
    )
    url.keep(key, chosen, default)
    return chosen or default


def list_length(explorer: Explorer) -> int:
    """How many films to list."""
    most, default = _longest(explorer), int(LENGTH.default)
    return inputs.slider(LENGTH.label, _LENGTH, largest=most, default=default, help=LENGTH.help)


def list_controls(explorer: Explorer, *, beside: bool = False) -> ListChoice:
    """Which list: its rule and length, with what belongs to the rule behind a button; with `beside`, a second rule.

    What somebody has set is in the session before the controls are drawn, so a fragment can answer first.
    """
    once = (_LENGTH, "min_support", "amplification", "significance", *([_BESIDE] if beside else []))
    after_the_answer(lambda: _draw(explorer, beside=beside), once=once)
    _, scoring = settings.present(explorer)
    other: Ranking | None = st.session_state[_BESIDE] if beside else None
    if not {scoring.ranking, other}.isdisjoint(LEARNED_RANKINGS):
        scoring = changed(scoring, {"neighbourhood": "global"})  # in both lists, so that they can be compared
    n: int = st.session_state.get(_LENGTH) or LENGTH.default
    return ListChoice(scoring, min(n, _longest(explorer)), other)


def _longest(explorer: Explorer) -> int:
    """The most films that a page lists."""
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
        _options(explorer, {ranking, other})


def _options(explorer: Explorer, rules: set[Ranking | None]) -> None:
    """What belongs to these rules, as far as it has an effect with one of them."""
    first, second, third = st.columns(_WIDTHS, gap="medium")
    with first:
        aggregation: Aggregation = inputs.control("aggregation")
    with second:
        inputs.control("min_support")
    if aggregation != "mean" or "damped" in rules:
        with third:
            inputs.control("shrinkage")
    by_weights = not rules.isdisjoint(LEARNED_RANKINGS)
    many = not settings.may_ask_each_item(explorer)
    first, second, third = st.columns(_WIDTHS, gap="medium")
    with first:
        note = "Not in a dataset of this size." if many else ""
        inputs.control("neighbourhood", disabled=by_weights or aggregation == "learned" or many, note=note)
    with second:
        inputs.control("amplification")
    with third:
        inputs.control("significance")
    ridges = [name for name, shown in (("ridge", by_weights), ("rating_ridge", aggregation == "learned")) if shown]
    for column, name in zip(st.columns(_WIDTHS, gap="medium") if ridges else (), ridges, strict=False):
        with column:
            inputs.control(name)
