"""Who waits for which index: a build that nobody waits for any more makes way for one that somebody does."""

import threading


class Interest:
    """For each session the one job that it waits for. Safe for many threads."""

    def __init__(self) -> None:
        """Nobody waits for anything."""
        self._wanted: dict[str, str] = {}
        self._lock = threading.Lock()

    def turn_to(self, session: str, job: str) -> str | None:
        """`session` waits for `job` (both by key) from now on; the job that nobody waits for any more because of it."""
        with self._lock:
            before = self._wanted.get(session)
            self._wanted[session] = job
            return before if before is not None and before not in self._wanted.values() else None
