"""Small parts of a page that several pages draw."""

from typing import Any

import streamlit as st


def tile(label: str, value: str, beside: str | None = None, *, help: str | None = None) -> None:  # noqa: A002
    """Draw a number in a frame, with `beside` in small grey; tiles in a horizontal container are equally high."""
    looks: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off", "border": True, "height": "stretch"}
    st.metric(label, value, beside, **looks, help=help)


def copy_as_python(script: str) -> None:
    """Draw a button that shows `script`, from `ucf_ui.base.as_python`, with a button to copy it."""
    with st.popover(
        "Copy as Python",
        icon=":material/code:",
        help="Library calls that compute what this page shows, with the current settings.",
    ):
        st.caption(
            "A complete script, for a notebook or a file. It opens the same dataset and computes the same; settings at "
            "their defaults are left out."
        )
        st.code(script, language="python", wrap_lines=True)
