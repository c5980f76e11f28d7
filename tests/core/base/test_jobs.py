"""Jobs: first come first served, with bounds, progress, cancel, and an outcome that any thread can read."""

import os
import subprocess
import sys
import threading

import pytest

from ucf_core.base.errors import BusyError, DatasetError
from ucf_core.base.jobs.job import Job
from ucf_core.base.jobs.jobs import MOST_WAITING, MOST_WAITING_EACH, Jobs


@pytest.fixture
def jobs():
    return Jobs()


class Gate:
    """Work that waits inside until it is let go, reporting as it goes."""

    def __init__(self):
        self.inside = threading.Event()
        self.go = threading.Event()

    def __call__(self, job: Job) -> str:
        job.progress(1, 4)
        self.inside.set()
        assert self.go.wait(10)
        job.progress(4, 4)
        return "made"


def finish(job: Job) -> None:
    for _ in range(1000):
        if not job.live:
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"{job.key} is still {job.state}")


def test_a_job_shows_how_far_it_is_and_keeps_its_result(jobs):
    gate = Gate()
    job = jobs.submit("a", "Making a", gate)
    gate.inside.wait(10)
    assert (job.state, job.fraction, job.live) == ("running", 0.25, True)
    assert job.seconds_left >= 0
    gate.go.set()
    finish(job)
    assert (job.state, job.result, job.error) == ("done", "made", None)
    assert job.seconds >= 0


def test_a_key_is_never_worked_on_twice_at_once(jobs):
    gate = Gate()
    job = jobs.submit("a", "A", gate)
    assert jobs.submit("a", "A", gate) is job
    gate.go.set()
    finish(job)
    assert jobs.submit("a", "A", gate) is not job


def test_submit_once_keeps_the_outcome_until_it_is_forgotten(jobs):
    job = jobs.submit_once("a", "A", lambda job: 1)
    finish(job)
    assert jobs.submit_once("a", "A", lambda job: 2) is job
    jobs.forget("a")
    again = jobs.submit_once("a", "A", lambda job: 2)
    finish(again)
    assert again.result == 2


def test_who_waits_for_a_job_goes_on_when_it_is_over_and_not_before(jobs):
    go = threading.Event()
    job = jobs.submit("a", "A", lambda job: go.wait(10))
    job.wait(0.05)
    assert job.live
    threading.Timer(0.1, go.set).start()
    job.wait(10)
    assert job.state == "done"
    job.wait(10)  # over already


def test_a_live_job_is_not_forgotten(jobs):
    gate = Gate()
    job = jobs.submit("a", "A", gate)
    jobs.forget("a")
    assert jobs.get("a") is job
    gate.go.set()
    finish(job)


def test_cancel_stops_a_running_job_at_its_next_report(jobs):
    gate = Gate()
    job = jobs.submit("a", "A", gate)
    gate.inside.wait(10)
    job.cancel()
    gate.go.set()
    finish(job)
    assert (job.state, job.result) == ("cancelled", None)


def test_a_waiting_job_that_is_cancelled_never_starts(jobs):
    gate, started = Gate(), []
    one = jobs.submit("a", "A", gate)
    two = jobs.submit("b", "B", lambda job: started.append(1))
    two.cancel()
    gate.go.set()
    finish(one)
    finish(two)
    assert two.state == "cancelled"
    assert started == []


def test_an_expected_failure_is_told_in_its_own_words(jobs):
    def fail(job):
        raise DatasetError("no ratings in x.csv; at least one is needed")

    job = jobs.submit("a", "A", fail)
    finish(job)
    assert (job.state, job.error) == ("failed", "no ratings in x.csv; at least one is needed")


def test_an_unexpected_failure_is_logged_and_does_not_stop_the_worker(jobs, caplog):
    job = jobs.submit("a", "A", lambda job: 1 / 0)
    finish(job)
    assert job.state == "failed"
    assert "ZeroDivisionError" not in job.error
    assert "ZeroDivisionError" in caplog.text
    after = jobs.submit("b", "B", lambda job: "still alive")
    finish(after)
    assert after.result == "still alive"


