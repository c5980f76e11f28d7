"""Says once when its place on the page can be seen, or when the browser has had time for the rest."""

import streamlit as st

from ucf_ui.components.source import source
from ucf_ui.faults import safely

_sight = st.components.v2.component(
    "ucf_in_sight",
    js=source("in_sight.js"),
    isolate_styles=False,
)


def in_sight(key: str) -> None:
    """Run the fragment that this is in again at that moment."""
    _sight(key=key, on_seen_change=safely(_noticed))


def _noticed() -> None:
    """Streamlit hands over only what has a callback."""
