"""One piece of long work: its progress, time left, cancel and outcome."""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Literal, TypeAlias

from ucf_core.base import logs
from ucf_core.base.errors import CancelledError, UcfError

_log = logging.getLogger(__name__)

# Seconds between two checks whether a job is over.
_CHECK_EVERY = 0.005

State: TypeAlias = Literal["waiting", "running", "done", "failed", "cancelled"]


class Job:
    """One piece of work. Its function is called with the job, reports progress to it and is stopped by it."""

    def __init__(
        self, key: str, title: str, dataset: str | None = None, owner: Hashable = None, *, background: bool = False
    ) -> None:
        """`key` names what the job makes, its kind first; `title` is shown on screen; `dataset` is for the log.

        `owner` is the session that asked for it, None for what all sessions need; `background` is work of minutes or
        hours. `listed` is False once the job has left the list of jobs.
        """
        self.key = key
        self.title = title
        self.dataset = dataset
        self.owner = owner
        self.background = background
        self.stage = title
        self.state: State = "waiting"
        self.done = 0.0
        self.total: float | None = None
        self.result: Any = None
        self.error: str | None = None
        self.seconds: float | None = None
        self.listed = True
        self.by_user = False
        self._ending = False
        self._started: float | None = None
        self._begun: float | None = None
        self._before = 0.0
        self._cancel = threading.Event()
        self._lock = threading.Lock()

    @classmethod
    def refused(cls, key: str, title: str, why: str) -> "Job":
        """A job that failed before it was queued, and why."""
        job = cls(key, title)
        job.state, job.error = "failed", why
        return job

    @property
    def kind(self) -> str:
        """The kind of work: the first word of the key."""
        return self.key.split(maxsplit=1)[0]

    @property
    def live(self) -> bool:
        """Whether the job still has something to do."""
        return self.state in ("waiting", "running")

    @property
    def fraction(self) -> float | None:
        """Share of the work that is done, in [0, 1]; None while it is unknown."""
        return min(self.done / self.total, 1.0) if self.total else None

    @property
    def seconds_left(self) -> float | None:
        """Time left of the present stage at its pace so far; None while it is unknown."""
        if not self.total or self._begun is None or self.done <= self._before:
            return None
        return (time.monotonic() - self._begun) * max(self.total - self.done, 0.0) / (self.done - self._before)

    @property
    def elapsed(self) -> float | None:
        """Seconds since the work began, or that it took; None for a job that never began."""
        if self.seconds is not None or self._started is None:
            return self.seconds
        return time.monotonic() - self._started

    def wait(self, seconds: float) -> None:
        """Return when the job is over, or after so many seconds."""
        end = time.monotonic() + seconds
        while self.live and time.monotonic() < end:
            time.sleep(_CHECK_EVERY)

    def begin(self, stage: str, *, before: float = 0.0) -> None:
        """Set the present stage, with progress from the start. Raises CancelledError once the job is asked to stop.

        `before` is how much of it an earlier run has done: it counts as done, but not for the pace.
        """
        self.stage, self._begun, self._before = stage, time.monotonic(), before
        self.progress(before, None)

    def progress(self, done: float, total: float | None) -> None:
        """Report progress. Raises CancelledError once the job is asked to stop."""
        self.done, self.total = done, total
        if self._cancel.is_set():
            raise CancelledError(f"{self.title} was cancelled")

    def cancel(self, *, by_user: bool = True, ending: bool = False) -> None:
        """Ask the job to stop: at once if it is waiting, else at its next report of progress.

        `by_user` is False where the result is merely no longer needed; `ending`: the process is about to end.
        """
        with self._lock:
            self.by_user, self._ending = by_user, ending
            self._cancel.set()
            if self.state == "waiting":
                self.state = "cancelled"

    @property
    def cancelled(self) -> bool:
        """Whether the job was asked to stop."""
        return self._cancel.is_set()

    def run(self, work: Callable[["Job"], Any]) -> None:
        """Do the work in this thread and store its outcome."""
        with self._lock:
            if self.cancelled:
                self._note()
                return
            self._started = self._begun = time.monotonic()
            self.state = "running"
        failure = None
        try:
            self.result = work(self)
        except CancelledError:
            self.state = "cancelled"
        except Exception as error:
            failure = type(error).__name__
            if self._ending:
                # an ending process starts no more threads: what fails in it says nothing of the work
                self.state = "cancelled"
            elif isinstance(error, UcfError):
                self.error, self.state = str(error), "failed"
            else:
                incident = logs.incident(_log, error, job=self.kind, dataset=self.dataset)
                self.error, self.state = f"something went wrong (error {incident}); the log has the details", "failed"
        else:
            self.state = "done"
        finally:
            self.seconds = time.monotonic() - self._started
            self._note(failure)

    def _note(self, error: str | None = None) -> None:
        """One line in the log when the job is over."""
        seconds = round(self.seconds or 0.0, 3)
        logs.event(_log, "job", name=self.kind, state=self.state, seconds=seconds, dataset=self.dataset, error=error)
