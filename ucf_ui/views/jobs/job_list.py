"""The list of jobs: live ones with progress and Cancel, ended ones with their outcome."""

import streamlit as st

from ucf_core.base.jobs.job import Job
from ucf_core.base.jobs.jobs import MOST_WAITING, MOST_WAITING_EACH
from ucf_ui.base import text
from ucf_ui.base.faults import safely
from ucf_ui.base.fragment import fragment
from ucf_ui.session import cache, job_status

_OVER = {
    "done": (":material/check_circle:", "Done in"),
    "failed": (":material/error:", "Failed after"),
    "cancelled": (":material/cancel:", "Cancelled after"),
}
_EMPTY = (
    "No job yet. Downloads, opening a large dataset, building its index and finding the neighbours of all users appear "
    "here, with the time left and a button to cancel."
)
_ORDER = (
    "One job runs at a time, and beside it one long job, such as an evaluation. The others wait in order. At most "
    f"{MOST_WAITING_EACH} jobs of one session may wait, and {MOST_WAITING} in all."
)


def show() -> None:
    """Draw all jobs of the program, of every session; updated every second while one is live."""
    live = _live()

    def poll() -> None:
        if _live() != live:
            st.rerun()  # the whole page, which shows what the job made
        _show_list()

    fragment(poll, run_every=1.0 if live else None)()


def _live() -> list[str]:
    return [job.key for job in cache.jobs().all() if job.live]


def _show_list() -> None:
    listed = [job for job in cache.jobs().all() if job.listed or job.live]
    if not listed:
        st.caption(_EMPTY)
        return
    live, over = [job for job in listed if job.live], [job for job in listed if not job.live]
    if any(job.state == "waiting" for job in live):
        st.caption(_ORDER)
    for job in sorted(live, key=lambda job: job.state == "waiting"):
        so_far = "" if job.elapsed is None else f", {text.duration(job.elapsed)} so far"
        with st.container(border=True):
            st.markdown(f"**{text.plain(job_status.title(job))}**{so_far}")
            job_status.show_progress(job)
    for job in reversed(over):
        with st.container(border=True):
            st.markdown(_outcome(job))
    if over:
        st.button(
            "Clear finished jobs",
            icon=":material/clear_all:",
            on_click=safely(cache.jobs().unlist),
            help="Remove ended jobs from this list, for everyone. Their results stay.",
        )


def _outcome(job: Job) -> str:
    icon, word = _OVER[job.state]
    took = f"{word} {text.duration(job.elapsed)}" if job.elapsed is not None else "Cancelled while waiting"
    error = f": {text.plain(job.error)}" if job.error and not job_status.is_private(job) else ""
    return f"{icon} **{text.plain(job_status.title(job))}**  \n{took}{error}"
