"""Which session waits for which job: a job that no session waits for any more is cancelled."""

import gc
import threading
import time
from functools import partial

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import ucf_core as ucf
from ucf_core.base.specs import QuerySpec
from ucf_ui.session import cache, ready_query
from ucf_ui.session.waiting import Waiting, is_alive


def always(session):
    """Every session exists."""
    return True


def test_the_first_wait_abandons_no_job():
    assert Waiting(always).wait_for("ann", "64") is None


def test_the_job_before_is_abandoned_unless_another_session_waits_for_it():
    waiting = Waiting(always)
    waiting.wait_for("ann", "64")
    waiting.wait_for("bob", "64")
    assert waiting.wait_for("ann", "64") is None
    assert waiting.wait_for("ann", "63") is None
    assert waiting.wait_for("bob", "63") == "64"
    assert waiting.wait_for("bob", "62") is None
    assert waiting.wait_for("ann", "62") == "63"


def test_ended_sessions_wait_for_nothing():
    there = {"ann", "bob"}
    waiting = Waiting(there.__contains__)
    waiting.wait_for("ann", "64", place="list")
    waiting.wait_for("ann", "32")
    waiting.wait_for("bob", "64")
    assert len(waiting._keys) == 3
    there.remove("ann")
    assert waiting.wait_for("bob", "63") == "64"
    assert len(waiting._keys) == 1


@pytest.fixture
def fresh_caches():
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def test_a_session_ends_with_its_state(fresh_caches):
    def script():
        from ucf_ui.session import cache
        from ucf_ui.session.waiting import session_id

        cache.waiting().wait_for(session_id(), "64")

    first, second = AppTest.from_function(script).run(), AppTest.from_function(script).run()
    name = first.session_state["_session"].id
    assert is_alive(name)
    assert len(cache.waiting()._keys) == 2
    first.run()
    assert len(cache.waiting()._keys) == 2
    del first
    deadline = time.monotonic() + 30
    while is_alive(name) and time.monotonic() < deadline:
        time.sleep(0.01)  # the thread of its last run has not ended yet
        gc.unfreeze()  # opening a dataset in this process freezes all objects
        gc.collect()
    assert not is_alive(name)
    second.run()
    assert len(cache.waiting()._keys) == 1


@pytest.fixture
def indexed_by_jobs(clustered, monkeypatch):
    """An Explorer whose indexes are all built by jobs, which wait until they are let go."""
    monkeypatch.setattr(cache, "_INDEXED_AT_ONCE", 0)
    monkeypatch.setattr(cache, "Waiting", partial(Waiting, always))
    go = threading.Event()
    cache.jobs().submit("before", "Something else", lambda job: go.wait(30))
    yield ucf.Explorer(clustered, in_memory=True)
    go.set()
    cache.jobs().join(30)
    st.cache_resource.clear()


def wanted(explorer, session, dim):
    query, job = ready_query.resolve(explorer, QuerySpec(dim=dim), session)
    assert query.engine == "exact"
    return job


def test_dims_that_a_session_only_passes_are_not_built(indexed_by_jobs):
    jobs = [wanted(indexed_by_jobs, "ann", dim) for dim in (12, 11, 10)]
    assert [(job.state, job.listed) for job in jobs] == [("cancelled", False), ("cancelled", False), ("waiting", True)]


def test_a_passed_dim_is_built_when_it_is_chosen_again(indexed_by_jobs):
    first = wanted(indexed_by_jobs, "ann", 12)
    wanted(indexed_by_jobs, "ann", 11)
    again = wanted(indexed_by_jobs, "ann", 12)
    assert (first.state, again.state) == ("cancelled", "waiting")


def test_a_dim_that_another_session_waits_for_is_built(indexed_by_jobs):
    job = wanted(indexed_by_jobs, "bob", 12)
    assert wanted(indexed_by_jobs, "ann", 12) is job
    wanted(indexed_by_jobs, "ann", 11)
    assert job.state == "waiting"


def test_a_job_that_a_user_cancelled_is_not_restarted(indexed_by_jobs):
    job = wanted(indexed_by_jobs, "ann", 12)
    job.cancel()
    assert wanted(indexed_by_jobs, "ann", 12) is job
    assert job.state == "cancelled"
