"""Preparation between the start of the server and the first session.

A browser fetches some sixty scripts before it connects and a page runs. In this time the server imports the modules of
the first page.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from typing import TYPE_CHECKING

from ucf_core.base.files.paths import home
from ucf_core.base.memory import keep_little
from ucf_core.datasets.sources import sample_unpacker

if TYPE_CHECKING:
    from streamlit.starlette import App


@asynccontextmanager
async def lifespan(_app: "App") -> AsyncIterator[None]:
    """Prepare when the server starts."""
    keep_little()
    # on the first start of all, unpacking takes as long as the imports
    sample_unpacker.begin(home())
    Thread(target=_import, name="ucf-imports", daemon=True).start()
    yield


def _import() -> None:
    from ucf_ui.figures import dataset  # noqa: F401  with Plotly
    from ucf_ui.views.tour import tour  # noqa: F401