def test_a_new_stage_starts_its_progress_anew(jobs):
    seen = []

    def work(job):
        job.begin("reading")
        job.progress(5, 5)
        seen.append((job.stage, job.fraction))
        job.begin("fitting")
        seen.append((job.stage, job.fraction, job.seconds_left))

    finish(jobs.submit("a", "A", work))
    assert seen == [("reading", 1.0), ("fitting", None, None)]


def test_what_an_earlier_run_left_does_not_count_for_the_pace(jobs, monkeypatch):
    clock = iter([10.0, 10.0, 14.0, 14.0, 14.0, 14.0])
    monkeypatch.setattr("ucf_core.base.jobs.job.time.monotonic", lambda: next(clock))
    job = Job("a", "A")
    seen = []

    def work(job):
        job.begin("searching", before=60)
        job.progress(60, 100)
        seen.append((job.fraction, job.seconds_left))
        job.progress(80, 100)
        seen.append((job.fraction, job.seconds_left))

    job.run(work)
    # 20 in 4 seconds, and 20 are left
    assert seen == [(0.6, None), (0.8, 4.0)]


def test_elapsed_is_there_from_the_begin_of_the_work_on(jobs):
    gate = Gate()
    one, two = jobs.submit("a", "A", gate), jobs.submit("b", "B", lambda job: None)
    gate.inside.wait(10)
    assert one.elapsed >= 0
    assert two.elapsed is None
    two.cancel()
    gate.go.set()
    finish(one)
    assert one.elapsed == one.seconds
    assert two.elapsed is None


def test_background_work_keeps_nobody_waiting(jobs):
    gate, other = Gate(), Gate()
    long = jobs.submit("a", "A", gate, background=True)
    next_long = jobs.submit("b", "B", other, background=True)
    gate.inside.wait(10)
    short = jobs.submit("c", "C", lambda job: "made")
    finish(short)
    assert (long.state, next_long.state, short.result) == ("running", "waiting", "made")
    gate.go.set()
    other.go.set()
    finish(next_long)


def test_another_try_is_the_newest_job(jobs):
    for key in ("a", "b", "a"):
        finish(jobs.submit(key, key, lambda job: None))
    assert [job.key for job in jobs.all()] == ["b", "a"]


def test_jobs_that_are_over_leave_the_list_and_keep_their_outcome(jobs):
    gate = Gate()
    over, live = jobs.submit("a", "A", lambda job: "made"), jobs.submit("b", "B", gate)
    assert gate.inside.wait(10)
    jobs.unlist()
    assert [job.key for job in jobs.all() if job.listed] == ["b"]
    assert jobs.get("a").result == over.result == "made"
    gate.go.set()
    finish(live)
    assert live.listed


ENDS_IN_A_JOB = """
import threading, time
from ucf_core.base.jobs.jobs import Jobs

def endless(job):
    begun.set()
    while True:
        job.progress(0, None)
        time.sleep(0.01)

begun, jobs = threading.Event(), Jobs()
running = jobs.submit("endless", "Endless", endless)
waiting = jobs.submit("next", "Next", lambda job: print("the next one ran"))
begun.wait()
"""


