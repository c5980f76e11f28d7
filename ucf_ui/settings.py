"""The settings of every page as a whole: set all of them at once, or read them where no control is drawn.

Each setting lives in the session under the name of its field in QuerySpec or ScoringSpec, which is the key of its
widget and, in the URL, its parameter.
"""

from contextlib import suppress
from dataclasses import fields
from typing import Any

import streamlit as st

from ucf_core.errors import SpecError
from ucf_core.explorer import Explorer
from ucf_core.specs import DEFAULT_DIM, ENGINES, WEIGHTINGS, QuerySpec, ScoringSpec
from ucf_ui import cache

_QUERY = tuple(known.name for known in fields(QuerySpec) if known.name != "seed")
_SCORING = tuple(known.name for known in fields(ScoringSpec))


def use(query: QuerySpec, scoring: ScoringSpec) -> None:
    """Make these the settings of every page; only from a widget's callback.

    What a dataset does not allow, such as a k beyond its users, is cut to what it does when it is read.
    """
    for spec, names in ((query, _QUERY), (scoring, _SCORING)):
        for name in names:
            st.session_state[name] = getattr(spec, name)
    st.session_state["dim"] = query.dim or DEFAULT_DIM
    st.session_state["engine"] = query.engine or ENGINES[0]


def present(explorer: Explorer) -> tuple[QuerySpec, ScoringSpec]:
    """What is set now, within what the dataset allows; the default of each setting that nobody has touched.

    Takes no time: an embedding that is not there yet is not asked for.
    """
    return _query(explorer), _scoring()


def _query(explorer: Explorer) -> QuerySpec:
    kept = _kept(_QUERY)
    kept["k"] = min(kept.get("k", QuerySpec().k), most_neighbours(explorer))
    kept["dim"] = min(kept.get("dim", DEFAULT_DIM), most_dimensions(explorer))
    if kept.get("space") == "raw":
        kept["engine"] = "exact"
    return QuerySpec(**{"engine": ENGINES[0], **kept})


def _scoring() -> ScoringSpec:
    kept = _kept(_SCORING)
    if "learned" in (kept.get("ranking"), kept.get("aggregation")):
        kept["neighbourhood"] = "global"  # learned weights belong to the user's own neighbours
    return ScoringSpec(**kept)


def most_neighbours(explorer: Explorer) -> int:
    """The largest k that the dataset allows, at least 1."""
    return max(explorer.ratings.n_users - 1, 1)


def most_dimensions(explorer: Explorer) -> int:
    """The largest dim that a page offers under the weighting that is set, at least 1."""
    weighting = st.session_state.get("weighting") or WEIGHTINGS[0]
    if cache.is_quick(explorer, QuerySpec(engine="exact", weighting=weighting)):
        with suppress(SpecError):  # nothing to embed under this weighting: who asks for neighbours is told
            return explorer.dim(QuerySpec(weighting=weighting)) or 1
    return explorer.dim(QuerySpec()) or 1


def _kept(names: tuple[str, ...]) -> dict[str, Any]:
    return {name: st.session_state[name] for name in names if st.session_state.get(name) is not None}
