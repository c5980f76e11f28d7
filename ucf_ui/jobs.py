"""Jobs on screen: progress with time left and cancel, polled until they end; and what answers in the meantime."""

from collections.abc import Callable

import streamlit as st

from ucf_core.datasets.uploads import SESSION_PREFIX
from ucf_core.explorer import Explorer
from ucf_core.job import Job
from ucf_core.specs import QuerySpec
from ucf_ui import cache, inputs, interest, text
from ucf_ui.faults import safely
from ucf_ui.fragment import fragment

Measure = Callable[[float], str]


def show(job: Job, measure: Measure | None = None) -> None:
    """Progress of a live job and a button to cancel it; the whole page runs once more when the job is over.

    `measure` writes an amount of work for people, such as bytes; without it only the share is shown.
    """

    def poll() -> None:
        if not job.live:
            st.rerun()
        show_progress(job, measure)

    fragment(poll, run_every=0.5)()


def show_progress(job: Job, measure: Measure | None = None) -> None:
    """A live job as it is now: a bar, what it does, the time left, and a button to cancel it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(job.fraction or 0.0, _label(job, measure), width=420)
        st.button(
            "Cancel",
            key=f"cancel-{job.key}",
            icon=":material/close:",
            on_click=safely(job.cancel),
            disabled=job.cancelled,
            help="Stop this job, for everybody who is waiting for it.",
        )


def title(job: Job) -> str:
    """What this session reads of a job: not the name of a file that another one has to itself."""
    if is_private(job):
        return "Work on an upload that another session has to itself"
    return job.title


def is_private(job: Job) -> bool:
    """Whether a job works on what another session has to itself."""
    dataset = job.dataset or ""
    return dataset.startswith(SESSION_PREFIX) and not cache.own_uploads().made(job)


def settled(explorer: Explorer, query: QuerySpec) -> QuerySpec:
    """`query` where all that it needs is there; else what answers meanwhile, while a job builds it, and says so.

    That is the same by exact search, and by raw ratings where even the embedding is missing. What takes no longer than
    a page may wait is built at once. While a handle passes over dims, nothing is built for them.
    """
    if inputs.is_passed("dim") and not cache.is_quick(explorer, query):
        st.caption(":material/hourglass_top: Exact search answers until you let go of the slider.")
        return exact_unless_ready(explorer, query)
    ready, job = cache.ready(explorer, query, interest.session())
    if job is None:
        return ready
    what, meanwhile = _missing(query, ready)
    if job.live:
        st.caption(
            f":material/hourglass_top: {what} is being built. {meanwhile} until it is ready, and then this page "
            "changes over by itself."
        )
        show(job)
    elif job.state == "cancelled":
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{what} is not there: building it was cancelled. {meanwhile}.")
            st.button(
                "Build it after all",
                icon=":material/play_arrow:",
                on_click=safely(cache.jobs().forget),
                args=(job.key,),
            )
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f":material/error: {what} could not be built: {job.error}. {meanwhile}.")
            st.button("Try again", icon=":material/refresh:", on_click=safely(cache.jobs().forget), args=(job.key,))
    return ready


def _missing(query: QuerySpec, ready: QuerySpec) -> tuple[str, str]:
    """What is not there yet for `query`, and what `ready` does about it."""
    if query.weighting == ready.weighting:
        return f"The HNSW index for {query.dim} dimensions", "Exact search answers"
    what = "embedding" if query.space == "svd" else "index"
    return f"The {what} of {query.weighting} ratings", "Answers are by ratings as given (raw weighting)"


def exact_unless_ready(explorer: Explorer, query: QuerySpec) -> QuerySpec:
    """`query` if it can be answered at once, else what stands in for it; starts nothing and says nothing."""
    return query if cache.is_quick(explorer, query) else cache.stand_in(explorer, query)


def _place_in_line(ahead: list[Job]) -> str:
    """Whom a job waits for: what runs now, and how many come before it then."""
    if not ahead:
        return "About to begin"
    runs = f"Waits for: {title(ahead[0])}"
    left = text.seconds_left(ahead[0].seconds_left)
    more = f"; then {text.counted(len(ahead) - 1, 'other job')} before this one" if len(ahead) > 1 else ""
    return f"{runs}{f' ({left})' if left else ''}{more}"


def _label(job: Job, measure: Measure | None) -> str:
    if job.cancelled:
        return "Stopping at the end of this step"
    if job.state == "waiting":
        return _place_in_line(cache.jobs().ahead(job))
    stage = title(job) if job.stage == job.title else job.stage  # until it says what it does, its title
    parts = [] if measure else [stage]
    if job.fraction is not None:
        parts.append(f"{measure(job.done)} of {measure(job.total or 0)}" if measure else f"{100 * job.fraction:.0f} %")
        left = text.seconds_left(job.seconds_left)
        parts += [left] if left else []
    elif job.done and measure:
        parts.append(f"{measure(job.done)} so far")
    return ", ".join(parts) or stage
