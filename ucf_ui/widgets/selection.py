"""One selected row: a table to click in and a box to choose from, kept together and in the URL."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from ucf_core.ratings.ids import RawId
from ucf_ui.base import url
from ucf_ui.base.faults import safely


def table(
    frame: pd.DataFrame,
    looks: dict[str, Any],
    *,
    ids: Sequence[RawId],
    key: str,
    about: tuple[object, ...],
    height: int,
    alt: str,
    placeholder: str = "",
) -> None:
    """A table in which clicking a row selects its id under `key`; `placeholder` stands in cells without a value.

    `about` is whose rows they are. For other ones the table begins anew; as long as it is the same, new rows take the
    place of the old, which a browser shows much sooner, and the table stays scrolled and sorted as it was. Streamlit
    would keep the selected position then, which may hold another id now: so it is told which row it is.
    """
    own_key = f"{key}-table-{hash(about)}"
    selected = st.session_state.get(key)
    rows = [ids.index(selected)] if selected in ids else []
    # told each time, so that it does not depend on what a browser has heard of earlier runs
    st.session_state[own_key] = {"selection": {"rows": rows, "columns": [], "cells": []}}

    def picked() -> None:
        # the browser also sends back what it was told, with whatever else somebody has changed
        if st.session_state[own_key]["selection"]["rows"] != rows:
            _take_over(own_key, key, ids)

    st.dataframe(
        frame,
        column_config=looks,
        hide_index=True,
        height=height,
        key=own_key,
        on_select=safely(picked),
        selection_mode="single-row",
        alt=alt,
        placeholder=placeholder,
    )


def choice(
    label: str,
    ids: Sequence[RawId],
    *,
    key: str,
    help: str,  # noqa: A002  Streamlit's word
    format_func: Callable[[RawId], str] = str,
) -> RawId | None:
    """A box to choose one of the ids, None while nothing is chosen; its value is in the URL under `key`.

    Draw it before the table (in a container further down, where that reads better), so that the table knows which row
    a link has selected.
    """
    url.seed(key, ids, None)
    chosen: RawId | None = st.selectbox(
        label,
        ids,
        index=None,
        format_func=format_func,
        key=key,
        persist_state="session",
        placeholder="None",
        help=help,
    )
    url.keep(key, chosen, None)
    return chosen


def unlinked_choice(
    label: str,
    ids: Sequence[RawId],
    *,
    key: str,
    help: str,  # noqa: A002  Streamlit's word
    format_func: Callable[[RawId], str] = str,
) -> RawId | None:
    """`choice` for what must not get into the URL."""
    if st.session_state.get(key) not in ids:
        st.session_state[key] = None
    chosen: RawId | None = st.selectbox(
        label, ids, index=None, format_func=format_func, key=key, placeholder="None", help=help
    )
    return chosen


def _take_over(own_key: str, key: str, ids: Sequence[RawId]) -> None:
    rows = st.session_state[own_key]["selection"]["rows"]
    # a click may come from rows that have given way to fewer ones meanwhile
    st.session_state[key] = ids[rows[0]] if rows and rows[0] < len(ids) else None
