"""One thread of BLAS for as long as somebody needs it so.

After each call, threads of BLAS spin for a while on the cores that our own threads and sparse products are waiting for;
and for matrices of a few hundred rows waking them takes longer than the work. Their number is one for the whole
process: two who set it and set it back in turn, each on their own, would leave it at what the other one had set.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import scipy.linalg  # noqa: F401  brings a BLAS of its own, which the controller must know
from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_within = 0
_limit: Any = None


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Within it BLAS works in the thread that calls it; the last who leaves sets back what the first one found."""
    global _within, _limit
    with _lock:
        if _within == 0:
            _take_over()
            _limit = _controller().limit(limits=1, user_api="blas")
        _within += 1
    try:
        yield
    finally:
        with _lock:
            _within -= 1
            if _within == 0:
                _take_over()
                _limit.restore_original_limits()
                _take_over()


@cache
def _controller() -> ThreadpoolController:
    # looks through all libraries of the process, which takes a millisecond
    return ThreadpoolController()


def _take_over() -> None:
    # newer versions let one thread alone set limits, the first, and ignore all others without a word
    for library in _controller().lib_controllers:
        forget = getattr(library, "clear_controlling_thread", None)
        if forget is not None:
            forget(force=True)
