"""Parts of a page that run by themselves."""

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from ucf_core import logs
from ucf_ui.faults import errors_shown, kept_shown

P = ParamSpec("P")

_log = logging.getLogger(__name__)


def fragment(body: Callable[P, None], *, run_every: float | None = None) -> Callable[P, None]:
    """A part of a page that runs by itself, also every so many seconds, with failures shown inside it."""

    @functools.wraps(body)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        with logs.slow_noted(_log, body.__qualname__), kept_shown(), errors_shown(body.__qualname__):
            body(*args, **kwargs)

    return st.fragment(shown, run_every=run_every)
