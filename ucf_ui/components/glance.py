"""A few words that follow the press of a star at once: the browser asks for them itself, before the page has run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent

_glance = st.components.v2.component(
    "ucf_glance",
    css=(_HERE / "glance.css").read_text(encoding="utf-8"),
    js=(_HERE / "glance.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)

_RUNS = "_glance_runs"


def glance(key: str, said: Mapping[str, Any], token: str, address: str) -> None:
    """Show what is `said`; after a press, what `address` answers to who has the `token`, until the page has run."""
    run = st.session_state[_RUNS] = st.session_state.get(_RUNS, 0) + 1
    _glance(key=key, data={"said": dict(said), "run": run, "token": token, "address": address})
