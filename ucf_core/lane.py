"""Whose job is next: the jobs that wait for one worker, by turns among those who asked for them."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from ucf_core.errors import BusyError
from ucf_core.job import Job
from ucf_core.priority import step_back

# Enough for a team; a queue of hours helps nobody.
MOST_WAITING = 30
MOST_WAITING_EACH = 5


@dataclass(order=True)
class _Entry:
    turn: int
    number: int
    job: Job = field(compare=False)
    work: Callable[[Job], Any] = field(compare=False)


class Lane:
    """One worker thread, and the jobs that wait for it. Safe for many threads.

    Everybody's first waiting job comes before anybody's second: start-time fair queueing (Goyal, Vin and Cheng 1996)
    with jobs of equal cost. A job's turn is one after the turn of its owner's job before it, but never a turn that is
    over; the lowest turn is next, and of several the one that was asked for first.
    """

    def __init__(self, name: str) -> None:
        """The thread starts with the first job, and steps back behind threads that keep people waiting."""
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name, initializer=step_back)
        self._lock = threading.Lock()
        self._waiting: list[_Entry] = []
        self._running: Job | None = None
        self._turn = 0
        self._last: dict[Hashable, int] = {}  # the turn of each owner's newest job
        self._number = 0

    def add(self, job: Job, work: Callable[[Job], Any]) -> None:
        """Let `job` wait for its turn. Raises BusyError where too many wait; without an owner it is never refused."""
        with self._lock:
            waiting = [entry.job for entry in self._waiting if entry.job.live]
            if job.owner is not None:
                _check_room(waiting, job.owner)
            turn = max(self._turn, self._last.get(job.owner, self._turn - 1) + 1)
            self._last = {owner: last for owner, last in self._last.items() if last >= self._turn} | {job.owner: turn}
            self._number += 1
            self._waiting.append(_Entry(turn, self._number, job, work))
        self._pool.submit(self._next)

    def ahead(self, job: Job) -> list[Job]:
        """The jobs before a waiting one, in their order, the one that runs first; none if it does not wait here."""
        with self._lock:
            order = [entry.job for entry in sorted(self._waiting) if entry.job.live]
            # one that is over may not have left yet
            running = [self._running] if self._running is not None and self._running.live else []
        return running + order[: order.index(job)] if job in order else []

    def join(self, seconds: float) -> None:
        """Wait until all that was added so far is over. Raises TimeoutError."""
        self._pool.submit(lambda: None).result(seconds)

    def _next(self) -> None:
        with self._lock:
            entry = min(self._waiting)
            self._waiting.remove(entry)
            self._turn, self._running = entry.turn, entry.job
        try:
            entry.job.run(entry.work)
        finally:
            self._running = None


def _check_room(waiting: list[Job], owner: Hashable) -> None:
    own = sum(job.owner == owner for job in waiting)
    if own >= MOST_WAITING_EACH:
        raise BusyError(
            f"{own} jobs of yours are waiting already, and {MOST_WAITING_EACH} is the most; let one begin, or cancel "
            "one on the Jobs page"
        )
    if len(waiting) >= MOST_WAITING:
        raise BusyError(
            f"{len(waiting)} jobs are waiting already, and {MOST_WAITING} is the most; try again when some have ended"
        )
