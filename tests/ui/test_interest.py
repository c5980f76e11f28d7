"""An index that nobody waits for any more makes way for one that somebody does."""

import threading

import pytest
import streamlit as st

import ucf_core as ucf
from ucf_core.specs import QuerySpec
from ucf_ui import cache
from ucf_ui.interest import Interest


def test_the_first_turn_leaves_nothing_behind():
    assert Interest().turn_to("ann", "64") is None


def test_the_one_before_is_left_unless_somebody_else_waits_for_it():
    interest = Interest()
    interest.turn_to("ann", "64")
    interest.turn_to("bob", "64")
    assert interest.turn_to("ann", "64") is None
    assert interest.turn_to("ann", "63") is None
    assert interest.turn_to("bob", "63") == "64"
    assert interest.turn_to("bob", "62") is None
    assert interest.turn_to("ann", "62") == "63"


@pytest.fixture
def indexed_by_jobs(clustered, monkeypatch):
    """An Explorer whose indexes are all built by jobs, which wait until they are let go."""
    monkeypatch.setattr(cache, "_INDEXED_AT_ONCE", 0)
    go = threading.Event()
    cache.jobs().submit("before", "Something else", lambda job: go.wait(30))
    yield ucf.Explorer(clustered, in_memory=True)
    go.set()
    cache.jobs().join(30)
    st.cache_resource.clear()


def wanted(explorer, session, dim):
    query, job = cache.ready(explorer, QuerySpec(dim=dim), session)
    assert query.engine == "exact"
    return job


def test_dims_that_somebody_steps_over_are_not_built(indexed_by_jobs):
    jobs = [wanted(indexed_by_jobs, "ann", dim) for dim in (12, 11, 10)]
    assert [(job.state, job.listed) for job in jobs] == [("cancelled", False), ("cancelled", False), ("waiting", True)]


def test_a_dim_that_was_stepped_over_is_built_when_it_is_wanted_again(indexed_by_jobs):
    first = wanted(indexed_by_jobs, "ann", 12)
    wanted(indexed_by_jobs, "ann", 11)
    again = wanted(indexed_by_jobs, "ann", 12)
    assert (first.state, again.state) == ("cancelled", "waiting")


def test_what_another_session_waits_for_is_built(indexed_by_jobs):
    job = wanted(indexed_by_jobs, "bob", 12)
    assert wanted(indexed_by_jobs, "ann", 12) is job
    wanted(indexed_by_jobs, "ann", 11)
    assert job.state == "waiting"


def test_what_somebody_cancelled_is_not_started_again_by_itself(indexed_by_jobs):
    job = wanted(indexed_by_jobs, "ann", 12)
    job.cancel()
    assert wanted(indexed_by_jobs, "ann", 12) is job
    assert job.state == "cancelled"
