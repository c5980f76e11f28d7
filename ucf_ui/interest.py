"""Who waits for what: work that nobody waits for any more makes way for work that somebody does."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4
from weakref import WeakValueDictionary

import streamlit as st

from ucf_core.errors import BusyError
from ucf_core.job import Job
from ucf_core.jobs import Jobs

_SESSION = "_session"


class _Session:
    """Lies in the state of a session, and nowhere else, so that it is gone when the session is."""

    def __init__(self) -> None:
        self.name = uuid4().hex


_there: WeakValueDictionary[str, _Session] = WeakValueDictionary()


def session() -> str:
    """A name of this session, made up when it is first asked for: whose turn it is among those who want jobs done."""
    here: _Session = st.session_state.setdefault(_SESSION, _Session())
    _there[here.name] = here
    return here.name


def is_there(session: str) -> bool:
    """Whether a session of this name goes on. Streamlit drops one some minutes after its tab was closed."""
    return session in _there


class Interest:
    """For each session, and each place where it waits, the one job that it waits for. Safe for many threads."""

    def __init__(self, is_there: Callable[[str], bool] = is_there) -> None:
        """Nobody waits for anything; `is_there` tells which sessions, by name, go on."""
        self._is_there = is_there
        self._wanted: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many sessions and places are remembered."""
        return len(self._wanted)

    def turn_to(self, session: str, key: str, *, place: str = "") -> str | None:
        """`session` waits for the job `key` from now on; the job (by key) that nobody waits for any more by that.

        Sessions that are gone wait for nothing. What they waited for goes on: it is there when they come back.
        """
        with self._lock:
            self._wanted = {who: wanted for who, wanted in self._wanted.items() if self._is_there(who[0])}
            before = self._wanted.get((session, place))
            self._wanted[session, place] = key
            return before if before is not None and before not in self._wanted.values() else None

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
        """The job `key`, which `session` waits for now, in place of the one that it waited for at this place before.

        Where too many are queued already, a job that failed by that and is tried again when it is next asked for.
        """
        passed_over = jobs.get(self.turn_to(session, key, place=place) or "")
        if passed_over is not None and passed_over.live:
            passed_over.cancel(for_good=False)
            passed_over.listed = False  # nobody decided anything about it
        job = jobs.get(key)
        # done, and since then crowded out of memory: it is read from disk again; or passed over before, and wanted now
        again = job is not None and (job.state == "done" or (job.state == "cancelled" and not job.for_good))
        if job is not None and not again:
            return job
        try:
            return jobs.submit(key, title, work, background=background, dataset=dataset, owner=session)
        except BusyError as error:
            return Job.refused(key, title, str(error))
