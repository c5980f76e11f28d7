"""The frame around every page: navigation, sign-in, deep links and errors."""

import logging
from pathlib import Path

import streamlit as st

from ucf_core.base import logs
from ucf_ui.base.faults import callback_errors_shown, errors_shown
from ucf_ui.base.pages import ENTRIES, OVERVIEW, SECTIONS, Entry
from ucf_ui.components.kept_link import keep_link, take_link
from ucf_ui.components.page_scripts import page_scripts
from ucf_ui.session import sidebar
from ucf_ui.shell import auth, deep_link, prefetch
from ucf_ui.shell.deep_link import Link

_ASSETS = Path(__file__).parent / "assets"
_VIA_APP = "_reached_through_app"
_log = logging.getLogger(__name__)


def run() -> None:
    """Run the app: page settings, navigation, sidebar, then the chosen page, or the sign-in page."""
    logs.configure()
    _configure()
    st.html(_ASSETS / "page.css")
    page_scripts()
    st.logo(str(_ASSETS / "logo.svg"), size="large")
    with callback_errors_shown():
        if auth.admitted():
            _run_chosen()
        else:
            chosen = st.navigation([_page(entry) for entry in ENTRIES], position="hidden")
            keep_link(deep_link.written(Link(chosen.url_path, st.query_params.to_dict())))
            auth.show_sign_in()


def _run_chosen() -> None:
    chosen = st.navigation({section: [_page(entry) for entry in entries] for section, entries in SECTIONS.items()})
    if auth.required():
        _follow_stored_link(chosen)
    with logs.slow_noted(_log, chosen.title):
        with st.sidebar, errors_shown("sidebar"):
            sidebar.sidebar()
            auth.sidebar()
        st.session_state[_VIA_APP] = True
        with errors_shown(chosen.title):
            chosen.run()
    prefetch.begin()


def _follow_stored_link(chosen: st.Page) -> None:
    """After sign-in, switch to the page of the stored deep link: providers return users to the first page."""
    pages = {page.url_path: page for page in map(_page, ENTRIES)}
    at_the_start = chosen.url_path == "" and not st.query_params
    link = deep_link.read(take_link(at_the_start=at_the_start), pages)
    if link is None or not at_the_start:
        return
    for name in deep_link.PARAMETERS:  # values that the first page has set would override the link
        st.session_state.pop(name, None)
    st.switch_page(pages[link.page], query_params=link.parameters)


def guard() -> None:
    """Rerun through app.py if a fresh server runs a page's script directly; the first line of every page.

    With a folder named pages/, Streamlit does so for deep links until some session has called st.navigation.
    """
    if not st.session_state.pop(_VIA_APP, False):
        _configure()
        st.navigation([_page(entry) for entry in ENTRIES], position="hidden")
        st.rerun()


def header(entry: Entry, lead: str | None = None) -> None:
    """Draw a page's title and one sentence on its purpose."""
    st.title(entry.title, anchor=False)
    st.caption(lead or entry.purpose)


def _configure() -> None:
    # without this icon the browser would fetch one from Google
    st.set_page_config(page_title="UCF Explorer", page_icon=str(_ASSETS / "icon.png"), layout="wide")


def _page(entry: Entry) -> st.Page:
    return st.Page(entry.path, title=entry.title, icon=entry.icon, default=entry is OVERVIEW)
