"""How failures look on a page: expected ones in their own words, all others as an id that the log explains."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from ucf_core import logs
from ucf_core.errors import UcfError
from ucf_ui import state

_log = logging.getLogger(__name__)


@contextmanager
def errors_shown(page: str | None = None) -> Iterator[None]:
    """Show a failure as a message in place of what could not be drawn; `page` is what the log calls the place."""
    try:
        yield
    except UcfError as error:
        logs.event(_log, "shown on the page", error=type(error).__name__, page=page)
        st.error(state.plain(str(error)), icon=":material/error:")
    except Exception as error:
        incident = logs.incident(_log, error, page=page)
        st.error(f"Something went wrong. Error {incident}; the log has the details.", icon=":material/error:")
