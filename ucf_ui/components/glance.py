"""A few words that follow the press of a star at once: the browser asks for them itself, before the page has run."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ucf_ui.components.source import source

_glance = st.components.v2.component(
    "ucf_glance",
    css=source("glance.css"),
    js=source("kept_at.js", "glance.js"),
    isolate_styles=False,
)

_RUNS = "_glance_runs"


def glance(key: str, said: Mapping[str, Any], token: str, address: str) -> None:
    """Show what is `said`; after a press, what `address` answers to who has the `token`, until the page has run."""
    run = st.session_state[_RUNS] = st.session_state.get(_RUNS, 0) + 1
    _glance(key=key, data={"said": dict(said), "run": run, "token": token, "address": address})
