"""Queries whose embedding or index a job builds first, and the stand-in that answers until then."""

from collections.abc import Callable

import streamlit as st

from ucf_core.base.jobs.job import Job
from ucf_core.base.specs import QuerySpec, changed
from ucf_core.explorer.explorer import Explorer
from ucf_ui.session import cache, job_status
from ucf_ui.session.waiting import session_id
from ucf_ui.widgets import inputs


def prepare(explorer: Explorer, query: QuerySpec) -> QuerySpec:
    """`query` if it is answered at once; else its stand-in, with the status of the job that builds what is missing.

    While a slider is dragged over dims, no job is started.
    """
    if inputs.is_passed("dim") and not cache.is_quick(explorer, query):
        st.caption(":material/hourglass_top: Exact search answers until you let go of the slider.")
        return stand_in(explorer, query)
    ready, job = resolve(explorer, query, session_id())
    if job is not None:
        missing = f"The HNSW index for {query.dim} dimensions"
        meanwhile = "Exact search answers"
        if query.weighting != ready.weighting:
            missing = f"The {'embedding' if query.space == 'svd' else 'index'} of {query.weighting} ratings"
            meanwhile = "Answers are by ratings as given (raw weighting)"
        if job.live:
            st.caption(
                f":material/hourglass_top: {missing} is being built. {meanwhile} until it is ready; then this page "
                "updates by itself."
            )
        job_status.show(job, note=f"{meanwhile}.")
    return ready


def stand_in(explorer: Explorer, query: QuerySpec) -> QuerySpec:
    """`query` if it is answered at once, else the same by exact search, or by raw ratings if even that must wait."""
    exact = changed(query, {"engine": "exact"})
    if cache.is_quick(explorer, query):
        return query
    if query.weighting == "raw" or explorer.builds.in_memory(exact):
        return exact  # unit vectors or inverted lists: a second, once
    raw = changed(query, {"weighting": "raw"})
    return raw if cache.is_quick(explorer, raw) else changed(raw, {"engine": "exact"})


def resolve(explorer: Explorer, query: QuerySpec, session: str) -> tuple[QuerySpec, Job | None]:
    """`query` and None if it is answered at once, else its stand-in and the job that builds what is missing.

    A weighting comes before its index, one job after the other. `session` waits for one job at a time: the job of a dim
    that it no longer needs is cancelled, unless another session waits for it.
    """
    answers = stand_in(explorer, query)
    has_weighting = answers.weighting == query.weighting
    if answers == query or (has_weighting and query.chosen_engine == "exact"):
        return answers, None
    work = _index_work if has_weighting else _weighting_work
    dataset = explorer.ratings.name
    return answers, cache.waiting().job(cache.jobs(), session, *work(explorer, query), dataset=dataset)


def _weighting_work(explorer: Explorer, query: QuerySpec) -> tuple[str, str, Callable[[Job], None]]:
    """Key, title and work of the job that prepares exact search under the weighting of `query`.

    In the svd space it prepares the raw space too: pages show how many neighbours both have in common.
    """
    of = f"{cache.dataset_title(explorer.ratings.name)}, {query.weighting} ratings"
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
    dim = explorer.dim(query)

    def work(job: Job) -> None:
        job.begin(f"Building the index for {dim} dimensions")
        explorer.builds.index(query, progress=job.progress)

    of = "" if query.weighting == "raw" else f" of {query.weighting} ratings"
    title = f"Index of {cache.dataset_title(explorer.ratings.name)}, {dim} dimensions{of}"
    return f"index {explorer.ratings.fingerprint} {dim} {query.embedding} {query.hnsw}", title, work
