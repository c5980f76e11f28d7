"""Long work outside the caller's thread: jobs by key, of which few run and the others wait."""

import threading
import weakref
from collections.abc import Callable, Hashable
from typing import Any, TypeAlias

from ucf_core.job import Job
from ucf_core.lane import Lane

Work: TypeAlias = Callable[[Job], Any]


class Jobs:
    """All jobs of a process, by key: the same key is never worked on twice at once.

    One runs at a time, and a second one beside it of background work, such as that of hours, which nobody is kept
    waiting by. The others wait, by turns among those who asked for them, and not more than `lane` allows.
    """

    def __init__(self) -> None:
        """The workers start with their first jobs."""
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._lane = Lane("ucf-job")
        self._background = Lane("ucf-background")
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

        Raises BusyError where too many jobs wait, or too many of this owner; without an owner it never does.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is None or not job.live:
                job = Job(key, title, dataset, owner)
                (self._background if background else self._lane).add(job, work)
                self._jobs.pop(key, None)  # a new try is the newest job
                self._jobs[key] = job
            return job

    def submit_once(self, key: str, title: str, work: Work, *, dataset: str | None = None) -> Job:
        """The job of a key, whatever its state; queued if there was none. `forget` makes room for another try."""
        with self._lock:
            job = self._jobs.get(key)
        return job if job is not None else self.submit(key, title, work, dataset=dataset)

    def ahead(self, job: Job) -> list[Job]:
        """The jobs that come before a waiting one, in their order, the one that runs first."""
        return self._lane.ahead(job) + self._background.ahead(job)

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
        """Wait until every job is over that was submitted so far, at most `seconds` for either worker.

        Raises TimeoutError.
        """
        self._lane.join(seconds)
        self._background.join(seconds)

    def stop(self) -> None:
        """Cancel all that has not ended, because the process is about to."""
        for job in self.all():
            if job.live:
                job.cancel(for_good=False, ending=True)


_EVERY: "weakref.WeakSet[Jobs]" = weakref.WeakSet()


def _stop_every() -> None:
    for jobs in list(_EVERY):
        jobs.stop()


# A process that ends waits for its workers, and they for all work that is queued. What `atexit` calls comes after that
# wait; this comes before it, as the workers' own end does, which is registered the same way.
threading._register_atexit(_stop_every)  # type: ignore[attr-defined]
