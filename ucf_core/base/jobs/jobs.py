"""Jobs: long work outside the caller's thread, by key, first come first served, with bounds on how many wait."""

import threading
import weakref
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

from ucf_core.base.errors import BusyError
from ucf_core.base.jobs.job import Job
from ucf_core.base.jobs.priority import step_back

Work: TypeAlias = Callable[[Job], Any]

# Jobs that may wait for one worker: in all, which is enough for a team, and of one owner.
MOST_WAITING = 30
MOST_WAITING_EACH = 5


class Jobs:
    """All jobs of a process. Two jobs with the same key never run at the same time. Safe for many threads.

    One job runs at a time, and beside it one background job, which is work of minutes or hours. The others wait in the
    order in which they were submitted.
    """

    def __init__(self) -> None:
        """The two worker threads start with their first jobs, at a lower priority than the rest of the process."""
        self._jobs: dict[str, Job] = {}  # oldest first
        self._lock = threading.Lock()
        self._workers = {
            background: ThreadPoolExecutor(max_workers=1, thread_name_prefix=name, initializer=step_back)
            for background, name in ((False, "ucf-job"), (True, "ucf-background"))
        }
        _EVERY.add(self)

    def submit(
        self,
        key: str,
        title: str,
        work: Work,
        *,
        background: bool = False,
        dataset: str | None = None,
        owner: Hashable = None,
    ) -> Job:
        """Queue work under a key, or return the live job that already has it.

        Raises BusyError if too many jobs wait, in all or of this owner; without an owner it never does.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is None or not job.live:
                job = Job(key, title, dataset, owner, background=background)
                if owner is not None:
                    self._check_room(job)
                self._jobs.pop(key, None)  # a new try is the newest job
                self._jobs[key] = job
                self._workers[background].submit(job.run, work)
            return job

    def submit_once(self, key: str, title: str, work: Work, *, dataset: str | None = None) -> Job:
        """The job of a key, whatever its state; queued if there was none. `forget` makes room for another try."""
        with self._lock:
            job = self._jobs.get(key)
        return job if job is not None else self.submit(key, title, work, dataset=dataset)

    def ahead(self, job: Job) -> list[Job]:
        """The live jobs that come before a waiting one, in their order, the running one first."""
        with self._lock:
            queue = [other for other in self._jobs.values() if other.live and other.background == job.background]
        return queue[: queue.index(job)] if job in queue else []

    def get(self, key: str) -> Job | None:
        """The newest job of a key."""
        return self._jobs.get(key)

    def all(self) -> list[Job]:
        """Every job, oldest first."""
        with self._lock:
            return list(self._jobs.values())

    def unlist(self) -> None:
        """Take the jobs that are over off the list. Their outcomes stay: an open dataset is the result of one."""
        for job in self.all():
            job.listed &= job.live

    def forget(self, key: str) -> None:
        """Drop a job that is over, so that its outcome is no longer shown."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not job.live:
                del self._jobs[key]

    def join(self, seconds: float) -> None:
        """Wait until every job submitted so far is over, at most `seconds` for each worker. Raises TimeoutError."""
        for worker in self._workers.values():
            worker.submit(lambda: None).result(seconds)

    def stop(self) -> None:
        """Cancel all live jobs, because the process is about to end."""
        for job in self.all():
            if job.live:
                job.cancel(by_user=False, ending=True)

    def _check_room(self, job: Job) -> None:
        """Raise BusyError if no more jobs may wait for the worker of `job`."""
        owners = [
            other.owner
            for other in self._jobs.values()
            if other.state == "waiting" and other.background == job.background
        ]
        own = owners.count(job.owner)
        if own >= MOST_WAITING_EACH:
            raise BusyError(
                f"{own} jobs of yours are waiting already, and {MOST_WAITING_EACH} is the most; let one begin, or "
                "cancel one on the Jobs page"
            )
        if len(owners) >= MOST_WAITING:
            raise BusyError(
                f"{len(owners)} jobs are waiting already, and {MOST_WAITING} is the most; try again when some have "
                "ended"
            )


_EVERY: "weakref.WeakSet[Jobs]" = weakref.WeakSet()


def _stop_every() -> None:
    for jobs in list(_EVERY):
        jobs.stop()


# A process that ends waits for its workers, and they for all work that is queued. What `atexit` calls comes after that
# wait; this comes before it, as the workers' own end does, which is registered the same way.
threading._register_atexit(_stop_every)  # type: ignore[attr-defined]
