"""Deleting builds of a cluster as jobs: a Milvus that does not answer keeps nobody waiting, and the outcome is told."""

import streamlit as st

from ucf_core.datasets import clusters
from ucf_core.datasets.disk_use import DiskUse
from ucf_core.errors import BusyError
from ucf_core.home import home
from ucf_core.job import Job
from ucf_ui import cache, jobs, state
from ucf_ui.interest import session

# Keys of the jobs whose outcome this session was not told yet, and why the last one was not begun.
_AWAITED, _REFUSED = "_deletions", "_deletion_refused"
_KIND = "delete"


def is_slow(row: DiskUse) -> bool:
    """Whether deleting a row may take longer than a page may wait: Milvus is asked to drop the vectors of a build."""
    return clusters.is_cluster(row.name or "")


def start(row: DiskUse) -> None:
    """Delete a build in the background; only from a widget's callback."""
    folder = home()

    def work(job: Job) -> str | None:
        from ucf_core.cluster.remove import delete_build  # imports the client of Milvus

        job.begin(f"Deleting files and vectors of {row.path.name}")
        return delete_build(row.name or "", home=folder)

    key = f"{_KIND} {row.name}"
    try:
        cache.jobs().submit(key, f"Deleting {row.path.name}", work, dataset=row.name, owner=session())
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
            jobs.show(running)
    awaited = [job for key in st.session_state.pop(_AWAITED, []) if (job := cache.jobs().get(key)) is not None]
    st.session_state[_AWAITED] = [job.key for job in awaited if job.live]
    for job in awaited:
        if not job.live:
            _tell(job)
    if _REFUSED in st.session_state:
        st.error(state.plain(st.session_state.pop(_REFUSED)), icon=":material/hourglass_disabled:")


def _tell(job: Job) -> None:
    if job.state == "cancelled":
        st.info(f"{state.plain(job.title)} was cancelled before it began. Nothing is gone.", icon=":material/cancel:")
    elif job.state == "failed":
        st.error(state.plain(f"{job.title} failed: {job.error}"), icon=":material/error:")
    elif job.result:
        st.warning(state.plain(job.result), icon=":material/database_off:")
    else:
        st.success(f"{state.plain(job.title.removeprefix('Deleting '))} is deleted.", icon=":material/check_circle:")
