"""The status of a job on screen: its progress with Cancel, or why it ended with Try again."""

from collections.abc import Callable

import streamlit as st

from ucf_core.base.jobs.job import Job
from ucf_core.datasets.sources.uploads import SESSION_PREFIX
from ucf_ui.base import text
from ucf_ui.base.faults import safely
from ucf_ui.base.fragment import fragment
from ucf_ui.session import cache

Measure = Callable[[float], str]


def forget(job: Job) -> None:
    """Drop a job that is over, so that the page starts it again."""
    cache.jobs().forget(job.key)


def show(
    job: Job,
    *,
    note: str = "",
    measure: Measure | None = None,
    retry: Callable[[Job], object] | None = forget,
) -> None:
    """Draw a live job's progress, and rerun the page when it ends; draw nothing for a job that is done.

    For a failed or cancelled job, draw a message that ends with `note`, and a button that calls `retry` unless that is
    None. `measure` formats an amount of work, such as bytes; without it only the share is shown.
    """
    if job.live:

        def poll() -> None:
            if not job.live:
                st.rerun()
            show_progress(job, measure)

        fragment(poll, run_every=0.5)()
    elif job.state != "done":
        name = text.plain(title(job))
        if job.state == "failed":
            error = "" if is_private(job) else f": {text.plain(job.error or '')}"
            st.error(f"{name} failed{error}" + (f". {note}" if note else ""), icon=":material/error:")
        else:
            st.info(f"{name} was cancelled. {note}".rstrip(), icon=":material/cancel:")
        if retry is not None:
            key, icon = f"retry-{job.key}", ":material/refresh:"
            st.button("Try again", key=key, icon=icon, on_click=safely(retry, job))


def show_progress(job: Job, measure: Measure | None = None) -> None:
    """Draw a live job's bar, stage and time left, and a button to cancel it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(job.fraction or 0.0, _label(job, measure), width=420)
        st.button(
            "Cancel",
            key=f"cancel-{job.key}",
            icon=":material/close:",
            on_click=safely(job.cancel),
            disabled=job.cancelled,
            help="Stop this job for all users who wait for it.",
        )


def title(job: Job) -> str:
    """A job's title, without the name of a file that is private to another session."""
    return "Work on a private upload of another session" if is_private(job) else job.title


def is_private(job: Job) -> bool:
    """Whether a job works on an upload that is private to another session."""
    return (job.dataset or "").startswith(SESSION_PREFIX) and not cache.own_uploads().owns(job)


def _label(job: Job, measure: Measure | None) -> str:
    if job.cancelled:
        return "Stopping at the end of this step"
    if job.state == "waiting":
        return _queue_position(cache.jobs().ahead(job))
    stage = title(job) if job.stage == job.title else job.stage
    parts = [] if measure else [stage]
    if job.fraction is not None:
        parts.append(f"{measure(job.done)} of {measure(job.total or 0)}" if measure else f"{100 * job.fraction:.0f} %")
        left = text.seconds_left(job.seconds_left)
        parts += [left] if left else []
    elif job.done and measure:
        parts.append(f"{measure(job.done)} so far")
    return ", ".join(parts) or stage


def _queue_position(ahead: list[Job]) -> str:
    """The jobs before a waiting one: the running job, and the number of jobs between the two."""
    if not ahead:
        return "About to begin"
    left = text.seconds_left(ahead[0].seconds_left)
    more = f"; then {text.counted(len(ahead) - 1, 'other job')} before this one" if len(ahead) > 1 else ""
    return f"Waits for: {title(ahead[0])}{f' ({left})' if left else ''}{more}"
