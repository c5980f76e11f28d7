"""One selected row: a table and a box that select the same id, stored in the URL."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import streamlit as st

from ucf_core.ratings.ids import RawId
from ucf_ui.base import url
from ucf_ui.base.faults import safely
from ucf_ui.widgets.tables import Table, fitting

Value = TypeVar("Value", bound=RawId)


def table(shown: Table, *, ids: Sequence[RawId], key: str, about: tuple[object, ...], height: int, alt: str) -> None:
    """Draw a table, at most `height` pixels high, in which a click on a row selects its id under `key`.

    `about` names the owner of the rows. While it is the same, new rows replace the old ones, which a browser shows much
    sooner, and scrolling and sorting stay; else the table is drawn afresh.
    """
    frame, looks = shown
    own_key = f"{key}-table-{hash(about)}"
    selected = st.session_state.get(key)
    rows = [ids.index(selected)] if selected in ids else []
    # Streamlit keeps the selected position, which may have another id now
    st.session_state[own_key] = {"selection": {"rows": rows, "columns": [], "cells": []}}

    def picked() -> None:
        # the browser also sends the selection that it was given, with any other change
        if st.session_state[own_key]["selection"]["rows"] != rows:
            _select(own_key, key, ids)

    st.dataframe(
        frame,
        column_config=looks,
        hide_index=True,
        height=fitting(frame, height),
        key=own_key,
        on_select=safely(picked),
        selection_mode="single-row",
        alt=alt,
        placeholder="",
    )


def choice(
    label: str,
    ids: Sequence[Value],
    *,
    key: str,
    help: str,  # noqa: A002  Streamlit's word
    format_func: Callable[[Value], str] = str,
    default: Value | None = None,
    linked: bool = True,
) -> Value | None:
    """Draw a box to choose one of the ids; returns it, or None. The URL has it under `key`, unless `linked` is false.

    With a `default`, there is always a choice. Draw the box before its table, in a container below it if need be, so
    that the table knows the row that a link selects.
    """
    if linked:
        url.seed(key, ids, default)
    elif st.session_state.get(key) not in ids:
        st.session_state[key] = default
    chosen: Value | None = st.selectbox(
        label,
        ids,
        index=None if default is None else ids.index(default),
        format_func=format_func,
        key=key,
        persist_state="session",
        placeholder="None",
        help=help,
    )
    if linked:
        url.keep(key, chosen, default)
    return default if chosen is None else chosen


def _select(own_key: str, key: str, ids: Sequence[RawId]) -> None:
    rows = st.session_state[own_key]["selection"]["rows"]
    # a click may come from a row that is no longer there
    st.session_state[key] = ids[rows[0]] if rows and rows[0] < len(ids) else None