def test_a_process_that_ends_cancels_its_jobs_instead_of_waiting_for_all_of_them():
    done = subprocess.run([sys.executable, "-c", ENDS_IN_A_JOB], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


FAILS_AS_THE_PROCESS_ENDS = """
import threading, time
from concurrent.futures import ThreadPoolExecutor, thread
from ucf_core.base import logs
from ucf_core.base.jobs.jobs import Jobs

def product(job):
    begun.set()
    while not thread._shutdown:  # from then on Python starts no more threads
        time.sleep(0.01)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(sum, ()).result()

logs.configure()
begun, jobs = threading.Event(), Jobs()
jobs.submit("evaluation x", "An evaluation", product)
begun.wait()
"""


def test_work_that_fails_because_the_process_ends_is_cancelled_and_no_error():
    code = [sys.executable, "-c", FAILS_AS_THE_PROCESS_ENDS]
    done = subprocess.run(code, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")
    (line,) = done.stderr.splitlines()
    assert " level=info event=job logger=ucf_core.base.jobs.job name=evaluation state=cancelled " in line
    assert line.endswith(" error=RuntimeError")


@pytest.mark.parametrize("error", [RuntimeError("broken"), DatasetError("no ratings")])
def test_work_that_fails_once_it_is_cancelled_has_failed_all_the_same(error, jobs):
    gate = Gate()

    def fail(job):
        gate.inside.set()
        gate.go.wait(10)
        raise error

    job = jobs.submit("a", "A", fail)
    assert gate.inside.wait(10)
    job.cancel()
    gate.go.set()
    finish(job)
    assert job.state == "failed"


@pytest.fixture
def held(jobs):
    """The job that holds the worker until the test is over."""
    gate = Gate()
    job = jobs.submit("first", "The first job", gate)
    assert gate.inside.wait(10)
    yield job
    gate.go.set()
    jobs.join(10)


def test_waiting_jobs_run_in_the_order_in_which_they_were_submitted(jobs):
    gate, order = Gate(), []
    jobs.submit("first", "The first job", gate)
    for key, owner in (("a1", "ann"), ("a2", "ann"), ("b1", "bob"), ("a3", "ann"), ("c1", None)):
        jobs.submit(key, key, lambda job: order.append(job.key), owner=owner)
    jobs.get("a2").cancel()
    gate.go.set()
    jobs.join(10)
    assert order == ["a1", "b1", "a3", "c1"]


def test_a_waiting_job_knows_which_jobs_come_before_it(jobs, held):
    a1, b1, a2 = (jobs.submit(key, key, lambda job: None, owner=key[0]) for key in ("a1", "b1", "a2"))
    other = jobs.submit("long", "Long", lambda job: None, background=True)
    assert (jobs.ahead(a2), jobs.ahead(held)) == ([held, a1, b1], [])
    a1.cancel()
    assert (jobs.ahead(a2), jobs.ahead(a1)) == ([held, b1], [])
    held.state = "done"  # its worker has not left it yet
    assert jobs.ahead(a2) == [b1]
    assert jobs.ahead(other) == []


def test_a_job_too_many_of_one_owner_is_refused_and_those_of_others_are_not(jobs, held):
    own = [jobs.submit(str(number), "Own", lambda job: None, owner="ann") for number in range(MOST_WAITING_EACH)]
    with pytest.raises(BusyError, match=r"5 jobs of yours are waiting already, and 5 is the most"):
        jobs.submit("too many", "Too many", lambda job: None, owner="ann")
    assert jobs.get("too many") is None
    assert jobs.submit("0", "Own", lambda job: None, owner="ann") is own[0]
    assert jobs.submit("of bob", "Of Bob", lambda job: None, owner="bob").live
    assert jobs.submit("long", "Long", lambda job: None, owner="ann", background=True)
    own[0].cancel()
    assert jobs.submit("once more", "Once more", lambda job: None, owner="ann").live


def test_the_queue_has_an_end_but_not_for_what_all_sessions_need(jobs, held):
    for number in range(MOST_WAITING):
        jobs.submit(str(number), "Some job", lambda job: None, owner=number)
    with pytest.raises(BusyError, match=r"30 jobs are waiting already, and 30 is the most"):
        jobs.submit("too many", "Too many", lambda job: None, owner="one more")
    assert jobs.submit("open", "Opening a dataset", lambda job: None).live


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")
def test_work_and_the_threads_that_it_starts_have_a_lower_priority_than_the_rest_of_the_process(jobs):
    found = []

    def note(*_: Job) -> None:
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        if _:
            helper = threading.Thread(target=note)
            helper.start()
            helper.join()

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    jobs.submit("a", "A", note)
    jobs.join(10)
    assert found == [min(before + 10, 19)] * 2  # 19 is the lowest there is
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
