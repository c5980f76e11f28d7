"""Parts of a page that run by themselves."""

import functools
import logging
from collections.abc import Callable, Collection
from contextvars import ContextVar
from typing import ParamSpec

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ucf_core.base import logs
from ucf_ui.base.faults import errors_shown, kept_shown

P = ParamSpec("P")

_log = logging.getLogger(__name__)
# what the fragment that runs by itself has put off until its answer is drawn; None where nothing is put off
_put_off: ContextVar[list[Callable[[], None]] | None] = ContextVar("put_off", default=None)


def fragment(body: Callable[P, None], *, run_every: float | None = None) -> Callable[P, None]:
    """A part of a page that runs by itself, also every so many seconds, with failures shown inside it."""

    @functools.wraps(body)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        put_off: list[Callable[[], None]] = []
        before = _put_off.set(put_off if _runs_alone() else None)
        try:
            with logs.slow_noted(_log, body.__qualname__), kept_shown():
                with errors_shown(body.__qualname__):
                    body(*args, **kwargs)
                for draw in put_off:
                    draw()
        finally:
            _put_off.reset(before)

    return st.fragment(shown, run_every=run_every)


def after_the_answer(draw: Callable[[], None], *, once: Collection[str] = ()) -> None:
    """Draw this last, in its place on the page, where a fragment runs by itself: in answer to one of its widgets.

    A browser draws what reaches it first, and only then what has not changed. In the run of a whole page, where there
    is nothing yet to look at meanwhile, all is drawn in its order. So it is as long as the session lacks what widgets
    put there under the keys `once`: only they know what to make of a link.
    """
    place, put_off = st.container(), _put_off.get()
    if put_off is None or any(key not in st.session_state for key in once):
        with place:
            draw()
        return

    def in_place() -> None:
        with place, errors_shown(draw.__qualname__):
            draw()

    put_off.append(in_place)


def _runs_alone() -> bool:
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and bool(context.fragment_ids_this_run)
