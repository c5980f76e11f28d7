"""The settings that are compared with the present ones: a preset, or the visitor's own values."""

from typing import Literal, TypeAlias

import streamlit as st

from ucf_core.base.parameter import in_words
from ucf_core.base.specs import QuerySpec, Space, Weighting, changed
from ucf_core.explorer.explorer import Explorer
from ucf_core.explorer.presets import PRESETS, PresetName
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_ui.base import url
from ucf_ui.session import ready_query
from ucf_ui.settings import settings
from ucf_ui.settings.scoring_controls import ranking_rule
from ucf_ui.widgets import inputs

Beside: TypeAlias = PresetName | Literal["own"]

_DEFAULT: Beside = "best_lists"
_CHOICES: tuple[Beside, ...] = (*PRESETS, "own")


def choose() -> Beside:
    """Draw the box for side B; returns its choice."""
    url.seed("beside", _CHOICES, _DEFAULT)
    chosen: Beside = st.selectbox(
        "Side B",
        _CHOICES,
        format_func=lambda name: "My own" if name == "own" else PRESETS[name].title,
        key="beside",
        persist_state="session",
        help="What the present settings (side A) are compared with: a preset, or settings of your own.",
    )
    url.keep("beside", chosen, _DEFAULT)
    return chosen


def side_b(chosen: Beside, explorer: Explorer, query: QuerySpec, scoring: ScoringSpec) -> tuple[QuerySpec, ScoringSpec]:
    """The settings of side B, cut to what the dataset allows; `query` and `scoring` are those of side A."""
    if chosen == "own":
        return settings.within(explorer, *_own(explorer, query, scoring))
    return settings.within(explorer, PRESETS[chosen].query, PRESETS[chosen].scoring)


def _own(explorer: Explorer, query: QuerySpec, scoring: ScoringSpec) -> tuple[QuerySpec, ScoringSpec]:
    """Draw controls for six settings of side B; the others are those of side A."""
    above, below = st.columns(3, gap="medium"), st.columns(3, gap="medium")
    with below[0]:
        weighting: Weighting = inputs.control("weighting", side="b")
    with below[1]:
        space: Space = inputs.control("space", side="b")
    with below[2]:
        ranking = ranking_rule("Order by (B)", "b_ranking") or scoring.ranking
    with above[0]:
        k = inputs.control("k", side="b", largest=settings.most_neighbours(explorer))
    with above[1]:
        most = settings.most_dimensions(explorer, weighting)
        dim = inputs.control("dim", side="b", largest=most, disabled=space == "raw")
    with above[2]:
        ef = inputs.control("ef", side="b", disabled=space == "raw")
    engine = None if query.space == "raw" else query.engine
    chosen = {"k": k, "dim": dim, "ef": ef, "weighting": weighting, "space": space, "engine": engine}
    own = changed(query, chosen)
    asked = changed(scoring, {"ranking": ranking, "neighbourhood": "global"})
    return own, asked if asked.learns else changed(asked, {"neighbourhood": scoring.neighbourhood})


def settled_b(explorer: Explorer, query: QuerySpec, *, a_is_ready: bool) -> QuerySpec | None:
    """The settings that can answer for side B now, or None; one job at a time, that of side A first."""
    if a_is_ready:
        answers = ready_query.prepare(explorer, query)
    else:
        answers = ready_query.stand_in(explorer, query)
        if answers != query:
            st.caption(":material/hourglass_top: What side B needs is built after what side A needs.")
    return answers if answers.weighting == query.weighting else None


def sentence(query: QuerySpec, scoring: ScoringSpec) -> str:
    """The settings of one side that have an effect, in words."""
    of_query = in_words(query, always=("k", "dim", "ef", "weighting"))
    return ", ".join([*of_query, *in_words(scoring, always=("ranking", "aggregation"))])
