"""The list of jobs: what runs, waits and is over, how long each took, and a button to stop each that is not over."""

import streamlit as st

from ucf_core.job import Job
from ucf_core.lane import MOST_WAITING, MOST_WAITING_EACH
from ucf_ui import cache, jobs, text
from ucf_ui.faults import safely
from ucf_ui.fragment import fragment

_OVER = {
    "done": (":material/check_circle:", "Done in"),
    "failed": (":material/error:", "Failed after"),
    "cancelled": (":material/cancel:", "Cancelled after"),
}
_EMPTY = (
    "Nothing has run yet. Downloads, opening a large dataset, building an index for it and finding the neighbours of "
    "all users show up here, with the time left and a way to stop them."
)

_TURNS = (
    "One job runs at a time, and beside it one of those that take long, such as an evaluation. The others wait by "
    f"turns: everybody's first job comes before anybody's second. At most {MOST_WAITING_EACH} of one person wait, and "
    f"{MOST_WAITING} in all."
)


def show() -> None:
    """All jobs of the program, whoever started them; looked at again every second, but only while one is live."""
    live = _live()

    def poll() -> None:
        if _live() != live:
            st.rerun()  # all of the page, as what a job made is shown elsewhere on it
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
    live.sort(key=lambda job: (job.state == "waiting", len(cache.jobs().ahead(job))))
    if any(job.state == "waiting" for job in live):
        st.caption(_TURNS)
    for job in live:
        _show_live(job)
    for job in reversed(over):
        _show_over(job)
    if over:
        st.button(
            "Clear finished ones",
            icon=":material/clear_all:",
            on_click=safely(cache.jobs().unlist),
            help="Take jobs that are over off this list, for everybody. What they made stays.",
        )


def _show_live(job: Job) -> None:
    with st.container(border=True):
        so_far = "" if job.elapsed is None else f", {text.duration(job.elapsed)} so far"
        st.markdown(f"**{text.plain(jobs.title(job))}**{so_far}")
        jobs.show_progress(job)


def _show_over(job: Job) -> None:
    icon, word = _OVER[job.state]
    # one that was cancelled while it waited never began
    took = f"{word} {text.duration(job.elapsed)}" if job.elapsed is not None else "Cancelled before it began"
    error = "" if jobs.is_private(job) else job.error
    with st.container(border=True):
        st.markdown(f"{icon} **{text.plain(jobs.title(job))}**  \n{took}" + (f": {text.plain(error)}" if error else ""))
