"""Which session waits for which job: a job that no session waits for any more is cancelled."""

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
    """Lies in the state of a session and nowhere else, so that it is gone when the session is."""

    def __init__(self) -> None:
        self.id = uuid4().hex


_sessions: WeakValueDictionary[str, _Session] = WeakValueDictionary()


def session_id() -> str:
    """The id of this session, made when it is first asked for: the owner of the jobs that it starts."""
    session: _Session = st.session_state.setdefault(_SESSION, _Session())
    _sessions[session.id] = session
    return session.id


def is_alive(session: str) -> bool:
    """Whether the session still exists. Streamlit drops one some minutes after its tab was closed."""
    return session in _sessions


class Waiting:
    """For each session, and each place where it waits, the one job that it waits for. Safe for many threads."""

    def __init__(self, is_alive: Callable[[str], bool] = is_alive) -> None:
        """No session waits for anything; `is_alive` says whether a session, by its id, still exists."""
        self._is_alive = is_alive
        self._keys: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """The number of sessions and places."""
        return len(self._keys)

    def wait_for(self, session: str, key: str, *, place: str = "") -> str | None:
        """Note that `session` now waits for the job `key`; returns the job, by key, that no session waits for any more.

        Sessions that are gone wait for nothing. Their jobs go on: the results are there when they come back.
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
        """The job `key`, which `session` now waits for instead of the job that it waited for at this place before.

        If too many jobs wait already, a job that failed for that reason; it is tried again when it is next asked for.
        """
        abandoned = jobs.get(self.wait_for(session, key, place=place) or "")
        if abandoned is not None and abandoned.live:
            abandoned.cancel(by_user=False)
            abandoned.listed = False
        job = jobs.get(key)
        # a result that was dropped from memory since is read from disk again; an abandoned job is wanted again
        again = job is not None and (job.state == "done" or (job.state == "cancelled" and not job.by_user))
        if job is not None and not again:
            return job
        try:
            return jobs.submit(key, title, work, background=background, dataset=dataset, owner=session)
        except BusyError as error:
            return Job.refused(key, title, str(error))
