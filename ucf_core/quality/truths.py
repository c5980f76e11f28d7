"""Exact searches, remembered: what a neighbour list is held against stays the same while k and ef move."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace

from ucf_core.index.base import Hits
from ucf_core.neighbours import Neighbours
from ucf_core.quality.timing import fastest
from ucf_core.specs import QuerySpec, changed

Search = Callable[[QuerySpec], Neighbours]

# Neighbours searched for at least: finding more takes no longer, and then the answer serves every smaller k.
_AT_LEAST = 128
_MOST = 512  # answers of some kilobytes each
# Of samples of so many users at most, so many answers are remembered: half a megabyte each.
_MOST_USERS, _MOST_SAMPLES = 500, 8
# Seconds after which a search is not made once more to time it better.
BUDGET = 0.002
# Seconds below which it is made a second time all the same: a search of the graph takes a tenth of that.
SECOND = 0.01


class Truths:
    """The newest exact searches of one dataset. Safe for many threads.

    The k nearest of an exact search are the first k of a longer one, since equal similarities are in the order of rows.
    """

    def __init__(self, most: int = _MOST) -> None:
        """Nothing is known yet; `most` answers are remembered."""
        self._most = most
        self._known: OrderedDict[Hashable, tuple[Neighbours, float]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, user: Hashable | None, query: QuerySpec, search: Search, n_users: int) -> tuple[Neighbours, float]:
        """What exact search finds for `query`, whatever its engine, and the milliseconds it took when it was made.

        `user` names who asks; None for somebody whose ratings may change, of whom nothing is remembered.
        """
        exact = changed(query, {"engine": "exact"})
        if user is None:
            return fastest(lambda: search(exact), budget=BUDGET, second=SECOND)
        dim = None if exact.space == "raw" else exact.dim  # which does not matter there, as k and ef do not here
        key = (user, changed(exact, {"k": 1, "ef": 1, "dim": dim}))
        with self._lock:
            known = self._known.get(key)
        if known is None or known[0].k < query.k:
            longer = changed(exact, {"k": max(query.k, min(_AT_LEAST, n_users - 1))})
            known = fastest(lambda: search(longer), budget=BUDGET, second=SECOND)
        with self._lock:
            self._known[key] = known
            self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        found, milliseconds = known
        rows, similarities = found.rows[: query.k].copy(), found.similarities[: query.k].copy()
        return replace(found, rows=rows, similarities=similarities), milliseconds


class SampleTruths:
    """The newest exact searches for samples of users, as `Truths` remembers those for one. Safe for many threads."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: OrderedDict[Hashable, tuple[Hits, float]] = OrderedDict()
        self._lock = threading.Lock()

    def of(
        self, sample: int, query: QuerySpec, search: Callable[[int], tuple[Hits, float]], n_users: int
    ) -> tuple[Hits, float]:
        """The query.k + 1 nearest rows of each of `sample` users, drawn with the seed of `query` out of `n_users`.

        `search` finds so many rows for them, and says how many milliseconds it took; those are of when it was asked.
        """
        if sample > _MOST_USERS:
            return search(query.k + 1)
        key = (sample, changed(query, {"k": 1, "ef": 1, "engine": "exact"}))
        with self._lock:
            known = self._known.get(key)
        if known is None or known[0].rows.shape[1] <= query.k:
            known = search(max(query.k, min(_AT_LEAST, n_users - 1)) + 1)
        with self._lock:
            self._known[key] = known
            self._known.move_to_end(key)
            while len(self._known) > _MOST_SAMPLES:
                self._known.popitem(last=False)
        hits, milliseconds = known
        width = query.k + 1
        return replace(hits, rows=hits.rows[:, :width], similarities=hits.similarities[:, :width]), milliseconds
