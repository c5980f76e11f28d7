"""All that stays in memory between reruns: the only st.cache_* calls. Keys are small and explicit.

Searches, predictions and lists are never cached: they take milliseconds. Only the exact searches that lists are held
against are remembered, by the Explorer itself.
"""

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.base.files.paths import home
from ucf_core.base.jobs.job import Job
from ucf_core.base.jobs.jobs import Jobs
from ucf_core.base.lru import LruCache
from ucf_core.base.progress import Progress
from ucf_core.base.specs import QuerySpec, changed
from ucf_core.datasets.listing import listing
from ucf_core.datasets.load import is_imported, load_ratings, source_bytes, version
from ucf_core.datasets.personal.starter_films import starter_films as find_starter_films
from ucf_core.datasets.personal.title_search import TitleIndex
from ucf_core.datasets.sources import cluster_builds, links
from ucf_core.datasets.sources.uploads import SESSION_PREFIX
from ucf_core.explorer.builds import Stage
from ucf_core.explorer.explorer import Explorer, RecallPoint
from ucf_core.ratings.profile import QuickPicks
from ucf_core.ratings.profile import quick_picks as find_quick_picks
from ucf_core.ratings.ratings import Ratings
from ucf_ui.session.own_uploads import OwnUploads
from ucf_ui.session.waiting import Waiting

if TYPE_CHECKING:
    from ucf_core.studies.evaluation.store import Stored

# Seconds for which the first page waits for a dataset that is being opened, before it shows how far that is.
_WORTH_WAITING = 1.5
_OWN_UPLOADS = "_own_uploads"

# Larger files than this are opened by a job, and more users than this are indexed by one: the rest takes less than a
# second.
_OPENED_AT_ONCE = 30 << 20
_INDEXED_AT_ONCE = 5_000


def dataset_names() -> list[str]:
    """Datasets that this session can open now, the sample first."""
    return _of_everybody() + [own.name for own in own_uploads().all()]


def _of_everybody() -> list[str]:
    return [row["name"] for row in listing(home()) if row["installed"]]


def dataset_title(name: str) -> str:
    """What a dataset is called on screen."""
    if name.startswith(SESSION_PREFIX):
        return f"{name.removeprefix(SESSION_PREFIX)} (only you)"
    known = next((row["title"] for row in listing(home()) if row["name"] == name), name)
    return known.removeprefix(links.PREFIX)  # of a link that was taken away while something of it is still shown


def dataset_version(name: str) -> str:
    """Changes when the files of a dataset do."""
    own = own_uploads().get(name)
    return own.explorer.ratings.fingerprint if own is not None else version(name, home=home())


def opened(name: str, version: str) -> Explorer | Job:
    """The Explorer of a dataset, one for all sessions; for a large dataset the job that opens it, until it is open.

    That of an upload of its own is the session's alone.
    """
    own = own_uploads().get(name)
    if own is not None:
        return own.explorer
    if source_bytes(name, home=home()) <= _OPENED_AT_ONCE:
        return _explorer(name, version)
    job = _opening(name, version)
    # what lies on disk is there in a moment: the first page need not say that it is coming
    await_shortly(job, _WORTH_WAITING)
    return job.result if job.state == "done" else job


def await_shortly(job: Job, seconds: float) -> None:
    """Wait for a job that is about to be over; not for one that took longer already, or that others come before."""
    if (job.elapsed or 0.0) < seconds and not jobs().ahead(job):
        job.wait(seconds)


def foresee(name: str) -> None:
    """Begin to open a dataset for whoever is about to ask for it, where it was opened before and lies on disk."""
    if name not in _of_everybody() or source_bytes(name, home=home()) <= _OPENED_AT_ONCE:
        return
    if is_imported(name, home=home()):
        _opening(name, version(name, home=home()))


def _opening(name: str, version: str) -> Job:
    key, title = f"open {name} {version}", f"Opening {dataset_title(name)}"
    return jobs().submit_once(key, title, lambda job: _open(name, job), dataset=name)


@st.cache_resource(max_entries=3, show_spinner="Reading ratings")
def _explorer(name: str, version: str) -> Explorer:  # noqa: ARG001  the version is part of the key
    made = _read(name)
    settle_memory()
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
    settle_memory()
    return made


def _read(name: str, progress: Progress | None = None) -> Explorer:
    if name.startswith(cluster_builds.PREFIX):
        from ucf_core.cluster.serve.explorer import open_served  # which imports Dask and the vector stores

        return open_served(name)
    start = time.perf_counter()
    made = Explorer(load_ratings(name, progress=progress))
    made.builds.stages.append(Stage("ratings", time.perf_counter() - start, made.ratings.report.cached))
    return made


def settle_memory() -> None:
    """Exempt from garbage collection what will live as long as the process.

    Streamlit collects all generations after every rerun. Measured: a rerun drops from 175 to 53 ms.
    """
    gc.collect()
    gc.freeze()


def is_quick(explorer: Explorer, query: QuerySpec) -> bool:
    """Whether a page may ask `query` without keeping anybody waiting."""
    return is_small(explorer) or explorer.builds.in_memory(query)


def is_small(explorer: Explorer) -> bool:
    """Whether an index of all users is built in less than a second."""
    return explorer.ratings.n_users <= _INDEXED_AT_ONCE


