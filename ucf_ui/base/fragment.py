"""Parts of a page that run by themselves."""

import functools
import logging
from collections.abc import Callable, Collection
from contextvars import ContextVar
from typing import ParamSpec

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ucf_core.base import logs
from ucf_ui.base.faults import callback_errors_shown, errors_shown

P = ParamSpec("P")

_log = logging.getLogger(__name__)
# what a fragment that runs by itself draws at its end; None while a whole page runs
_postponed: ContextVar[list[Callable[[], None]] | None] = ContextVar("postponed", default=None)


def fragment(body: Callable[P, None], *, run_every: float | None = None) -> Callable[P, None]:
    """Make `body` a Streamlit fragment that shows its own errors; `run_every` is in seconds."""

    @functools.wraps(body)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        postponed: list[Callable[[], None]] = []
        before = _postponed.set(postponed if _runs_alone() else None)
        try:
            with logs.slow_noted(_log, body.__qualname__), callback_errors_shown():
                with errors_shown(body.__qualname__):
                    body(*args, **kwargs)
                for draw in postponed:
                    draw()
        finally:
            _postponed.reset(before)

    return st.fragment(shown, run_every=run_every)


def after_the_answer(draw: Callable[[], None], *, once: Collection[str] = ()) -> None:
    """Call `draw` at the end of a fragment that runs by itself, with its output in this place of the page.

    The browser then gets the answer before the controls, which have not changed. In the run of a whole page, or while
    the session lacks one of the keys `once`, which widgets fill from a link, `draw` is called at once.
    """
    place, postponed = st.container(), _postponed.get()
    if postponed is None or any(key not in st.session_state for key in once):
        with place:
            draw()
        return

    def in_place() -> None:
        with place, errors_shown(draw.__qualname__):
            draw()

    postponed.append(in_place)


def _runs_alone() -> bool:
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and bool(context.fragment_ids_this_run)
