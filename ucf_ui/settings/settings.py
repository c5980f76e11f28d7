"""The settings of every page as a whole: set all of them at once, or read them where no control is drawn.

Each setting lives in the session under the name of its field in QuerySpec or ScoringSpec, which is the key of its
widget and, in the URL, its parameter.
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

# Up to so many users, all of them are compared with one user, and their ratings gone through, in less than a second.
_ASKED_FOR_EACH_ITEM = 20_000


def use(query: QuerySpec, scoring: ScoringSpec) -> None:
    """Make these the settings of every page; only from a widget's callback.

    What a dataset does not allow, such as a k beyond its users, is cut to what it does when it is read.
    """
    for spec, names in ((query, _QUERY), (scoring, _SCORING)):
        for name in names:
            value = getattr(spec, name)
            st.session_state[name] = PARAMETERS[name].default if value is None else value


def present(explorer: Explorer) -> tuple[QuerySpec, ScoringSpec]:
    """What is set now, within what the dataset allows; the default of each setting that nobody has touched.

    Takes no longer than a page may wait: in a large dataset an embedding that is not there yet is not asked for.
    """
    chosen = _kept(_SCORING)
    scope = {"neighbourhood": chosen.get("neighbourhood", NEIGHBOURHOOD.default)}
    scoring = ScoringSpec(**chosen | {"neighbourhood": "global"})
    if not scoring.learns:  # learned weights belong to the user's own neighbours
        scoring = changed(scoring, scope)
    return within(explorer, QuerySpec(**_kept(_QUERY)), scoring)


def within(explorer: Explorer, query: QuerySpec, scoring: ScoringSpec) -> tuple[QuerySpec, ScoringSpec]:
    """These settings as they are once they are used: cut to what the dataset allows, and nothing left to defaults."""
    query = changed(
        query,
        {
            "k": min(query.k, most_neighbours(explorer)),
            "dim": max(min(query.dim or DEFAULT_DIM, most_dimensions(explorer, query.weighting)), _fewest(explorer)),
            "engine": "exact" if query.space == "raw" else query.chosen_engine,
        },
    )
    return query, scoring if may_ask_each_item(explorer) else changed(scoring, {"neighbourhood": "global"})


def most_neighbours(explorer: Explorer) -> int:
    """The largest k that a page offers, at least 1."""
    return min(max(explorer.ratings.n_users - 1, 1), int(K.largest))


def may_ask_each_item(explorer: Explorer) -> bool:
    """Whether a page can wait while each item is judged by its own nearest raters, out of all users."""
    return explorer.ratings.n_users <= _ASKED_FOR_EACH_ITEM


def most_dimensions(explorer: Explorer, weighting: Weighting) -> int:
    """The largest dim that a page offers, at least 1."""
    if cache.is_quick(explorer, QuerySpec(space="svd", engine="exact", weighting=weighting)):
        with suppress(SpecError):  # nothing to embed under this weighting: who asks for neighbours is told
            return explorer.dim(QuerySpec(space="svd", weighting=weighting)) or 1
    return explorer.dim(QuerySpec(space="svd")) or 1


def _fewest(explorer: Explorer) -> int:
    """The smallest dim that a page offers."""
    return min(explorer.builds.dims, default=1)


def _kept(names: tuple[str, ...]) -> dict[str, Any]:
    """What the session has, and from a link what its controls, drawn later or not at all, have not taken up yet."""
    kept = {name: st.session_state[name] for name in names if st.session_state.get(name) is not None}
    linked = {name: PARAMETERS[name].read(st.query_params[name]) for name in names if name in st.query_params}
    return {name: value for name, value in linked.items() if value is not None} | kept
