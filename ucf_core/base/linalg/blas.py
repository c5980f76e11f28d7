"""Limit BLAS to one thread while at least one caller asks for it.

After each call, threads of BLAS spin for a while on the cores that our own threads and sparse products are waiting for;
and for matrices of a few hundred rows waking them takes longer than the work. Their number is one for the whole
process: two who set it and set it back in turn, each on their own, would leave it at what the other one had set. Where
BLAS was built on OpenMP, each thread has a number of its own.
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
    """Those whose number of threads is the process's, and those where it is each thread's.

    To look through all libraries of the process takes a millisecond, so it is done once.
    """
    every = ThreadpoolController().select(user_api="blas")
    on_openmp = {one.filepath for one in every.lib_controllers if getattr(one, "threading_layer", "") == "openmp"}
    shared = [one.filepath for one in every.lib_controllers if one.filepath not in on_openmp]
    return every.select(filepath=shared), every.select(filepath=sorted(on_openmp))


def _take_over(shared: ThreadpoolController) -> None:
    # newer versions let one thread alone set limits, the first, and ignore all others without a word
    for library in shared.lib_controllers:
        forget = getattr(library, "clear_controlling_thread", None)
        if forget is not None:
            forget(force=True)
