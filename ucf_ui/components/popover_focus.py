"""What a popover shows is the next thing that the keyboard reaches, and not the last one on the page."""

from pathlib import Path

import streamlit as st

_focus = st.components.v2.component(
    "ucf_popover_focus",
    js=(Path(__file__).parent / "popover_focus.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def popover_focus() -> None:
    """Once a page: it notices the popovers that are opened."""
    _focus(key="popover-focus")
