"""Which session waits for which job; a job that no session waits for is cancelled."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4
from weakref import WeakValueDictionary

import streamlit as st

from ucf_core.base.errors import BusyError
from ucf_core.base.jobs.job import Job
from ucf_core.base.jobs.jobs import Jobs

_SESSION = "_session"


class _Session:
    """Referenced by a session's state only, so that it is freed with the session."""

    def __init__(self) -> None:
        self.id = uuid4().hex


_sessions: WeakValueDictionary[str, _Session] = WeakValueDictionary()


def session_id() -> str:
    """The id of this session, made at the first call: the owner of the jobs that it starts."""
    session: _Session = st.session_state.setdefault(_SESSION, _Session())
    _sessions[session.id] = session
    return session.id


def is_alive(session: str) -> bool:
    """Whether the session exists; Streamlit drops one some minutes after its tab was closed."""
    return session in _sessions


class Waiting:
    """The job that each session waits for, one for each place where it waits. Thread-safe."""

    def __init__(self, is_alive: Callable[[str], bool] = is_alive) -> None:
        """Start empty; `is_alive` is whether a session with this id exists."""
        self._is_alive = is_alive
        self._keys: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def wait_for(self, session: str, key: str, *, place: str = "") -> str | None:
        """Note that `session` now waits for the job `key`; returns the key of a job that no session waits for any more.

        Jobs of sessions that have ended go on: their results are there when the user comes back.
        """
        with self._lock:
            self._keys = {who: wanted for who, wanted in self._keys.items() if self._is_alive(who[0])}
            before = self._keys.get((session, place))
            self._keys[session, place] = key
            return before if before is not None and before not in self._keys.values() else None

    def job(
        self,
        jobs: Jobs,
        session: str,
        key: str,
        title: str,
        work: Callable[[Job], Any],
        *,
        place: str = "",
        dataset: str | None = None,
        background: bool = False,
    ) -> Job:
        """Get or start the job `key`, which `session` now waits for at this place instead of its former job there.

        If the queue is full, returns a job that failed for that reason; the next call tries again.
        """
        abandoned = jobs.get(self.wait_for(session, key, place=place) or "")
        if abandoned is not None and abandoned.live:
            abandoned.cancel(by_user=False)
            abandoned.listed = False
        job = jobs.get(key)
        # run again if the result is no longer in memory, or if the job was abandoned
        again = job is not None and (job.state == "done" or (job.state == "cancelled" and not job.by_user))
        if job is not None and not again:
            return job
        try:
            return jobs.submit(key, title, work, background=background, dataset=dataset, owner=session)
        except BusyError as error:
            return Job.refused(key, title, str(error))
