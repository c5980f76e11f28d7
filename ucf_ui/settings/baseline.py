"""The baseline: the settings that the Tuning page compares with, the defaults unless others are pinned.

The URL has k-dim-ef, or k-dim-ef-M-ef_construction-weighting if one of those is not the default. A dim of 0 means raw
ratings, an ef of 0 exact search.
"""

import streamlit as st

from ucf_core.base.errors import SpecError
from ucf_core.base.parameter import in_words
from ucf_core.base.specs import BUILD_BREADTH, LINKS, QuerySpec, changed
from ucf_core.explorer.explorer import Explorer
from ucf_ui.base import url
from ucf_ui.base.faults import safely
from ucf_ui.session import cache

_PARAMETER = "reference"  # as links have it
_PINNED = "_baseline"


def picker(query: QuerySpec, explorer: Explorer) -> QuerySpec:
    """Show the baseline, with buttons to pin the present settings or go back to the defaults; returns the baseline."""
    # the URL loses it on the way to another page and back, the session does not
    wanted = st.session_state.setdefault(_PINNED, str(st.query_params.get(_PARAMETER, "")))
    pinned = _from_text(wanted, explorer)
    url.keep(_PARAMETER, wanted if pinned else None, None)
    current = pinned or QuerySpec(k=max(1, min(QuerySpec().k, explorer.ratings.n_users - 1)))
    words = in_words(changed(current, {"dim": explorer.dim(current)}), always=("k", "dim", "ef"))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Compared with {', '.join(words)}{' (pinned)' if pinned else ''}.")
        st.button(
            "Use as baseline",
            icon=":material/keep:",
            on_click=safely(_pin, _to_text(query, explorer)),
            help="Compare with the current settings while you change them.",
        )
        if pinned:
            st.button(
                "Back to defaults",
                icon=":material/undo:",
                on_click=safely(_pin, ""),
                help="Compare with the defaults again.",
            )
    return current


def _pin(settings: str) -> None:
    st.session_state[_PINNED] = settings


def _to_text(query: QuerySpec, explorer: Explorer) -> str:
    searched = query.ef if query.space == "raw" or query.chosen_engine == "hnsw" else 0
    start = f"{query.k}-{explorer.dim(query) or 0}-{searched}"
    usual, rest = QuerySpec(), (query.M, query.ef_construction, query.weighting)
    if rest == (usual.M, usual.ef_construction, usual.weighting):
        return start
    return "-".join(map(str, (start, *rest)))


def _from_text(text: str, explorer: Explorer) -> QuerySpec | None:
    """The pinned settings; None for a text that has none, or none that the dataset allows."""
    *numbers, weighting = text.split("-") if text.count("-") == 5 else (*text.split("-"), QuerySpec().weighting)
    if len(numbers) not in (3, 5) or not all(part.isascii() and part.isdigit() and len(part) < 8 for part in numbers):
        return None
    k, dim, ef, *graph = map(int, numbers)
    links, build_breadth = graph or (QuerySpec().M, QuerySpec().ef_construction)
    bounds = ((dim, explorer.dim(QuerySpec(space="svd")) or 0), (links, LINKS.largest))
    if any(value > most for value, most in (*bounds, (build_breadth, BUILD_BREADTH.largest))):
        return None  # beyond the sliders: a link must not make a page wait for a larger embedding or graph
    try:
        query = QuerySpec(
            k=k,
            dim=dim or None,
            ef=ef or QuerySpec().ef,
            space="svd" if dim else "raw",
            engine="exact" if dim and not ef else None,
            M=links,
            ef_construction=build_breadth,
            weighting=weighting,  # type: ignore[arg-type]  # checked by the spec
        )
        # do not wait for the embedding of another weighting
        quick = cache.is_quick(explorer, query)
        explorer.builds.check(query if quick else changed(query, {"weighting": QuerySpec().weighting}))
    except SpecError:
        return None
    return query
