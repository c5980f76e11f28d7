"""Scripts that watch the whole page, and have nothing to show themselves."""

import streamlit as st

from ucf_ui.components.source import source

# the style sheet is for the charts of the page, so it is not isolated
_SCRIPTS = {
    name.replace("_", "-"): st.components.v2.component(
        f"ucf_{name}", css=css, js=source(f"{name}.js"), isolate_styles=False
    )
    for name, css in (("chart_toolbar", source("chart_toolbar.css")), ("popover_focus", None), ("page_changes", None))
}


def page_scripts() -> None:
    """Add them to a page, once a run: they find charts, popovers and links by themselves, also later ones."""
    for key, script in _SCRIPTS.items():
        script(key=key)
