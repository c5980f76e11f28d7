"""Lane: whose job is next, who waits for whom, and how many may."""

import os
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.errors import BusyError
from ucf_core.job import Job
from ucf_core.lane import MOST_WAITING, MOST_WAITING_EACH, Lane


class Held:
    """A lane whose worker is busy until it is let go; keeps the order in which the jobs after that one ran."""

    def __init__(self):
        self.lane = Lane("test")
        self.order: list[str] = []
        self.go = threading.Event()
        self.inside = threading.Event()
        self.first = Job("first", "The first job")
        self.lane.add(self.first, self._hold)
        assert self.inside.wait(10)

    def _hold(self, job: Job) -> None:
        self.inside.set()
        assert self.go.wait(10)

    def add(self, key: str, owner: str | None = None) -> Job:
        job = Job(key, f"Job {key}", owner=owner)
        self.lane.add(job, lambda job: self.order.append(job.key))
        return job

    def run(self) -> list[str]:
        """The keys in the order in which they ran."""
        self.go.set()
        self.lane.join(10)
        return self.order


@pytest.fixture
def held():
    return Held()


def test_everybodys_first_job_comes_before_anybodys_second(held):
    for key, owner in (("a1", "ann"), ("a2", "ann"), ("a3", "ann"), ("b1", "bob"), ("b2", "bob"), ("c1", "cid")):
        held.add(key, owner)
    assert held.run() == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_one_who_comes_back_at_once_does_not_overtake_one_who_waits_for_a_second_job(held):
    held.add("a1", "ann")
    held.add("a2", "ann")
    again: list[Job] = []

    def more(job: Job) -> None:
        held.order.append(job.key)
        if len(again) < 4:
            again.append(Job(f"b{len(again) + 2}", "Again", owner="bob"))
            held.lane.add(again[-1], more)

    held.lane.add(Job("b1", "Job b1", owner="bob"), more)
    held.run()
    for _ in range(1000):
        if len(held.order) == 7:
            break
        threading.Event().wait(0.01)
    assert held.order.index("a2") < held.order.index("b3")


@given(st.lists(st.sampled_from("abc"), max_size=12))
def test_jobs_run_in_rounds_and_each_owners_in_the_order_of_asking(owners):
    held = Held()
    counts = dict.fromkeys("abc", 0)
    asked = []
    for owner in owners:
        if counts[owner] < MOST_WAITING_EACH:
            counts[owner] += 1
            asked.append((counts[owner], len(asked), f"{owner}{counts[owner]}"))
            held.add(asked[-1][2], owner)
    assert held.run() == [key for _, _, key in sorted(asked)]


def test_a_waiting_job_knows_who_comes_before_it(held):
    a1, a2, b1 = held.add("a1", "ann"), held.add("a2", "ann"), held.add("b1", "bob")
    assert held.lane.ahead(a2) == [held.first, a1, b1]
    a1.cancel()
    assert held.lane.ahead(a2) == [held.first, b1]
    assert held.lane.ahead(held.first) == []
    held.run()


def test_a_job_too_many_of_one_owner_is_refused_and_the_others_are_not(held):
    mine = [held.add(f"a{number}", "ann") for number in range(MOST_WAITING_EACH)]
    with pytest.raises(BusyError, match=r"5 jobs of yours are waiting already, and 5 is the most"):
        held.add("too many", "ann")
    held.add("b1", "bob")
    mine[0].cancel()  # makes room
    held.add("a again", "ann")
    assert "too many" not in held.run()


def test_the_queue_has_an_end_but_not_for_what_everybody_needs(held):
    for number in range(MOST_WAITING):
        held.add(str(number), f"owner {number}")
    with pytest.raises(BusyError, match=r"30 jobs are waiting already, and 30 is the most"):
        held.add("too many", "one more")
    held.add("opening a dataset")
    assert "opening a dataset" in held.run()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")
def test_work_and_the_threads_it_starts_step_back_and_the_rest_of_the_process_does_not():
    lane, found, over = Lane("test"), [], threading.Event()

    def note() -> None:
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    def work(job: Job) -> None:
        note()
        helper = threading.Thread(target=note)
        helper.start()
        helper.join()
        over.set()

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    lane.add(Job("a", "A"), work)
    assert over.wait(10)
    assert found == [min(before + 10, 19)] * 2  # 19 is the lowest there is
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_a_job_that_is_over_is_before_nobody_though_its_worker_has_not_left_it_yet(held):
    waiting = held.add("a")
    assert held.lane.ahead(waiting) == [held.first]
    held.first.state = "done"
    assert held.lane.ahead(waiting) == []
    held.run()
