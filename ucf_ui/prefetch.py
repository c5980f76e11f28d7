"""Prepares in the background, once the first page is drawn, what the other pages need."""

import logging
import time
from threading import Lock, Thread
from weakref import WeakSet

from ucf_core.datasets import clusters
from ucf_core.explorer import Explorer
from ucf_core.priority import step_back
from ucf_ui import cache, state

_log = logging.getLogger(__name__)

# Seconds in which the browser still fetches scripts from this process; they come first.
_BROWSER_SETTLES = 2.0

_begun: WeakSet[Explorer] = WeakSet()
_one_at_a_time = Lock()


def begin() -> None:
    """Once for each dataset that is open: import pandas, build the index, and make the map of all users."""
    view = state.open_view()
    if view is None:
        return
    with _one_at_a_time:
        if view.explorer in _begun:
            return
        _begun.add(view.explorer)
    Thread(target=_fetch, args=(view.dataset, view.explorer), name="ucf-prefetch", daemon=True).start()


def _fetch(name: str, explorer: Explorer) -> None:
    step_back()
    time.sleep(_BROWSER_SETTLES)
    try:
        from ucf_ui import map_data, tables  # noqa: F401  pandas takes a second to import

        if cache.is_small(explorer):
            explorer.build()
        if not clusters.is_cluster(name):
            map_data.get_ready(explorer)
    except Exception as error:
        # a page that needs the index shows why there is none; and a process that ends starts no more threads
        _log.info("nothing was prefetched: %s", error)
    cache.settle_memory()
