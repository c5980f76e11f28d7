"""All that stays in memory between reruns: the only st.cache_* calls. Keys are small and explicit.

Searches, predictions and lists are never cached: they take milliseconds.
"""

import gc
import logging
import time
from importlib import import_module
from threading import Thread

import streamlit as st

from ucf_core import datasets
from ucf_core.errors import UcfError
from ucf_core.explorer import Explorer, RecallPoint
from ucf_core.home import home
from ucf_core.jobs import Jobs
from ucf_core.profile import QuickPicks
from ucf_core.profile import quick_picks as find_quick_picks
from ucf_core.ratings import Ratings
from ucf_core.specs import QuerySpec

_log = logging.getLogger(__name__)

_BROWSER_SETTLES = 2.0


def dataset_names() -> list[str]:
    """Datasets that can be opened now, the sample first."""
    return [row["name"] for row in datasets.listing(home()) if row["installed"]]


def dataset_title(name: str) -> str:
    """What a dataset is called on screen."""
    return next((row["title"] for row in datasets.listing(home()) if row["name"] == name), name)


def dataset_version(name: str) -> str:
    """Changes when the files of a dataset do."""
    return datasets.version(name, home=home())


@st.cache_resource(max_entries=3, show_spinner="Reading ratings")
def explorer(name: str, version: str) -> Explorer:  # noqa: ARG001  the version is part of the key
    """The Explorer of a dataset, one for all sessions."""
    made = Explorer(datasets.load_ratings(name))
    # Streamlit collects all generations after every rerun; what will live as long as the process need not be
    # looked at each time. Measured: a rerun drops from 175 to 53 ms.
    gc.collect()
    gc.freeze()
    return made


@st.cache_resource(max_entries=3, show_spinner=False)
def prefetch(name: str, version: str, _explorer: Explorer) -> None:  # noqa: ARG001
    """Get ready, beside the first page, what the others need: pandas, which takes a second to import, and the index."""

    def fetch() -> None:
        # the browser is still fetching scripts from this process; they come first
        time.sleep(_BROWSER_SETTLES)
        try:
            import_module("ucf_ui.tables")
            _explorer.build()
        except UcfError:
            # whoever asks for the index is told why there is none
            _log.info("nothing was prefetched", exc_info=True)
        gc.collect()
        gc.freeze()

    Thread(target=fetch, name="ucf-prefetch", daemon=True).start()


@st.cache_resource(max_entries=8, show_spinner=False)
def quick_picks(fingerprint: str, _ratings: Ratings) -> QuickPicks:  # noqa: ARG001
    """Users worth a first look."""
    return find_quick_picks(_ratings)


@st.cache_resource(max_entries=64, show_spinner=False)
def recall_curve(
    fingerprint: str,  # noqa: ARG001
    query: QuerySpec,
    ef: tuple[int, ...],
    sample: int,
    _explorer: Explorer,
) -> list[RecallPoint]:
    """Index recall over ef for these settings."""
    return _explorer.index_recall(query, ef=ef, sample=sample)


@st.cache_resource
def jobs() -> Jobs:
    """The jobs of this process, shared by all sessions."""
    return Jobs()
