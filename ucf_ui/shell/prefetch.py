"""Prefetch in the background, once the first page is drawn, what other pages need."""

import logging
import time
from threading import Lock, Thread
from weakref import WeakSet

from ucf_core.base.jobs.priority import step_back
from ucf_core.datasets.sources import cluster_builds
from ucf_core.explorer.explorer import Explorer
from ucf_ui.session import cache, sidebar

_log = logging.getLogger(__name__)

# Seconds for which the browser still fetches scripts from this process.
_BROWSER_SETTLES = 2.0

_begun: WeakSet[Explorer] = WeakSet()
_lock = Lock()


def begin() -> None:
    """Import pandas, build the index and make the map of all users, once for each open dataset."""
    view = sidebar.open_view()
    if view is None:
        return
    with _lock:
        if view.explorer in _begun:
            return
        _begun.add(view.explorer)
    Thread(target=_fetch, args=(view.dataset, view.explorer), name="ucf-prefetch", daemon=True).start()


def _fetch(name: str, explorer: Explorer) -> None:
    step_back()
    time.sleep(_BROWSER_SETTLES)
    try:
        from ucf_ui.views.map import data
        from ucf_ui.widgets import tables  # noqa: F401  pandas takes a second to import

        if cache.is_small(explorer):
            explorer.build()
        if not name.startswith(cluster_builds.PREFIX):
            data.get_ready(explorer)
    except Exception as error:
        # the page that needs it shows the error; a process that ends starts no more threads
        _log.info("nothing was prefetched: %s", error)
    cache.settle_memory()