def stand_in(explorer: Explorer, query: QuerySpec) -> QuerySpec:
    """What answers in place of `query` until all that it needs is there, without keeping anybody waiting.

    The same by exact search; where the weighting has nothing yet to search in, the same by raw ratings.
    """
    exact = changed(query, {"engine": "exact"})
    if query.weighting == "raw" or explorer.builds.in_memory(exact):
        return exact  # unit vectors or inverted lists: a second, once
    raw = changed(query, {"weighting": "raw"})
    return raw if is_quick(explorer, raw) else changed(raw, {"engine": "exact"})


def ready(explorer: Explorer, query: QuerySpec, session: str) -> tuple[QuerySpec, Job | None]:
    """`query` if it can be answered at once, else its stand-in and the job that builds what is missing.

    That is what a weighting needs, and then the index: one job after the other. `session` waits for that one thing:
    while somebody steps through dims, those passed over are not built, unless another session waits for them.
    """
    if is_quick(explorer, query):
        return query, None
    answers = stand_in(explorer, query)
    dataset = explorer.ratings.name
    if answers.weighting != query.weighting:
        return answers, waiting().job(jobs(), session, *_weighting_work(explorer, query), dataset=dataset)
    if query.chosen_engine == "exact":
        return answers, None
    return answers, waiting().job(jobs(), session, *_index_work(explorer, query), dataset=dataset)


def _weighting_work(explorer: Explorer, query: QuerySpec) -> tuple[str, str, Callable[[Job], None]]:
    """Key, title and work of the job that prepares the weighting of `query` for exact search in its space.

    In the svd space the raw one is prepared too: pages tell how many neighbours the two have in common.
    """
    of = f"{dataset_title(explorer.ratings.name)}, {query.weighting} ratings"
    lists = changed(query, {"space": "raw", "engine": "exact"})
    key = f"weighting {query.space} {explorer.ratings.fingerprint} {query.embedding}"

    def work(job: Job) -> None:
        if query.space == "svd":
            job.begin(f"Computing the embedding of {query.weighting} ratings")
            explorer.builds.embedding(query, progress=job.progress)
        job.begin(f"Sorting {query.weighting} ratings by film")
        explorer.builds.index(lists)

    return key, f"Embedding of {of}" if query.space == "svd" else f"Search by {of}", work


def _index_work(explorer: Explorer, query: QuerySpec) -> tuple[str, str, Callable[[Job], None]]:
    """Key, title and work of the job that builds the graph of `query`."""

    def work(job: Job) -> None:
        job.begin(f"Building the index for {explorer.dim(query)} dimensions")
        explorer.builds.index(query, progress=job.progress)

    of = "" if query.weighting == "raw" else f" of {query.weighting} ratings"
    title = f"Index of {dataset_title(explorer.ratings.name)}, {explorer.dim(query)} dimensions{of}"
    return f"index {explorer.ratings.fingerprint} {explorer.dim(query)} {query.embedding} {query.hnsw}", title, work


@st.cache_resource(max_entries=8, show_spinner=False)
def quick_picks(fingerprint: str, _ratings: Ratings) -> QuickPicks:  # noqa: ARG001
    """Users worth a first look."""
    return find_quick_picks(_ratings)


@st.cache_resource(max_entries=3, show_spinner="Reading titles")
def title_index(fingerprint: str, _ratings: Ratings) -> TitleIndex:  # noqa: ARG001
    """The titles of a dataset, to be searched."""
    return TitleIndex(_ratings)


@st.cache_resource(max_entries=8, show_spinner="Choosing films")
def starter_films(fingerprint: str, _explorer: Explorer) -> NDArray[np.int64]:  # noqa: ARG001
    """Rows of well-known films that tell tastes apart."""
    return find_starter_films(_explorer.ratings, _explorer.builds.biases)


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


def evaluations(fingerprint: str, root: Path) -> "Stored":
    """All evaluations of a dataset in the store at `root`, see `ucf_core.studies.evaluation.store.all_of`."""
    folders = tuple(sorted(str(folder) for folder in root.glob("evaluation/*") if not folder.name.startswith(".")))
    return _evaluations(fingerprint, root, folders)


@st.cache_resource(max_entries=4, show_spinner=False)
def _evaluations(fingerprint: str, root: Path, folders: tuple[str, ...]) -> "Stored":  # noqa: ARG001
    from ucf_core.studies.evaluation.store import all_of

    return all_of(ArtifactStore(root), fingerprint)


@st.cache_resource(show_spinner=False)
def waiting() -> Waiting:
    """Which session waits for which job."""
    return Waiting()


@st.cache_resource(show_spinner=False)
def diagnoses() -> LruCache[str, Any]:
    """Diagnoses by what they are of: each is a few megabytes at most."""
    return LruCache(24)


@st.cache_resource(show_spinner=False)
def maps() -> LruCache[str, Any]:
    """Maps of all users and what is known of each, by what they are of: each is a few megabytes at most."""
    return LruCache(48)


def own_uploads() -> OwnUploads:
    """The uploads that this session has to itself."""
    uploads: OwnUploads = st.session_state.setdefault(_OWN_UPLOADS, OwnUploads())
    _presence(uploads)
    return uploads


def _left(uploads: OwnUploads) -> None:
    uploads.leave(jobs())


@st.cache_resource(scope="session", on_release=_left, show_spinner=False)
def _presence(_uploads: OwnUploads) -> OwnUploads:
    """Let go of when a browser's connection ends, and made again by the first run after it came back."""
    _uploads.stay()
    return _uploads


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The jobs of this process, shared by all sessions."""
    return Jobs()
