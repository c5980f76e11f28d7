"""The settings that a tuned view is compared with: the defaults until somebody pins others; kept in the URL."""

import streamlit as st

from ucf_core.errors import SpecError
from ucf_core.explorer import Explorer
from ucf_core.specs import QuerySpec
from ucf_ui import url

_PARAMETER = "reference"
_KEPT = "_reference"


def picker(query: QuerySpec, explorer: Explorer) -> QuerySpec:
    """Say what the reference is, with buttons to pin the present settings or go back; returns the reference."""
    default = _default(explorer)
    # the URL loses it on the way to another page and back, the session does not
    wanted = st.session_state.setdefault(_KEPT, str(st.query_params.get(_PARAMETER, "")))
    pinned = _from_text(wanted, explorer)
    url.keep(_PARAMETER, wanted if pinned else None, None)
    current = pinned or default
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"Compared with k {current.k}, "
            + (f"dim {explorer.dim(current)}, ef {current.ef}" if current.space == "svd" else "raw ratings")
            + (" (pinned)." if pinned else ".")
        )
        st.button(
            "Pin present settings",
            icon=":material/keep:",
            on_click=_pin,
            args=(query, explorer),
            help="Compare with the settings as they are now, while you move on.",
        )
        if pinned:
            st.button(
                "Back to defaults", icon=":material/undo:", on_click=_unpin, help="Compare with the defaults again."
            )
    return current


def _default(explorer: Explorer) -> QuerySpec:
    return QuerySpec(k=max(1, min(QuerySpec().k, explorer.ratings.n_users - 1)))


def _pin(query: QuerySpec, explorer: Explorer) -> None:
    st.session_state[_KEPT] = f"{query.k}-{explorer.dim(query) or 0}-{query.ef}"


def _unpin() -> None:
    st.session_state[_KEPT] = ""


def _from_text(text: str, explorer: Explorer) -> QuerySpec | None:
    """The pinned settings, or None for a text that is not three numbers or not possible with this dataset."""
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 8 for part in parts):
        return None
    k, dim, ef = map(int, parts)
    if dim > (explorer.dim(QuerySpec()) or 0):
        return None  # no slider goes there, and a link must not make a page wait for a larger embedding
    try:
        query = QuerySpec(k=k, dim=dim or None, ef=ef, space="svd" if dim else "raw")
        explorer.builds.check(query)
    except SpecError:
        return None
    return query
