"""The frame around every page: the page list, the router, the guard for deep links, and how errors are shown."""

import logging
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from ucf_core import logs
from ucf_ui import auth, deep_link, state
from ucf_ui.components.chart_toolbar import chart_toolbar
from ucf_ui.components.kept_link import keep_link, take_link
from ucf_ui.components.page_changes import page_changes
from ucf_ui.components.popover_focus import popover_focus
from ucf_ui.deep_link import Link
from ucf_ui.faults import errors_shown as errors_shown
from ucf_ui.faults import kept_shown
from ucf_ui.fragment import fragment as fragment

_ASSETS = Path(__file__).parent / "assets"
_VIA_APP = "_reached_through_app"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """One page of the app, as the navigation and the overview show it."""

    path: str
    title: str
    icon: str
    section: str
    purpose: str


OVERVIEW = Entry("pages/overview.py", "Overview", ":material/home:", "Explore", "What this dataset is, at a glance.")
NEIGHBOURS = Entry(
    "pages/neighbours.py",
    "Neighbours",
    ":material/group:",
    "Explore",
    "A user, the most similar users, and the films they share.",
)
RECOMMENDATIONS = Entry(
    "pages/recommendations.py",
    "Recommendations",
    ":material/movie:",
    "Explore",
    "What the neighbours suggest, by which rule, and on what evidence.",
)
COMPARE = Entry(
    "pages/compare.py",
    "Compare",
    ":material/compare_arrows:",
    "Explore",
    "Two users side by side, or two settings for one user.",
)
MAP = Entry(
    "pages/map.py",
    "Map",
    ":material/map:",
    "Explore",
    "All users in two dimensions: the crowd, a user in it, the neighbours, and those that the index missed.",
)
YOUR_TASTE = Entry(
    "pages/your_taste.py",
    "Your taste",
    ":material/favorite:",
    "Explore",
    "Rate films or upload an export, and see your own neighbours and recommendations at once.",
)
TUNING = Entry(
    "pages/tuning.py",
    "Tuning",
    ":material/tune:",
    "Judge",
    "Move k, dim and ef, and see at once what it does to quality and speed.",
)
EVALUATION = Entry(
    "pages/evaluation.py",
    "Evaluation",
    ":material/experiment:",
    "Judge",
    "Measure settings on held-out ratings, beside baselines, and use what is best.",
)
DIAGNOSTICS = Entry(
    "pages/diagnostics.py",
    "Diagnostics",
    ":material/stethoscope:",
    "Judge",
    "See what averages hide: hubs, empty similarities, users whom the index serves badly, a pull to the popular.",
)
INDEX = Entry(
    "pages/index_inspector.py",
    "Index",
    ":material/account_tree:",
    "Judge",
    "Look into the HNSW graph, and follow one search through its layers, step by step.",
)
DATA = Entry(
    "pages/data.py",
    "Data",
    ":material/database:",
    "Manage",
    "Download, upload, and see what was built and what takes up disk space.",
)
JOBS = Entry(
    "pages/jobs.py",
    "Jobs",
    ":material/pending_actions:",
    "Manage",
    "Find the neighbours of all users, and see what runs, waits and is done.",
)
ENTRIES = (
    OVERVIEW,
    NEIGHBOURS,
    RECOMMENDATIONS,
    COMPARE,
    MAP,
    YOUR_TASTE,
    TUNING,
    EVALUATION,
    DIAGNOSTICS,
    INDEX,
    DATA,
    JOBS,
)
SECTIONS = tuple(dict.fromkeys(entry.section for entry in ENTRIES))


def run() -> None:
    """What app.py does on every rerun: page settings, navigation, shared sidebar, then the chosen page.

    Who has to sign in first, and has not, gets no further than to a page that says so.
    """
    logs.configure()
    _configure()
    st.html(_ASSETS / "page.css")
    chart_toolbar()
    popover_focus()
    page_changes()
    st.logo(str(_ASSETS / "logo.svg"), size="large")
    with kept_shown():
        if auth.admitted():
            _run_chosen()
        else:
            asked_for = st.navigation([_page(entry) for entry in ENTRIES], position="hidden")
            keep_link(deep_link.written(Link(asked_for.url_path, st.query_params.to_dict())))
            auth.ask()


def _run_chosen() -> None:
    sections: dict[str, list[st.Page]] = {}
    for entry in ENTRIES:
        sections.setdefault(entry.section, []).append(_page(entry))
    chosen = st.navigation(sections)
    if auth.required():
        _go_on(chosen)
    with logs.slow_noted(_log, chosen.title):
        with st.sidebar, errors_shown("sidebar"):
            state.sidebar()
            auth.sidebar()
        st.session_state[_VIA_APP] = True
        with errors_shown(chosen.title):
            chosen.run()
    state.prefetch()


def _go_on(chosen: st.Page) -> None:
    """To where somebody was going who had to sign in first: providers send everybody to the first page."""
    pages = {page.url_path: page for page in map(_page, ENTRIES)}
    at_the_start = chosen.url_path == "" and not st.query_params
    link = deep_link.read(take_link(at_the_start=at_the_start), pages)
    if link is None or not at_the_start:
        return
    for name in deep_link.PARAMETERS:  # what the first page has set meanwhile would come before the link
        st.session_state.pop(name, None)
    st.switch_page(pages[link.page], query_params=link.parameters)


def guard() -> None:
    """First line of every page: send a visitor who did not come through app.py there.

    With a folder named pages/, a fresh server runs the script of a deep link by itself, without app.py, until some
    session has called st.navigation. Calling it here and running again makes the link work for the first visitor too.
    """
    if not st.session_state.pop(_VIA_APP, False):
        _configure()
        st.navigation([_page(entry) for entry in ENTRIES], position="hidden")
        st.rerun()


def header(entry: Entry, lead: str | None = None) -> None:
    """Title of a page and one sentence on what it is for."""
    st.title(entry.title, anchor=False)
    st.caption(lead or entry.purpose)


def _configure() -> None:
    # without an icon of its own, the browser would fetch that of the page from Google
    st.set_page_config(page_title="UCF Explorer", page_icon=str(_ASSETS / "icon.png"), layout="wide")


def _page(entry: Entry) -> st.Page:
    return st.Page(entry.path, title=entry.title, icon=entry.icon, default=entry is OVERVIEW)
