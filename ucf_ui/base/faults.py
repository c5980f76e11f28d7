"""How failures look on a page: expected ones in their own words, all others as an id that the log explains.

What a page or a part of it raises is shown in place of what could not be drawn. A callback of a widget runs before
both, so what it raises is kept until one of them runs, and shown at the top of that.
"""

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException

from ucf_core.base import logs
from ucf_core.base.errors import UcfError
from ucf_ui.base.text import plain

P = ParamSpec("P")

_KEPT = "_faults_of_callbacks"
_log = logging.getLogger(__name__)


@contextmanager
def errors_shown(page: str | None = None) -> Iterator[None]:
    """Show a failure as a message in place of what could not be drawn; `page` is what the log calls the place."""
    try:
        yield
    except Exception as error:
        _show(_told(error, page))


def safely(callback: Callable[P, object]) -> Callable[P, None]:
    """The callback of a widget, its failures kept for `kept_shown`; the log calls the place by the callback's name.

    What Streamlit raises to stop or run again passes through: that is no Exception.
    """
    place = getattr(callback, "__qualname__", type(callback).__name__)

    @functools.wraps(callback)
    def safe(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except Exception as error:
            st.session_state[_KEPT] = [*st.session_state.get(_KEPT, ()), _told(error, place)]

    return safe


@contextmanager
def kept_shown() -> Iterator[None]:
    """Show here, once, what callbacks failed with, above what is drawn within."""
    kept = st.session_state.pop(_KEPT, [])
    if kept:
        with st.container(key="kept-faults"):  # page.css keeps it clear of the bar at the top
            for said in kept:
                _show(said)
    try:
        yield
    except RerunException:
        # the next run draws all of it anew, before anybody could have read this
        if kept:
            st.session_state[_KEPT] = [*kept, *st.session_state.get(_KEPT, ())]
        raise


def _told(error: Exception, place: str | None) -> str:
    """What people are told of a failure, once it is in the log."""
    if isinstance(error, UcfError):
        logs.event(_log, "shown on the page", error=type(error).__name__, page=place)
        return plain(str(error))
    incident = logs.incident(_log, error, page=place)
    return f"Something went wrong. Error {incident}; the log has the details."


def _show(said: str) -> None:
    st.error(said, icon=":material/error:")
