"""A link that the browser stores in its tab during a sign-in at another site, and sends back once."""

from typing import Any

import streamlit as st

from ucf_ui.base.faults import safely
from ucf_ui.components.source import source

# it shows nothing and takes no room; its container is outside of the reach of isolated styles
_store = st.components.v2.component(
    "ucf_kept_link",
    css=".st-key-kept-link { display: none; }",
    js=source("kept_link.js"),
    isolate_styles=False,
)


def keep_link(link: str | None) -> None:
    """Before sign-in: store this link in place of an earlier one; None leaves that one."""
    _draw({"link": link, "signed_in": False})


def take_link(*, at_the_start: bool) -> object:
    """After sign-in: the stored link, in one run only, and None in all others. A browser may send anything.

    A user who is no longer at the start has gone elsewhere: the browser then deletes the link, and does not send it.
    """
    return _draw({"signed_in": True, "at_the_start": at_the_start}).get("link")


def _draw(data: dict[str, Any]) -> Any:
    return _store(key="kept-link", data=data, on_link_change=safely(_noticed))


def _noticed() -> None:
    """Streamlit only returns what has a callback."""
