"""How long something takes, as far as a machine that does other things too lets one tell."""

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

_PASSES = 5


def fastest(work: Callable[[], Result], *, budget: float, second: float = 0.0) -> tuple[Result, float]:
    """What `work` returns, and the milliseconds of the fastest of up to five passes.

    Others on the machine can only slow a pass down, so the fastest says most about the work. After `budget` seconds
    there is no other pass: long work is done once. A first pass of less than `second` seconds is followed by another
    whatever the budget: work that short may have been kept waiting by others.
    """
    start = time.perf_counter()
    result = work()
    now = time.perf_counter()
    shortest = now - start
    for done in range(1, _PASSES):
        if now - start >= budget and not (done == 1 and shortest < second):
            break
        before = now
        result = work()
        now = time.perf_counter()
        shortest = min(shortest, now - before)
    return result, 1e3 * shortest
