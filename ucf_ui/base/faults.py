"""Errors on a page: expected ones as their message, all others as an id that the log explains.

An error in a page or fragment is shown where its output would be. A widget's callback runs before both, so its error
waits in the session for the next of them, and is shown at the top of that.
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

_PENDING = "_callback_errors"
_log = logging.getLogger(__name__)


@contextmanager
def errors_shown(place: str | None = None) -> Iterator[None]:
    """Show an error as a message in place of the output; `place` is its name in the log."""
    try:
        yield
    except Exception as error:
        _show(_message(error, place))


def safely(callback: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> Callable[[], None]:
    """A widget's callback with its arguments; `callback_errors_shown` shows its errors, the log has its name.

    Streamlit's signals to stop or rerun pass through: they are not Exceptions.
    """
    place = getattr(callback, "__qualname__", type(callback).__name__)

    @functools.wraps(callback)
    def safe() -> None:
        try:
            callback(*args, **kwargs)
        except Exception as error:
            st.session_state[_PENDING] = [*st.session_state.get(_PENDING, ()), _message(error, place)]

    return safe


@contextmanager
def callback_errors_shown() -> Iterator[None]:
    """Show the errors of callbacks here, once, above what is drawn within."""
    pending = st.session_state.pop(_PENDING, [])
    if pending:
        with st.container(key="callback-errors"):  # page.css keeps it clear of the bar at the top
            for message in pending:
                _show(message)
    try:
        yield
    except RerunException:
        # the next run replaces this one before its messages can be read
        if pending:
            st.session_state[_PENDING] = [*pending, *st.session_state.get(_PENDING, ())]
        raise


def _message(error: Exception, place: str | None) -> str:
    """Log an error; returns the message for the page."""
    if isinstance(error, UcfError):
        logs.event(_log, "shown on the page", error=type(error).__name__, page=place)
        return plain(str(error))
    incident = logs.incident(_log, error, page=place)
    return f"Something went wrong. Error {incident}; the log has the details."


def _show(message: str) -> None:
    st.error(message, icon=":material/error:")
