"""Uploads of one session: in memory, bounded, closed with the work on them."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from ucf_core.base.errors import DatasetError
from ucf_core.base.jobs.jobs import Jobs
from ucf_ui.session import own_uploads
from ucf_ui.session.own_uploads import OwnUploads

ROOT = Path(__file__).parents[3]
GOOD = b"user,item,rating,title\nann,x,4,One\nann,y,2,Two\nbob,x,5,One\nbob,z,3,Three\n"


@pytest.fixture
def jobs():
    made = Jobs()
    yield made
    made.stop()


ANSWER = f"""
from ucf_ui.session.own_uploads import OwnUploads

uploads = OwnUploads()
explorer = uploads.explorers[uploads.add("my ratings.csv", {GOOD!r})]
print(explorer.ratings.name)
print(explorer.neighbours("ann", k=1).to_frame()["user"].tolist())
print(explorer.recommend("ann", k=1, n=1).to_frame()["title"].tolist())
"""


def test_an_upload_gives_answers_and_leaves_nothing_on_disk(tmp_path):
    # a process of its own: threads of other tests may still be writing to the folder that is set in this one
    place = {"HOME": "", "TMPDIR": "", "UCF_HOME": "home"}
    done = subprocess.run(
        [sys.executable, "-B", "-c", ANSWER],
        cwd=tmp_path,
        env=os.environ | {name: str(tmp_path / folder) for name, folder in place.items()} | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["session:my-ratings.csv", "['bob']", "['Three']"]
    assert list(tmp_path.iterdir()) == []


def test_a_second_file_of_a_name_gets_a_number():
    uploads = OwnUploads()
    assert [uploads.add("mine.csv", GOOD), uploads.add("mine.csv", GOOD)] == ["session:mine.csv", "session:mine-2.csv"]
    assert [*uploads.explorers] == ["session:mine.csv", "session:mine-2.csv"]


def test_more_than_two_are_refused_until_one_is_closed(jobs):
    uploads = OwnUploads()
    first = uploads.add("a.csv", GOOD)
    uploads.add("b.csv", GOOD)
    with pytest.raises(DatasetError, match="holds 2 private uploads; close one, or keep the file for all users"):
        uploads.add("c.csv", GOOD)
    uploads.close(first, jobs)
    assert first not in uploads.explorers
    assert uploads.add("c.csv", GOOD) == "session:c.csv"


def test_a_file_that_is_too_large_is_refused_with_the_bound_and_a_way_out(monkeypatch):
    monkeypatch.setattr(own_uploads, "MAX_BYTES", 1 << 20)
    with pytest.raises(
        DatasetError, match=r"mine.csv has 2 MiB; a session holds files of up to 1: keep it for all users"
    ):
        OwnUploads().add("mine.csv", b"x" * (2 << 20))


def test_too_many_ratings_are_refused_and_not_stored(monkeypatch):
    monkeypatch.setattr(own_uploads, "MAX_RATINGS", 3)
    uploads = OwnUploads()
    with pytest.raises(DatasetError, match="has 4 ratings; a session holds files of up to 3"):
        uploads.add("mine.csv", GOOD)
    assert uploads.explorers == {}


def test_the_error_of_a_bad_file_names_it_and_other_uploads_stay():
    uploads = OwnUploads()
    uploads.add("mine.csv", GOOD)
    with pytest.raises(DatasetError, match=r"^mine.csv, line 3") as caught:
        uploads.add("mine.csv", b"user,item,rating\n1,2,3\n1,3,great\n")
    assert tempfile.gettempdir() not in str(caught.value)
    assert len(uploads.explorers) == 1


def test_closing_stops_the_work_on_an_upload_and_no_other(jobs):
    mine, other = OwnUploads(), OwnUploads()
    name = mine.add("mine.csv", GOOD)
    assert other.add("mine.csv", GOOD.replace(b"5", b"1")) == name
    begun = threading.Event()

    def until_stopped(job):
        begun.set()
        while True:
            job.progress(0.0, None)
            time.sleep(0.01)

    works = {mine: until_stopped, other: lambda _: None}  # the second waits for the first
    submitted = [
        jobs.submit(f"index {uploads.explorers[name].ratings.fingerprint}", "Index", work, dataset=name)
        for uploads, work in works.items()
    ]
    begun.wait(10)
    assert [mine.owns(job) for job in submitted] == [True, False]
    mine.close(name, jobs)
    jobs.join(10)
    assert [job.state for job in submitted] == ["cancelled", "done"]
    assert [job.listed for job in submitted] == [False, True]


def test_results_of_jobs_on_an_upload_are_dropped_with_it(jobs):
    uploads = OwnUploads()
    name = uploads.add("mine.csv", GOOD)
    key = f"evaluation {uploads.explorers[name].ratings.fingerprint} 1"
    jobs.submit(key, "Evaluation", lambda _: "figures", dataset=name)
    jobs.join(10)
    assert jobs.get(key).result == "figures"
    uploads.close_all(jobs)
    assert jobs.get(key) is None
    assert uploads.explorers == {}


def test_uploads_survive_a_short_disconnection_only(jobs, monkeypatch):
    uploads = OwnUploads()
    uploads.add("mine.csv", GOOD)
    uploads.disconnected(jobs)
    timer = uploads._timer
    uploads.connected()
    timer.join(10)
    assert len(uploads.explorers) == 1

    monkeypatch.setattr(own_uploads, "GRACE", 0.01)
    uploads.disconnected(jobs)
    uploads._timer.join(10)
    assert uploads.explorers == {}


def test_without_uploads_no_timer_is_started(jobs):
    uploads = OwnUploads()
    uploads.disconnected(jobs)
    assert uploads._timer is None
