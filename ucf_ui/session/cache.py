"""All that stays in memory between reruns: the only st.cache_* calls, with small explicit keys.

Searches, predictions and lists take milliseconds and are not cached, except for exact searches, by the Explorer itself.
"""

import gc
import time
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
from ucf_core.base.specs import QuerySpec
from ucf_core.datasets.listing import listing
from ucf_core.datasets.load import import_of, load_ratings, source_bytes, version
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

_OWN_UPLOADS = "_own_uploads"

# Seconds for which a page waits for a dataset that a job opens, before it shows the progress.
_PATIENCE = 1.5

# Work that takes less than a second needs no job: opening files of so many bytes, indexing so many users.
_OPENED_AT_ONCE = 30 << 20
_INDEXED_AT_ONCE = 5_000


def dataset_names() -> list[str]:
    """Datasets that this session can open now, the sample first."""
    return [*_installed(), *own_uploads().explorers]


def _installed() -> list[str]:
    return [row["name"] for row in listing(home()) if row["installed"]]


def dataset_title(name: str) -> str:
    """The name of a dataset on screen."""
    if name.startswith(SESSION_PREFIX):
        return f"{name.removeprefix(SESSION_PREFIX)} (only you)"
    known = next((row["title"] for row in listing(home()) if row["name"] == name), name)
    return known.removeprefix(links.PREFIX)  # of a linked dataset that was removed while it is still shown


def dataset_version(name: str) -> str:
    """A text that changes when the files of a dataset do."""
    own = own_uploads().explorers.get(name)
    return own.ratings.fingerprint if own is not None else version(name, home=home())


def opened(name: str, version: str) -> Explorer | Job:
    """The Explorer of a dataset, shared by all sessions except for own uploads; or the job that opens a large one."""
    if own := own_uploads().explorers.get(name):
        return own
    if source_bytes(name, home=home()) <= _OPENED_AT_ONCE:
        return _explorer(name, version)
    job = _opening(name, version)
    await_shortly(job, _PATIENCE)
    return job.result if job.state == "done" else job


def await_shortly(job: Job, seconds: float) -> None:
    """Wait up to so many seconds for a job, unless it has run for longer or is not first in the queue."""
    if (job.elapsed or 0.0) < seconds and not jobs().ahead(job):
        job.wait(seconds)


def open_early(name: str) -> None:
    """Begin to open a large dataset before a page needs it, if its import is on disk."""
    if name not in _installed() or source_bytes(name, home=home()) <= _OPENED_AT_ONCE:
        return
    if import_of(name, home()) is not None:
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
    """Read and compute what every page needs: ratings, biases and embedding."""
    job.begin("Reading ratings")
    made = _read(name, job.progress)
    job.begin("Fitting biases")
    made.builds.fit_biases(progress=job.progress)
    job.begin("Computing the embedding")
    made.builds.embedding(progress=job.progress)
    # cached with the ratings; at 25 million they would delay the first page by some seconds
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
    """Exempt what lives as long as the process from garbage collection, which Streamlit runs after every rerun.

    Measured: a rerun drops from 175 to 53 ms.
    """
    gc.collect()
    gc.freeze()


def is_quick(explorer: Explorer, query: QuerySpec) -> bool:
    """Whether `query` is answered at once, without a build that takes a second or more."""
    return is_small(explorer) or explorer.builds.in_memory(query)


def is_small(explorer: Explorer) -> bool:
    """Whether an index of all users is built in less than a second."""
    return explorer.ratings.n_users <= _INDEXED_AT_ONCE


@st.cache_resource(max_entries=8, show_spinner=False)
def quick_picks(fingerprint: str, _ratings: Ratings) -> QuickPicks:  # noqa: ARG001
    """The users that the sidebar offers."""
    return find_quick_picks(_ratings)


@st.cache_resource(max_entries=3, show_spinner="Reading titles")
def title_index(fingerprint: str, _ratings: Ratings) -> TitleIndex:  # noqa: ARG001
    """The search index of a dataset's titles."""
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
    """Index recall for each ef."""
    return _explorer.index_recall(query, ef=ef, sample=sample)


def evaluations(fingerprint: str, root: Path) -> "Stored":
    """All stored evaluations of a dataset under `root`; see `ucf_core.studies.evaluation.store.all_of`."""
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
    """Diagnoses by dataset and settings, a few megabytes each at most."""
    return LruCache(24)


@st.cache_resource(show_spinner=False)
def maps() -> LruCache[str, Any]:
    """Maps of all users with their traits, by dataset and settings, a few megabytes each at most."""
    return LruCache(48)


def own_uploads() -> OwnUploads:
    """The private uploads of this session."""
    uploads: OwnUploads = st.session_state.setdefault(_OWN_UPLOADS, OwnUploads())
    _presence(uploads)
    return uploads


def _left(uploads: OwnUploads) -> None:
    uploads.leave(jobs())


@st.cache_resource(scope="session", on_release=_left, show_spinner=False)
def _presence(_uploads: OwnUploads) -> OwnUploads:
    """Released when the browser's connection ends, and called again by the first run after it is back."""
    _uploads.stay()
    return _uploads


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The jobs of this process, shared by all sessions."""
    return Jobs()
