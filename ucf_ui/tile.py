"""A figure in a frame: what it is, its value, and what stands beside it."""

import streamlit as st


def tile(label: str, value: str, beside: str | None = None, *, help: str) -> None:  # noqa: A002  Streamlit's word
    """Draw one; several in a horizontal container are equally high. `beside` is small, and neither good nor bad."""
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
