"""What a popover shows is the next thing that the keyboard reaches, and not the last one on the page."""

import streamlit as st

from ucf_ui.components.source import source

_focus = st.components.v2.component(
    "ucf_popover_focus",
    js=source("popover_focus.js"),
    isolate_styles=False,
)


def popover_focus() -> None:
    """Once a page: it notices the popovers that are opened."""
    _focus(key="popover-focus")
