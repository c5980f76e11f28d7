"""The settings that all pages share: set all of them, or read them without drawing a control.

The name of a field in QuerySpec or ScoringSpec is the key of its widget in the session, and its parameter in the URL.
"""

from contextlib import suppress
from typing import Any

import streamlit as st

from ucf_core.base.errors import SpecError
from ucf_core.base.parameter import parameters
from ucf_core.base.specs import DEFAULT_DIM, K, QuerySpec, Weighting, changed
from ucf_core.explorer.explorer import Explorer
from ucf_core.recommendations.scoring import NEIGHBOURHOOD, PARAMETERS, ScoringSpec
from ucf_ui.session import cache

_QUERY = tuple(name for name in parameters(QuerySpec) if name != "seed")
_SCORING = tuple(parameters(ScoringSpec))
NAMES = (*_QUERY, *_SCORING)

# Up to so many users, similarities to all of them and a pass over their ratings take less than a second.
_MOST_FOR_ITEM_NEIGHBOURHOODS = 20_000


def use(query: QuerySpec, scoring: ScoringSpec) -> None:
    """Set the settings of every page; only from a widget's callback. `present` cuts them to what a dataset allows."""
    for spec, names in ((query, _QUERY), (scoring, _SCORING)):
        for name in names:
            value = getattr(spec, name)
            st.session_state[name] = PARAMETERS[name].default if value is None else value


def present(explorer: Explorer) -> tuple[QuerySpec, ScoringSpec]:
    """The settings now, within what the dataset allows; computes no embedding of a large dataset."""
    chosen = _chosen(_SCORING)
    scope = {"neighbourhood": chosen.get("neighbourhood", NEIGHBOURHOOD.default)}
    scoring = ScoringSpec(**chosen | {"neighbourhood": "global"})
    if not scoring.learns:  # learned weights belong to the user's own neighbours
        scoring = changed(scoring, scope)
    return within(explorer, QuerySpec(**_chosen(_QUERY)), scoring)


def within(explorer: Explorer, query: QuerySpec, scoring: ScoringSpec) -> tuple[QuerySpec, ScoringSpec]:
    """These settings cut to what the dataset allows, with dim and engine filled in."""
    dim = min(query.dim or DEFAULT_DIM, most_dimensions(explorer, query.weighting))
    query = changed(
        query,
        {
            "k": min(query.k, most_neighbours(explorer)),
            "dim": max(dim, min(explorer.builds.dims, default=1)),
            "engine": "exact" if query.space == "raw" else query.chosen_engine,
        },
    )
    return query, scoring if allows_item_neighbourhoods(explorer) else changed(scoring, {"neighbourhood": "global"})


def most_neighbours(explorer: Explorer) -> int:
    """The largest k that a page offers, at least 1."""
    return min(max(explorer.ratings.n_users - 1, 1), int(K.largest))


def allows_item_neighbourhoods(explorer: Explorer) -> bool:
    """Whether predicting each item from its own nearest raters takes less than a second."""
    return explorer.ratings.n_users <= _MOST_FOR_ITEM_NEIGHBOURHOODS


def most_dimensions(explorer: Explorer, weighting: Weighting) -> int:
    """The largest dim that a page offers, at least 1."""
    if cache.is_quick(explorer, QuerySpec(space="svd", engine="exact", weighting=weighting)):
        with suppress(SpecError):  # nothing to embed under this weighting: the search says so
            return explorer.dim(QuerySpec(space="svd", weighting=weighting)) or 1
    return explorer.dim(QuerySpec(space="svd")) or 1


def _chosen(names: tuple[str, ...]) -> dict[str, Any]:
    """Settings from the session, and those from the link whose controls are not drawn yet."""
    chosen = {name: st.session_state[name] for name in names if st.session_state.get(name) is not None}
    linked = {name: PARAMETERS[name].read(st.query_params[name]) for name in names if name in st.query_params}
    return {name: value for name, value in linked.items() if value is not None} | chosen
