"""Buttons on every chart: save it as PNG or SVG, and its data as CSV, made in the browser."""

import streamlit as st

from ucf_ui.components.source import source

# its styles are for the charts of the page, so they are not shut in
_toolbar = st.components.v2.component(
    "ucf_chart_toolbar",
    css=source("chart_toolbar.css"),
    js=source("chart_toolbar.js"),
    isolate_styles=False,
)


def chart_toolbar() -> None:
    """Once a page: it finds the charts by itself, also those that are drawn later."""
    _toolbar(key="chart-toolbar")
