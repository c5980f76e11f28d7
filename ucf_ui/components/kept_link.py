"""A text that the browser keeps in its tab during a sign-in at another site, and gives back once."""

from typing import Any

import streamlit as st

from ucf_ui.base.faults import safely
from ucf_ui.components.source import source

# it has nothing to show, so it takes no room either; its container is outside of what its own styles would reach
_kept = st.components.v2.component(
    "ucf_kept_link",
    css=".st-key-kept-link { display: none; }",
    js=source("kept_link.js"),
    isolate_styles=False,
)


def keep_link(link: str | None) -> None:
    """Before signing in: keep this link in place of one kept before; None keeps that one."""
    _draw({"link": link, "signed_in": False})


def take_link(*, at_the_start: bool) -> object:
    """After signing in: what was kept, in one run only, and None in all others. A browser may send anything.

    Who is somewhere else than at the start has gone there meanwhile: what was kept is forgotten, and not sent.
    """
    return _draw({"signed_in": True, "at_the_start": at_the_start}).get("link")


def _draw(data: dict[str, Any]) -> Any:
    return _kept(key="kept-link", data=data, on_link_change=safely(_noticed))


def _noticed() -> None:
    """Streamlit hands over only what has a callback."""
