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
from ucf_core.block_lanczos import Progress
from ucf_core.builds import Stage
from ucf_core.errors import UcfError
from ucf_core.explorer import Explorer, RecallPoint
from ucf_core.home import home
from ucf_core.jobs import Job, Jobs
from ucf_core.profile import QuickPicks
from ucf_core.profile import quick_picks as find_quick_picks
from ucf_core.ratings import Ratings
from ucf_core.specs import QuerySpec, changed
from ucf_ui.interest import Interest

_log = logging.getLogger(__name__)

_BROWSER_SETTLES = 2.0

# Larger files than this are opened by a job, and more users than this are indexed by one: the rest takes less than a
# second.
_OPENED_AT_ONCE = 30 << 20
_INDEXED_AT_ONCE = 5_000


def dataset_names() -> list[str]:
    """Datasets that can be opened now, the sample first."""
    return [row["name"] for row in datasets.listing(home()) if row["installed"]]


def dataset_title(name: str) -> str:
    """What a dataset is called on screen."""
    return next((row["title"] for row in datasets.listing(home()) if row["name"] == name), name)


def dataset_version(name: str) -> str:
    """Changes when the files of a dataset do."""
    return datasets.version(name, home=home())


def opened(name: str, version: str) -> Explorer | Job:
    """The Explorer of a dataset, one for all sessions; for a large dataset the job that opens it, until it is open."""
    if datasets.source_bytes(name, home=home()) <= _OPENED_AT_ONCE:
        return _explorer(name, version)
    job = jobs().submit_once(f"open {name} {version}", f"Opening {dataset_title(name)}", lambda job: _open(name, job))
    return job.result if job.state == "done" else job


@st.cache_resource(max_entries=3, show_spinner="Reading ratings")
def _explorer(name: str, version: str) -> Explorer:  # noqa: ARG001  the version is part of the key
    made = _read(name)
    _settle_memory()
    return made


def _open(name: str, job: Job) -> Explorer:
    """What must be there before any page can be drawn: ratings, biases and embedding."""
    job.begin("Reading ratings")
    made = _read(name, job.progress)
    job.begin("Fitting biases")
    made.builds.fit_biases(progress=job.progress)
    job.begin("Computing the embedding")
    made.builds.embedding(progress=job.progress)
    # kept with the ratings from now on; at 25 million they would hold up the first page by some seconds
    job.begin("Counting")
    ratings = made.ratings
    _ = ratings.value_counts, ratings.mean, ratings.item_counts, quick_picks(ratings.fingerprint, ratings)
    _settle_memory()
    return made


def _read(name: str, progress: Progress | None = None) -> Explorer:
    start = time.perf_counter()
    made = Explorer(datasets.load_ratings(name, progress=progress))
    made.builds.stages.append(Stage("ratings", time.perf_counter() - start, made.ratings.report.cached))
    return made


def _settle_memory() -> None:
    # Streamlit collects all generations after every rerun; what will live as long as the process need not be
    # looked at each time. Measured: a rerun drops from 175 to 53 ms.
    gc.collect()
    gc.freeze()


def is_quick(explorer: Explorer, query: QuerySpec) -> bool:
    """Whether a page may ask `query` without keeping anybody waiting."""
    return explorer.ratings.n_users <= _INDEXED_AT_ONCE or explorer.builds.in_memory(query)


def ready(explorer: Explorer, query: QuerySpec, session: str) -> tuple[QuerySpec, Job | None]:
    """`query` if it can be answered at once, else its exact form and the job that builds its index.

    `session` waits for that one index: while somebody steps through dims, those passed over are not built, unless
    another session waits for them.
    """
    if is_quick(explorer, query):
        return query, None
    exact = changed(query, {"engine": "exact"})
    if query.chosen_engine == "exact":
        return exact, None  # unit vectors or inverted lists: a second, once
    key = f"index {explorer.ratings.fingerprint} {explorer.dim(query)} {query.embedding} {query.hnsw}"

    def work(job: Job) -> None:
        job.begin(f"Building the index for {explorer.dim(query)} dimensions")
        explorer.builds.index(query, progress=job.progress)

    passed_over = jobs().get(interest().turn_to(session, key) or "")
    if passed_over is not None and passed_over.live:
        passed_over.cancel(for_good=False)
        passed_over.listed = False  # nobody decided anything about it
    job = jobs().submit_once(
        key, f"Index of {dataset_title(explorer.ratings.name)}, {explorer.dim(query)} dimensions", work
    )
    # built, and since then crowded out of memory: it is read from disk again; or passed over before, and wanted now
    if job.state == "done" or (job.state == "cancelled" and not job.for_good):
        jobs().forget(key)
        job = jobs().submit_once(key, job.title, work)
    return exact, job


@st.cache_resource(max_entries=3, show_spinner=False)
def prefetch(name: str, version: str, _explorer: Explorer) -> None:  # noqa: ARG001
    """Get ready, beside the first page, what the others need: pandas, which takes a second to import, and the index."""

    def fetch() -> None:
        # the browser is still fetching scripts from this process; they come first
        time.sleep(_BROWSER_SETTLES)
        try:
            import_module("ucf_ui.tables")
            if _explorer.ratings.n_users <= _INDEXED_AT_ONCE:
                _explorer.build()
        except UcfError:
            # whoever asks for the index is told why there is none
            _log.info("nothing was prefetched", exc_info=True)
        _settle_memory()

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
def interest() -> Interest:
    """Which session waits for which index."""
    return Interest()


@st.cache_resource
def jobs() -> Jobs:
    """The jobs of this process, shared by all sessions."""
    return Jobs()
