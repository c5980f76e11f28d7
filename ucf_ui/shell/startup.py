"""Preparation between the start of the server and the first session.

A browser fetches some sixty scripts before it connects and a page runs. In this time the server imports the modules of
the first page, and opens the dataset that the browser's address names, if it is on disk.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.middleware import Middleware

from ucf_core.base.files.paths import home
from ucf_core.base.memory import keep_little
from ucf_core.datasets.sources import sample_unpacker

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send
    from streamlit.starlette import App

_log = logging.getLogger(__name__)

_imported = Event()


@asynccontextmanager
async def lifespan(_app: "App") -> AsyncIterator[None]:
    """Prepare when the server starts."""
    keep_little()
    # on the first start of all, unpacking takes as long as the imports
    sample_unpacker.begin(home())
    Thread(target=_import, name="ucf-imports", daemon=True).start()
    yield


def _import() -> None:
    try:
        from ucf_ui.figures import dataset  # noqa: F401  with Plotly
        from ucf_ui.views.tour import tour  # noqa: F401
    finally:
        _imported.set()  # an error here is raised again on the page


class OpenEarly:
    """Middleware that opens the dataset of the first address that a browser requests.

    Only once in the life of a server, and only a dataset on disk, so that a request cannot cost more.
    """

    def __init__(self, app: "ASGIApp") -> None:
        """Wrap `app`."""
        self._app = app
        self._waiting = True

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass every request on unchanged."""
        if self._waiting and scope["type"] == "http":
            name = _dataset_in(scope["query_string"])
            if name is not None:
                self._waiting = False
                Thread(target=_open, args=(name,), name="ucf-open-early", daemon=True).start()
        await self._app(scope, receive, send)


def _dataset_in(query: bytes) -> str | None:
    """The dataset in the query of an address; a browser may send anything."""
    if b"dataset=" not in query:
        return None
    try:
        return parse_qs(query.decode("ascii"), max_num_fields=20).get("dataset", [None])[-1]
    except ValueError:
        return None


def _open(name: str) -> None:
    _imported.wait()
    try:
        from ucf_ui.session import cache
        from ucf_ui.shell import auth

        if not auth.required():
            cache.open_early(name)
    except Exception:
        # the page opens it again, and shows the error
        _log.info("nothing was opened early", exc_info=True)


MIDDLEWARE = (Middleware(OpenEarly),)
