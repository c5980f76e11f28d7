"""Disk use on the Data page, and deleting it; builds of a cluster by jobs, so that no page waits for a vector store."""

import streamlit as st

from ucf_core.base.files.paths import home
from ucf_core.base.jobs.job import Job
from ucf_core.datasets.disk_use import DiskUse, disk_use, free
from ucf_core.datasets.sources import cluster_builds
from ucf_core.index.stores.registry import store_titles
from ucf_ui.base import pages, text
from ucf_ui.base.faults import safely
from ucf_ui.session import cache, job_status
from ucf_ui.session.waiting import session_id
from ucf_ui.views.jobs import neighbour_files

_AWAITED = "_deletions"  # keys of jobs whose end this session has not shown yet
_KIND = "delete"


def show_disk_use() -> None:
    """Draw what is on disk, with a button to delete each part."""
    st.subheader("Disk use", anchor=False)
    used = disk_use(home())
    files = neighbour_files.found()
    total = sum(row.bytes for row in used) + sum(file.bytes for file in files)
    st.caption(f"{text.size(total)} in `{home()}`. Built files are built again when a page needs them.")
    _show_deletions()
    for row in used:
        if _is_going(row):
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            title, size = text.plain(_title(row)), text.size(row.bytes)
            st.markdown(f"{title}  \n:gray[{size}]", width="stretch")
            with st.popover("Delete", icon=":material/delete:"):
                st.markdown(f"Delete {title}, {size}? This cannot be undone.")
                if _is_slow(row):
                    st.markdown(
                        f"Its vectors in {store_titles()} are deleted too, unless another build here uses them."
                    )
                st.button(
                    "Yes, delete it",
                    key=f"delete-{row.name or row.path.name}",
                    type="primary",
                    on_click=safely(_delete, row),
                )
    if files:
        with st.container(horizontal=True, vertical_alignment="center"):
            size = text.size(sum(file.bytes for file in files))
            st.markdown(f"Neighbours of all users  \n:gray[{size}]", width="stretch")
            st.page_link(pages.JOBS.path, label="See Jobs", icon=pages.JOBS.icon)


def _title(row: DiskUse) -> str:
    return row.title if row.name else f"Built: {text.artifact_kind(row.path.name)}"


def _delete(row: DiskUse) -> None:
    if _is_slow(row):
        _start(row)
    else:
        free(row, home=home())


def _is_slow(row: DiskUse) -> bool:
    """Whether deleting a row may be slow, because a vector store has to drop the vectors of a build."""
    return (row.name or "").startswith(cluster_builds.PREFIX)


def _start(row: DiskUse) -> None:
    """Delete a build in the background; only from a widget's callback."""
    folder = home()

    def work(job: Job) -> str | None:
        from ucf_core.cluster.build.remove import delete_build  # imports the client of Milvus

        job.begin(f"Deleting files and vectors of {row.path.name}")
        return delete_build(row.name or "", home=folder)

    key = f"{_KIND} {row.name}"
    cache.jobs().submit(key, f"Deleting {row.path.name}", work, dataset=row.name, owner=session_id())
    st.session_state[_AWAITED] = [*st.session_state.get(_AWAITED, []), key]


def _is_going(row: DiskUse) -> bool:
    """Whether a row is being deleted, by any session."""
    job = cache.jobs().get(f"{_KIND} {row.name}")
    return job is not None and job.live


def _show_deletions() -> None:
    """Draw what is being deleted, and once the end of each deletion that this session started."""
    for running in cache.jobs().all():
        if running.kind == _KIND and running.live:
            job_status.show(running)
    awaited = [job for key in st.session_state.pop(_AWAITED, []) if (job := cache.jobs().get(key)) is not None]
    st.session_state[_AWAITED] = [job.key for job in awaited if job.live]
    for job in awaited:
        if not job.live:
            _show_end(job)


def _show_end(job: Job) -> None:
    if job.state != "done":
        job_status.show(job, note="Nothing was deleted." if job.state == "cancelled" else "", retry=None)
    elif job.result:
        st.warning(text.plain(job.result), icon=":material/database_off:")
    else:
        st.success(f"{text.plain(job.title.removeprefix('Deleting '))} is deleted.", icon=":material/check_circle:")
