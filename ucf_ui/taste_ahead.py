"""The answer to a rating before the page has run: the browser asks for it as soon as a star is pressed.

A run of the page takes the browser a tenth of a second and more, most of it to draw again what has not changed. So what
stands beside the stars (`components/glance.js`) asks the server by itself meanwhile (`ucf_ui.routes`) for the few words
that the press will lead to. The run that follows says them once more, and keeps the rating: what is asked here changes
nothing, and where nothing answers, nothing is lost.

Who asks shows a token that the page drew for its own session, and names nothing but a widget and a place in it.
"""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, TypeAlias
from weakref import WeakValueDictionary, ref

import streamlit as st

from ucf_core.errors import UcfError
from ucf_core.explorer import Explorer
from ucf_core.ids import RawId

Words: TypeAlias = dict[str, Any]
Question: TypeAlias = Callable[[Explorer, Mapping[RawId, float]], Words]
"""By settings that hold; equal to another one with the same."""

_LINE = "_taste_line"

# Such keys are class names as they are; of others Streamlit replaces what a class name may not have.
_CLASS_NAME = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Offer:
    """A widget on the page: to which film it gives which of `values`; `chosen` is the place of the one that it has."""

    film: RawId
    values: Sequence[float]
    chosen: int | None

    def pressed(self, rated: Mapping[RawId, float], place: int) -> dict[RawId, float]:
        """What is rated after a press; to press what is chosen takes it back."""
        others = {film: rating for film, rating in rated.items() if film != self.film}
        return others if place == self.chosen else others | {self.film: self.values[place]}


@dataclass(frozen=True)
class _Asked:
    """Of which dataset, of whom, and what. The dataset may be closed meanwhile: it is not held open for this."""

    explorer: "ref[Explorer]"
    rated: dict[RawId, float]
    question: Question


class Line:
    """What a session may be asked ahead of its page; it is there for as long as the session."""

    def __init__(self) -> None:
        """Nothing is on the page yet."""
        self.token = secrets.token_urlsafe(16)
        self._offers: dict[str, Offer] = {}
        self._page: _Asked | None = None
        self._answered: tuple[_Asked, Words] | None = None
        self._busy = Lock()

    def said(self, explorer: Explorer, rated: Mapping[RawId, float], question: Question) -> Words:
        """What `question` says of what is `rated` now, for the page, and from now on of one more press.

        What was said ahead is not worked out again; what is being worked out is waited for.
        """
        with self._busy:
            self._page = _Asked(ref(explorer), dict(rated), question)
            if self._answered is None or self._answered[0] != self._page:
                self._answered = self._page, question(explorer, rated)
            return self._answered[1]

    def offer(self, key: str, film: RawId, values: Sequence[float], chosen: int | None) -> None:
        """The widget `key` is on the page."""
        if _CLASS_NAME.fullmatch(key):
            self._offers[key] = Offer(film, values, chosen)

    def ahead(self, key: object, place: object) -> Words | None:
        """What the press of `place` in the widget `key` leads to.

        None for what is not on the page, and while something is being worked out.
        """
        offer = self._offers.get(key) if isinstance(key, str) else None
        if offer is None or type(place) is not int or not 0 <= place < len(offer.values):
            return None
        if not self._busy.acquire(blocking=False):
            return None
        try:
            page = self._page
            explorer = page.explorer() if page else None
            if page is None or explorer is None:
                return None
            asked = replace(page, rated=offer.pressed(page.rated, place))
            said = page.question(explorer, asked.rated)
            self._answered = asked, said
            return said
        except UcfError:
            return None
        finally:
            self._busy.release()


_lines: WeakValueDictionary[str, Line] = WeakValueDictionary()


def own_line() -> Line:
    """That of this session."""
    kept = st.session_state.get(_LINE)
    if not isinstance(kept, Line):
        kept = st.session_state[_LINE] = Line()
        _lines[kept.token] = kept
    return kept


def line_of(token: str) -> Line | None:
    """That of the session whose page drew this token; None where there is none, or no longer."""
    return _lines.get(token)
