"""Before the first session: what the first page needs is got ready, once, and only from disk."""

import asyncio
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

import ucf_ui.views.tour
from ucf_core.base import memory
from ucf_core.base.jobs.jobs import Jobs
from ucf_core.datasets.load import load_ratings, version
from ucf_core.datasets.sources import sample_unpacker
from ucf_core.datasets.sources.uploads import save_upload
from ucf_ui.session import cache
from ucf_ui.shell import startup


def finish(work):
    """Run a coroutine in a thread of its own: that of the tests may have a loop already, that of a browser."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def ask(app, query: bytes, kind: str = "http") -> None:
    """One request, which the app behind is to get as it was."""
    finish(app({"type": kind, "path": "/", "query_string": query}, None, None))


@pytest.fixture
def asked():
    """What came through to the app behind."""
    return []


@pytest.fixture
def early(asked, monkeypatch):
    """The layer, and what it opened, in the thread of the test."""
    opened = []

    class Now:
        def __init__(self, *, target, args, **_):
            self.start = lambda: target(*args)

    async def behind(scope, receive, send):
        asked.append(scope["query_string"])

    monkeypatch.setattr(startup, "Thread", Now)
    monkeypatch.setattr(cache, "open_early", opened.append)
    startup._imported.set()
    return startup.OpenEarly(behind), opened


def test_the_dataset_of_the_first_address_is_opened_and_of_no_later_one(early, asked):
    app, opened = early
    for query in (b"", b"user=3", b"user=3&dataset=ml-25m", b"dataset=other", b"dataset=ml-25m"):
        ask(app, query)
    assert opened == ["ml-25m"]
    assert asked == [b"", b"user=3", b"user=3&dataset=ml-25m", b"dataset=other", b"dataset=ml-25m"]


@pytest.mark.parametrize("query", [b"dataset=\xff", b"dataset=" + b"&a=1" * 50, b"dataset=", b"datasets=a"])
def test_an_address_that_names_none_opens_nothing_and_the_next_one_still_does(query, early, asked):
    app, opened = early
    ask(app, query)
    assert opened == []
    ask(app, b"dataset=ml-25m")
    assert opened == ["ml-25m"]
    assert asked == [query, b"dataset=ml-25m"]


def test_a_web_socket_opens_nothing(early):
    app, opened = early
    ask(app, b"dataset=ml-25m", kind="websocket")
    assert opened == []


def test_nothing_is_opened_before_sign_in(early, monkeypatch):
    app, opened = early
    monkeypatch.setenv("UCF_REQUIRE_LOGIN", "1")
    ask(app, b"dataset=ml-25m")
    assert opened == []


def test_an_error_while_opening_early_is_shown_by_the_page(early, monkeypatch, asked):
    app, _ = early

    def fail(name):
        raise OSError("disk")

    monkeypatch.setattr(cache, "open_early", fail)
    ask(app, b"dataset=ml-25m")
    assert asked == [b"dataset=ml-25m"]


def test_a_server_gives_memory_back_unpacks_the_sample_and_imports_the_first_page(monkeypatch):
    done = []
    monkeypatch.setattr(startup, "keep_little", lambda: done.append("keep little"))
    monkeypatch.setattr(sample_unpacker, "begin", lambda home: done.append("unpack"))
    monkeypatch.setattr(startup, "_imported", Event())
    monkeypatch.delitem(sys.modules, "ucf_ui.views.tour.tour", raising=False)
    monkeypatch.delattr(ucf_ui.views.tour, "tour", raising=False)

    async def live():
        async with startup.lifespan(None):
            await asyncio.to_thread(startup._imported.wait, 10)

    finish(live())
    assert done == ["keep little", "unpack"]
    assert "ucf_ui.views.tour.tour" in sys.modules
    assert memory.keep_little is not startup.keep_little


@pytest.fixture
def large(tmp_path, monkeypatch):
    """A home with a dataset that counts as large, and the jobs of a process with nothing in it."""
    monkeypatch.setenv("UCF_HOME", str(tmp_path))
    monkeypatch.setattr(cache, "_OPENED_AT_ONCE", 10)
    jobs = Jobs()
    monkeypatch.setattr(cache, "jobs", lambda: jobs)
    return save_upload("mine.csv", b"user,item,rating\n1,1,4\n1,2,3\n2,1,5\n2,2,1\n", home=tmp_path), jobs


def test_an_imported_dataset_is_opened_early_by_the_job_that_the_page_uses(large, tmp_path):
    name, jobs = large
    cache.open_early(name)
    (job,) = jobs.all()
    job.wait(60)
    assert job.state == "done"
    assert cache._opening(name, version(name, home=tmp_path)) is job
    assert job.result.ratings.n_ratings == 4


def test_datasets_that_are_new_missing_or_small_are_not_opened_early(large, tmp_path, monkeypatch):
    name, jobs = large
    shutil.rmtree(tmp_path / "artifacts")  # an upload is read as it is taken in
    cache.open_early(name)
    cache.open_early("upload:other.csv")
    cache.open_early("/etc/passwd")
    load_ratings(name, home=tmp_path)
    monkeypatch.setattr(cache, "_OPENED_AT_ONCE", 1 << 20)
    cache.open_early(name)
    assert jobs.all() == []
