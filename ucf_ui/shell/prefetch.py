"""Prepares in the background, once the first page is drawn, what the other pages need."""

import logging
import time
from threading import Lock, Thread
from weakref import WeakSet

from ucf_core.base.jobs.priority import step_back
from ucf_core.datasets.sources import cluster_builds
from ucf_core.explorer.explorer import Explorer
from ucf_ui.session import cache, sidebar

_log = logging.getLogger(__name__)

# Seconds in which the browser still fetches scripts from this process; they come first.
_BROWSER_SETTLES = 2.0

_begun: WeakSet[Explorer] = WeakSet()
_one_at_a_time = Lock()


def begin() -> None:
    """Once for each dataset that is open: import pandas, build the index, and make the map of all users."""
    view = sidebar.open_view()
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
        from ucf_ui.views.map import data as map_data
        from ucf_ui.widgets import tables  # noqa: F401  pandas takes a second to import

        if cache.is_small(explorer):
            explorer.build()
        if not cluster_builds.is_cluster(name):
            map_data.get_ready(explorer)
    except Exception as error:
        # a page that needs the index shows why there is none; and a process that ends starts no more threads
        _log.info("nothing was prefetched: %s", error)
    cache.settle_memory()
