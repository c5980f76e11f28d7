"""The baseline: settings that those of the Tuning page are compared with, by default the defaults; kept in the URL.

In the URL they are k-dim-ef, and k-dim-ef-M-ef_construction-weighting where the rest is not the default. A dim of 0
means raw ratings, an ef of 0 exact search.
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
_KEPT = "_baseline"


def picker(query: QuerySpec, explorer: Explorer) -> QuerySpec:
    """Show the baseline, with buttons to use the present settings or the defaults as one; returns the baseline."""
    default = _default(explorer)
    # the URL loses it on the way to another page and back, the session does not
    wanted = st.session_state.setdefault(_KEPT, str(st.query_params.get(_PARAMETER, "")))
    pinned = _from_text(wanted, explorer)
    url.keep(_PARAMETER, wanted if pinned else None, None)
    current = pinned or default
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Compared with {_sentence(current, explorer)}{' (pinned)' if pinned else ''}.")
        st.button(
            "Use as baseline",
            icon=":material/keep:",
            on_click=safely(_pin),
            args=(query, explorer),
            help="Compare with the settings as they are now, while you move on.",
        )
        if pinned:
            st.button(
                "Back to defaults",
                icon=":material/undo:",
                on_click=safely(_unpin),
                help="Compare with the defaults again.",
            )
    return current


def _sentence(query: QuerySpec, explorer: Explorer) -> str:
    return ", ".join(in_words(changed(query, {"dim": explorer.dim(query)}), always=("k", "dim", "ef")))


def _default(explorer: Explorer) -> QuerySpec:
    return QuerySpec(k=max(1, min(QuerySpec().k, explorer.ratings.n_users - 1)))


def _pin(query: QuerySpec, explorer: Explorer) -> None:
    st.session_state[_KEPT] = _to_text(query, explorer)


def _unpin() -> None:
    st.session_state[_KEPT] = ""


def _to_text(query: QuerySpec, explorer: Explorer) -> str:
    searched = query.ef if query.space == "raw" or query.chosen_engine == "hnsw" else 0
    start = f"{query.k}-{explorer.dim(query) or 0}-{searched}"
    usual, rest = QuerySpec(), (query.M, query.ef_construction, query.weighting)
    if rest == (usual.M, usual.ef_construction, usual.weighting):
        return start
    return "-".join(map(str, (start, *rest)))


def _from_text(text: str, explorer: Explorer) -> QuerySpec | None:
    """The pinned settings, or None for a text that is none or not possible with this dataset."""
    *numbers, weighting = text.split("-") if text.count("-") == 5 else (*text.split("-"), QuerySpec().weighting)
    if len(numbers) not in (3, 5) or not all(part.isascii() and part.isdigit() and len(part) < 8 for part in numbers):
        return None
    k, dim, ef, *graph = map(int, numbers)
    links, build_breadth = graph or (QuerySpec().M, QuerySpec().ef_construction)
    if (
        dim > (explorer.dim(QuerySpec(space="svd")) or 0)
        or links > LINKS.largest
        or build_breadth > BUILD_BREADTH.largest
    ):
        return None  # no slider goes there, and a link must not make a page wait for a larger embedding
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
        # an embedding of its own takes long to fit; another answers meanwhile
        quick = cache.is_quick(explorer, query)
        explorer.builds.check(query if quick else changed(query, {"weighting": QuerySpec().weighting}))
    except SpecError:
        return None
    return query
