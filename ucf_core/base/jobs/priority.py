"""Lower the priority of worker threads, so that pages get the processor first."""

import logging
import os
import sys
import threading

_log = logging.getLogger(__name__)

_NICENESS = 10  # about a tenth of the processor while other threads want it, all of it otherwise


def step_back() -> None:
    """Lower the priority of the calling thread and of all threads that it starts.

    Only on Linux, where each thread has its own priority: elsewhere it would be that of the whole process.
    """
    if sys.platform != "linux":
        return
    try:
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + _NICENESS)
    except OSError as error:  # a sandbox may forbid it
        _log.info("long work keeps its priority: %s", error)
