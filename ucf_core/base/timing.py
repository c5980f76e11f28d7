"""Measure the time of a function on a machine that also does other work."""

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

_PASSES = 5


def fastest(work: Callable[[], Result], *, budget: float, retry_below: float = 0.0) -> tuple[Result, float]:
    """What `work` returns, and the milliseconds of the fastest of up to five passes.

    Other processes can only slow a pass down, so the fastest is the best estimate. No pass starts after `budget`
    seconds, but a first pass of less than `retry_below` seconds is always followed by another.
    """
    start = time.perf_counter()
    result = work()
    now = time.perf_counter()
    shortest = now - start
    for done in range(1, _PASSES):
        if now - start >= budget and not (done == 1 and shortest < retry_below):
            break
        before = now
        result = work()
        now = time.perf_counter()
        shortest = min(shortest, now - before)
    return result, 1e3 * shortest
