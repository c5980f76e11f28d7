"""Questions that a job has to get ready first, and the query that answers meanwhile."""

import streamlit as st

from ucf_core.base.specs import QuerySpec
from ucf_core.explorer.explorer import Explorer
from ucf_ui.session import cache, job_status
from ucf_ui.session.waiting import session_id
from ucf_ui.widgets import inputs


def settled(explorer: Explorer, query: QuerySpec) -> QuerySpec:
    """`query` if all that it needs is ready; else its stand-in, with the status of the job that gets it ready.

    The stand-in is the same query by exact search, or by raw ratings if even the embedding is missing. What takes no
    longer than a page may wait is built at once. While a slider is dragged over dims, nothing is built for them.
    """
    if inputs.is_passed("dim") and not cache.is_quick(explorer, query):
        st.caption(":material/hourglass_top: Exact search answers until you let go of the slider.")
        return exact_unless_ready(explorer, query)
    ready, job = cache.ready(explorer, query, session_id())
    if job is not None:
        what, meanwhile = _missing(query, ready)
        if job.live:
            st.caption(
                f":material/hourglass_top: {what} is being built. {meanwhile} until it is ready; then this page "
                "updates by itself."
            )
        job_status.show(job, note=f"{meanwhile}.")
    return ready


def _missing(query: QuerySpec, ready: QuerySpec) -> tuple[str, str]:
    """What is not ready yet for `query`, and what `ready` does instead."""
    if query.weighting == ready.weighting:
        return f"The HNSW index for {query.dim} dimensions", "Exact search answers"
    what = "embedding" if query.space == "svd" else "index"
    return f"The {what} of {query.weighting} ratings", "Answers are by ratings as given (raw weighting)"


def exact_unless_ready(explorer: Explorer, query: QuerySpec) -> QuerySpec:
    """`query` if it can be answered at once, else its stand-in; starts no job and shows nothing."""
    return query if cache.is_quick(explorer, query) else cache.stand_in(explorer, query)
