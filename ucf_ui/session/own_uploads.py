"""Private uploads of a session: in memory only, and dropped when the session ends.

A timer drops them: objects that are exempt from garbage collection may keep the session's state alive.
"""

import threading
from pathlib import PurePath

from ucf_core.base.errors import DatasetError
from ucf_core.base.jobs.job import Job
from ucf_core.base.jobs.jobs import Jobs
from ucf_core.datasets.sources.uploads import SESSION_PREFIX, read_upload, safe_name
from ucf_core.explorer.explorer import Explorer

# Seconds after which a lost connection is given up; Streamlit stores a session's state for two minutes.
GRACE = 150.0

MOST = 2
MAX_BYTES = 32 << 20
MAX_RATINGS = 3_000_000

_LARGER = "keep it for all users instead, or open it from this machine"


class OwnUploads:
    """The uploads of one session: `explorers` by the name of the dataset, oldest first."""

    def __init__(self) -> None:
        """Start without uploads."""
        self.explorers: dict[str, Explorer] = {}
        self._timer: threading.Timer | None = None

    def add(self, filename: str, data: bytes) -> str:
        """Read a file and store it; returns the name of the dataset, with a number if the name is taken.

        Raises DatasetError for a file that is not ratings or is too large, and if the session holds two; nothing
        changes then.
        """
        shown = safe_name(filename)
        if len(self.explorers) >= MOST:
            raise DatasetError(f"this session holds {MOST} private uploads; close one, or keep the file for all users")
        if len(data) > MAX_BYTES:
            raise DatasetError(
                f"{shown} has {len(data) / 2**20:,.0f} MiB; a session holds files of up to {MAX_BYTES >> 20}: {_LARGER}"
            )
        name = self._free_name(shown)
        ratings = read_upload(filename, data, name=name)
        if ratings.n_ratings > MAX_RATINGS:
            raise DatasetError(
                f"{shown} has {ratings.n_ratings:,} ratings; a session holds files of up to {MAX_RATINGS:,}: {_LARGER}"
            )
        self.explorers[name] = Explorer(ratings, in_memory=True)
        return name

    def close(self, name: str, jobs: Jobs) -> None:
        """Drop an upload and cancel its jobs; does nothing for an unknown name."""
        explorer = self.explorers.pop(name, None)
        for job in jobs.all():
            if explorer is not None and _works_on(job, explorer):
                job.listed = False
                job.cancel(by_user=False)
                jobs.forget(job.key)

    def close_all(self, jobs: Jobs) -> None:
        """Drop every upload."""
        for name in list(self.explorers):
            self.close(name, jobs)

    def disconnected(self, jobs: Jobs) -> None:
        """The connection ended: drop everything after `GRACE` seconds, unless `connected` is called."""
        self.connected()
        if self.explorers:
            self._timer = threading.Timer(GRACE, self.close_all, (jobs,))
            self._timer.daemon = True
            self._timer.start()

    def connected(self) -> None:
        """The connection is there, or back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def owns(self, job: Job) -> bool:
        """Whether a job works on an upload of this session."""
        return any(_works_on(job, explorer) for explorer in self.explorers.values())

    def _free_name(self, shown: str) -> str:
        path, number, name = PurePath(shown), 1, shown
        while SESSION_PREFIX + name in self.explorers:
            number += 1
            name = f"{path.stem}-{number}{path.suffix}"
        return SESSION_PREFIX + name


def _works_on(job: Job, explorer: Explorer) -> bool:
    """Whether a job works on this upload, not on another session's of the same name."""
    return job.dataset == explorer.ratings.name and explorer.ratings.fingerprint in job.key
