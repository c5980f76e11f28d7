"""Buttons on every chart: save it as PNG or SVG, and its data as CSV, made in the browser."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent

# its styles are for the charts of the page, so they are not shut in
_toolbar = st.components.v2.component(
    "ucf_chart_toolbar",
    css=(_HERE / "chart_toolbar.css").read_text(encoding="utf-8"),
    js=(_HERE / "chart_toolbar.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def chart_toolbar() -> None:
    """Once a page: it finds the charts by itself, also those that are drawn later."""
    _toolbar(key="chart-toolbar")
