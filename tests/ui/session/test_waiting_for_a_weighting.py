"""Where a weighting was not used before, raw ratings answer while a job prepares it."""

import threading

import pytest
import streamlit as st

import ucf_core as ucf
from ucf_core.base.specs import QuerySpec, changed
from ucf_ui.session import cache, ready_query

RESIDUAL = QuerySpec(k=5, dim=3, weighting="residual", engine="hnsw")
AS_GIVEN = changed(RESIDUAL, {"weighting": "raw"})


@pytest.fixture
def explorer(clustered, monkeypatch):
    """All is built by jobs; the raw weighting's embedding is there, as after opening a large dataset."""
    monkeypatch.setattr(cache, "_INDEXED_AT_ONCE", 0)
    explorer = ucf.Explorer(clustered, in_memory=True)
    explorer.builds.embedding()
    yield explorer
    worked_off()
    st.cache_resource.clear()


def worked_off():
    cache.jobs().join(30)


def cached(explorer, kind):
    cached = explorer.builds._caches.get(kind)
    return {key[1].weighting for key in cached} if cached else set()


def test_the_embedding_is_built_first_then_the_index_and_each_is_used_at_once(explorer):
    answers, job = ready_query.resolve(explorer, RESIDUAL, "ann")
    assert answers == changed(AS_GIVEN, {"engine": "exact"})
    assert job.title.startswith("Embedding of")
    worked_off()
    assert cached(explorer, "embedding") == {"raw", "residual"}
    answers, job = ready_query.resolve(explorer, RESIDUAL, "ann")
    assert answers == changed(RESIDUAL, {"engine": "exact"})
    assert job.title.startswith("Index of")
    worked_off()
    assert ready_query.resolve(explorer, RESIDUAL, "ann") == (RESIDUAL, None)


def test_the_index_of_raw_ratings_answers_if_it_is_there(explorer):
    explorer.builds.index(AS_GIVEN)
    answers, _ = ready_query.resolve(explorer, RESIDUAL, "ann")
    assert answers == AS_GIVEN
    assert ready_query.stand_in(explorer, RESIDUAL) == AS_GIVEN


def test_exact_search_needs_the_embedding_alone(explorer):
    exact = changed(RESIDUAL, {"engine": "exact"})
    ready_query.resolve(explorer, exact, "ann")
    worked_off()
    assert ready_query.resolve(explorer, exact, "ann") == (exact, None)
    assert explorer.builds.in_memory(changed(exact, {"space": "raw"}))


def test_the_raw_space_is_prepared_without_an_embedding(explorer):
    rows = changed(RESIDUAL, {"space": "raw", "engine": "exact"})
    answers, job = ready_query.resolve(explorer, rows, "ann")
    assert answers == changed(rows, {"weighting": "raw"})
    assert job.title.startswith("Search by")
    worked_off()
    assert ready_query.resolve(explorer, rows, "ann") == (rows, None)
    assert cached(explorer, "embedding") == {"raw"}


def test_a_cancelled_weighting_is_not_restarted(explorer):
    go = threading.Event()
    cache.jobs().submit("before", "Something else", lambda job: go.wait(30))
    _, job = ready_query.resolve(explorer, RESIDUAL, "ann")
    job.cancel()
    go.set()
    worked_off()
    answers, same = ready_query.resolve(explorer, RESIDUAL, "ann")
    assert (answers.weighting, same, job.state) == ("raw", job, "cancelled")
    cache.jobs().forget(job.key)  # what the button on the page does
    ready_query.resolve(explorer, RESIDUAL, "ann")
    worked_off()
    assert ready_query.resolve(explorer, RESIDUAL, "ann")[0].weighting == "residual"


def test_the_stand_in_starts_no_job(explorer):
    assert ready_query.stand_in(explorer, RESIDUAL) == changed(AS_GIVEN, {"engine": "exact"})
    assert cache.jobs().all() == []
    assert cached(explorer, "embedding") == {"raw"}
