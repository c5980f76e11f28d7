"""What the functions of both sides have in common: clocks, and how far an answer is from the truth."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from benchmarks.measure import peak_bytes
from benchmarks.task import K, Task

Answer: TypeAlias = dict[str, Any]
"""The measured `value`, in seconds unless the stage says bytes, and what else is worth knowing."""

RECALL_USERS = 200


def since(start: float, **more: Any) -> Answer:
    """The time since `start`, and the memory until now."""
    return {"value": time.perf_counter() - start, "peak_bytes": peak_bytes(), **more}


def samples(ask: Callable[[Any], object], users: Sequence[Any]) -> Answer:
    """Percentiles of the seconds that a question takes, one a user, after a first one that warms up."""
    ask(users[0])
    taken = []
    for user in users:
        start = time.perf_counter()
        ask(user)
        taken.append(time.perf_counter() - start)
    taken.sort()
    p95 = taken[min(len(taken) - 1, int(0.95 * len(taken)))]
    return {"value": statistics.median(taken), "p95": p95, "peak_bytes": peak_bytes(), "users": len(users)}


class Laps:
    """A clock that names what it measured."""

    def __init__(self) -> None:
        """It starts now."""
        self._start = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """Name the time since the last lap."""
        now = time.perf_counter()
        self.laps[name], self._last = now - self._last, now

    @property
    def total(self) -> float:
        """Seconds of all laps."""
        return self._last - self._start


def errors(task: Task, values: Any) -> Answer:
    """Relative errors of singular values against ARPACK's, if there are any."""
    import numpy as np

    if not task.arpack.exists():
        return {"error": None}
    truth = np.load(task.arpack, allow_pickle=False)
    errors = np.abs(np.asarray(values)[: len(truth)] - truth) / truth
    return {"error": float(errors.max()), "median_error": float(np.median(errors)), "last_error": float(errors[-1])}


def recall(unit: Any, users: Any, found: Any) -> float:
    """Share of the exact k + 1 nearest rows, oneself included, that were found."""
    from ucf_core.index.exact import ExactIndex

    return overlap(found, ExactIndex(unit).search(unit[users], k=K + 1).rows)


def overlap(found: Any, truth: Any) -> float:
    """Mean share of the rows in `truth`, (n, k), that are in the same line of `found`."""
    shares = [
        len(set(row) & set(exact)) / len(exact) for row, exact in zip(found.tolist(), truth.tolist(), strict=True)
    ]
    return statistics.mean(shares)
