"""The other settings that the present ones are held against: a preset, or some of one's own."""

from typing import Literal, TypeAlias

import streamlit as st

from ucf_core.aggregations import AGGREGATIONS
from ucf_core.explorer import Explorer
from ucf_core.presets import PRESETS, PresetName
from ucf_core.rules import RULES
from ucf_core.scoring import ScoringSpec
from ucf_core.specs import QuerySpec, Space, Weighting, changed
from ucf_ui import controls, inputs, jobs, settings, url

Beside: TypeAlias = PresetName | Literal["own"]

_DEFAULT: Beside = "best_lists"
_CHOICES: tuple[Beside, ...] = (*PRESETS, "own")
_NEIGHBOURS = (*range(1, 61), *range(65, 101, 5), *range(110, 201, 10), *range(225, 401, 25), *range(450, 1001, 50))
_MOST_EF = 600
WEIGHTINGS: dict[Weighting, str] = {"raw": "As given", "centred": "Centred", "residual": "Residual"}


def choose() -> Beside:
    """The box for side B."""
    url.seed("beside", _CHOICES, _DEFAULT)
    chosen: Beside = st.selectbox(
        "Side B",
        _CHOICES,
        format_func=lambda name: "My own" if name == "own" else PRESETS[name].title,
        key="beside",
        persist_state="session",
        help="What the present settings (side A) are held against: a preset, or settings of your own.",
    )
    url.keep("beside", chosen, _DEFAULT)
    return chosen


def side_b(chosen: Beside, explorer: Explorer, query: QuerySpec, scoring: ScoringSpec) -> tuple[QuerySpec, ScoringSpec]:
    """The settings of side B, within what the dataset allows, with controls for one's own; A is `query`, `scoring`."""
    if chosen != "own":
        preset = PRESETS[chosen]
        return settings.within(explorer, preset.query, preset.scoring)
    return settings.within(explorer, *_own(explorer, query, scoring))


def _own(explorer: Explorer, query: QuerySpec, scoring: ScoringSpec) -> tuple[QuerySpec, ScoringSpec]:
    """Six settings of side B; what has no control here is as on side A."""
    above, below = st.columns(3, gap="medium"), st.columns(3, gap="medium")
    with below[0]:
        weighting = inputs.segments(
            "Weigh ratings (B)",
            WEIGHTINGS,
            key="b_weighting",
            help="What users are compared by: ratings as given, less their user's mean, or less what user and film "
            "averages suggest.",
        )
    with below[1]:
        space: Space = inputs.segments(
            "Compare users by (B)",
            controls.SPACES,
            key="b_space",
            help="SVD embedding: by their strongest factors. Raw ratings: by the rating rows themselves.",
        )
    with below[2]:
        ranking = controls.ranking_rule("Order by (B)", "b_ranking") or scoring.ranking
    most = settings.most_neighbours(explorer)
    with above[0]:
        k = inputs.steps(
            "Neighbours (k, B)",
            "b_k",
            (*_NEIGHBOURS, most),
            lowest=1,
            largest=most,
            default=50,
            help="How many of the most similar users have a say on side B.",
        )
    with above[1]:
        dim = inputs.slider(
            "Dimensions (dim, B)",
            "b_dim",
            largest=settings.most_dimensions(explorer, weighting),
            default=128,
            disabled=space == "raw",
            help="How many of the strongest SVD factors describe a user on side B.",
        )
    with above[2]:
        ef = inputs.slider(
            "Search breadth (ef, B)",
            "b_ef",
            largest=_MOST_EF,
            default=128,
            disabled=space == "raw",
            help="How many candidates the HNSW index keeps while it searches on side B.",
        )
    own = changed(
        query,
        {
            "k": k,
            "dim": dim,
            "ef": ef,
            "weighting": weighting,
            "space": space,
            "engine": None if query.space == "raw" else query.engine,
        },
    )
    asked = changed(scoring, {"ranking": ranking, "neighbourhood": "global"})
    return own, asked if asked.learns else changed(asked, {"neighbourhood": scoring.neighbourhood})


def settled_b(explorer: Explorer, query: QuerySpec, *, a_is_ready: bool) -> QuerySpec | None:
    """What answers for side B; None while nothing is there that is fit to be called so.

    One job at a time: that of side B is begun when side A has what it needs.
    """
    if a_is_ready:
        answers = jobs.settled(explorer, query)
    else:
        answers = jobs.exact_unless_ready(explorer, query)
        if answers != query:
            st.caption(":material/hourglass_top: What side B needs comes after what side A needs.")
    return answers if answers.weighting == query.weighting else None


def in_words(query: QuerySpec, scoring: ScoringSpec) -> str:
    """The settings of one side that have an effect."""
    usual_query, usual = QuerySpec(), ScoringSpec()
    said = [f"k {query.k}"]
    if query.space == "raw":
        said.append("raw ratings")
    else:
        said.append(f"dim {query.dim}")
        said.append("exact search" if query.chosen_engine == "exact" else f"ef {query.ef}")
        if query.chosen_engine == "hnsw":
            built = ("M", "ef_construction")
            said += [
                f"{name} {value}" for name in built if (value := getattr(query, name)) != getattr(usual_query, name)
            ]
    said.append(f"ratings {WEIGHTINGS[query.weighting].lower()}")
    said.append(f"list by {RULES[scoring.ranking].title.lower()}")
    said.append(f"predicted rating: {AGGREGATIONS[scoring.aggregation].title.lower()}")
    for name, title in (
        ("min_support", "minimum support"),
        ("shrinkage", "shrinkage"),
        ("amplification", "amplification"),
        ("significance", "significance"),
        ("ridge", "ridge of the list"),
        ("rating_ridge", "ridge of the ratings"),
    ):
        value = getattr(scoring, name)
        if value != getattr(usual, name) and name not in scoring.unused:
            said.append(f"{title} {value:g}")
    if scoring.neighbourhood == "per_item":
        said.append("each film judged by its own nearest raters")
    return ", ".join(said)
