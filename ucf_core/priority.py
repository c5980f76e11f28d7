"""Threads that step back, so that long work leaves the processor to those whom people wait for."""

import logging
import os
import sys
import threading

_log = logging.getLogger(__name__)

_NICENESS = 10  # about a tenth of the processor where others want it, all of it where nobody does


def step_back() -> None:
    """Lower the priority of the calling thread and of all threads that it starts.

    Only on Linux, where each thread has a priority of its own: elsewhere it would be the whole process's.
    """
    if sys.platform != "linux":
        return
    try:
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _NICENESS)
    except OSError as error:  # in a sandbox that forbids it, work goes on as it is
        _log.info("long work keeps its priority: %s", error)
