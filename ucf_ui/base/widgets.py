"""Small parts of a page that several pages draw."""

import streamlit as st


def tile(label: str, value: str, beside: str | None = None, *, help: str) -> None:  # noqa: A002  Streamlit's word
    """Draw a figure in a frame; several in a horizontal container are equally high. `beside` is small, and neutral."""
    st.metric(
        label,
        value,
        beside,
        delta_color="off",
        delta_arrow="off",
        border=True,
        height="stretch",
        help=help,
    )


def copy_as_python(script: str) -> None:
    """A button that shows `script`, which comes from `ucf_ui.base.as_python`, with Streamlit's button to copy it."""
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
