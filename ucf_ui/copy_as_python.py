"""Every view as the Python that makes it, to be copied."""

import streamlit as st


def popover(script: str) -> None:
    """A button that shows `script`, which comes from `ucf_core.as_python`, with Streamlit's button to copy it."""
    with st.popover(
        "Copy as Python",
        icon=":material/code:",
        help="The calls of the library that make what this page shows, with the present settings.",
    ):
        st.caption(
            "A whole script, for a notebook or a file. It opens the same dataset and asks the same; settings at their "
            "defaults are left out."
        )
        st.code(script, language="python", wrap_lines=True)
