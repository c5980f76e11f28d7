"""The browser's way from page to page: what was typed last is not lost on it, and "back" leaves a page at once."""

import streamlit as st

from ucf_ui.components.source import source

_changes = st.components.v2.component(
    "ucf_page_changes",
    js=source("page_changes.js"),
    isolate_styles=False,
)


def page_changes() -> None:
    """Once a page: it minds links and the history of the tab."""
    _changes(key="page-changes")
