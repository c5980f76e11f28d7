"""Limit BLAS to one thread.

After each call, BLAS threads spin on cores that our own threads need, and for matrices of a few hundred rows waking
them takes longer than the work. The limit is global to the process, so nested and concurrent users are counted; where
BLAS uses OpenMP, each thread has its own limit.
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
    """Run BLAS in the calling thread; the last of concurrent users restores the previous limit."""
    global _within, _limit
    shared, own = _libraries()
    with _lock:
        if _within == 0:
            _take_over(shared)
            _limit = shared.limit(limits=1, user_api="blas")
        _within += 1
    of_this_thread = own.limit(limits=1, user_api="blas")
    try:
        yield
    finally:
        of_this_thread.restore_original_limits()
        with _lock:
            _within -= 1
            if _within == 0:
                _take_over(shared)
                _limit.restore_original_limits()
                _take_over(shared)


@cache
def _libraries() -> tuple[ThreadpoolController, ThreadpoolController]:
    """BLAS libraries with one limit for the process, and those with one per thread; the scan takes a millisecond."""
    every = ThreadpoolController().select(user_api="blas")
    on_openmp = {one.filepath for one in every.lib_controllers if getattr(one, "threading_layer", "") == "openmp"}
    shared = [one.filepath for one in every.lib_controllers if one.filepath not in on_openmp]
    return every.select(filepath=shared), every.select(filepath=sorted(on_openmp))


def _take_over(shared: ThreadpoolController) -> None:
    # newer versions silently ignore limits set by any thread but the first
    for library in shared.lib_controllers:
        forget = getattr(library, "clear_controlling_thread", None)
        if forget is not None:
            forget(force=True)
