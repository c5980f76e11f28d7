"""Deletes builds of a cluster as jobs: no page waits for a vector store that does not answer."""

import streamlit as st

from ucf_core.base.errors import BusyError
from ucf_core.base.files.paths import home
from ucf_core.base.jobs.job import Job
from ucf_core.datasets.disk_use import DiskUse
from ucf_core.datasets.sources import cluster_builds
from ucf_ui.base.text import plain
from ucf_ui.session import cache, job_status
from ucf_ui.session.waiting import session_id

# Keys of the jobs whose outcome this session has not seen yet, and why the last one was not begun.
_AWAITED, _REFUSED = "_deletions", "_deletion_refused"
_KIND = "delete"


def is_slow(row: DiskUse) -> bool:
    """Whether deleting a row may take longer than a page may wait: a store has to drop the vectors of a build."""
    return cluster_builds.is_cluster(row.name or "")


def start(row: DiskUse) -> None:
    """Delete a build in the background; only from a widget's callback."""
    folder = home()

    def work(job: Job) -> str | None:
        from ucf_core.cluster.build.remove import delete_build  # imports the client of Milvus

        job.begin(f"Deleting files and vectors of {row.path.name}")
        return delete_build(row.name or "", home=folder)

    key = f"{_KIND} {row.name}"
    try:
        cache.jobs().submit(key, f"Deleting {row.path.name}", work, dataset=row.name, owner=session_id())
        st.session_state[_AWAITED] = [*st.session_state.get(_AWAITED, []), key]
    except BusyError as error:
        st.session_state[_REFUSED] = str(error)


def is_going(row: DiskUse) -> bool:
    """Whether a row is being deleted, by whichever session."""
    job = cache.jobs().get(f"{_KIND} {row.name}")
    return job is not None and job.live


def show() -> None:
    """What is being deleted, and once what became of what this session has asked for."""
    for running in cache.jobs().all():
        if running.kind == _KIND and running.live:
            job_status.show(running)
    awaited = [job for key in st.session_state.pop(_AWAITED, []) if (job := cache.jobs().get(key)) is not None]
    st.session_state[_AWAITED] = [job.key for job in awaited if job.live]
    for job in awaited:
        if not job.live:
            _tell(job)
    if _REFUSED in st.session_state:
        st.error(plain(st.session_state.pop(_REFUSED)), icon=":material/hourglass_disabled:")


def _tell(job: Job) -> None:
    if job.state != "done":
        job_status.show(job, note="Nothing is gone." if job.state == "cancelled" else "", retry=None)
    elif job.result:
        st.warning(plain(job.result), icon=":material/database_off:")
    else:
        st.success(f"{plain(job.title.removeprefix('Deleting '))} is deleted.", icon=":material/check_circle:")
