"""A cache of exact searches: the lists that index recall is measured against stay the same while k and ef change."""

from collections.abc import Callable, Hashable
from dataclasses import replace

from ucf_core.base.lru import LruCache
from ucf_core.base.specs import QuerySpec, changed
from ucf_core.base.timing import fastest
from ucf_core.index.base import Hits
from ucf_core.neighbours.neighbours import Neighbours

Search = Callable[[QuerySpec], Neighbours]

# Neighbours searched for at least: finding more takes no longer, and then the answer serves every smaller k.
_AT_LEAST = 128
_USERS = 512  # answers of some kilobytes each
# Answers for samples of at most so many users are cached, half a megabyte each.
_MOST_USERS, _SAMPLES = 500, 8
# Seconds after which a search is not repeated to time it better.
BUDGET = 0.002
# Seconds below which it is always repeated once: a search of the graph takes a tenth of that.
RETRY_BELOW = 0.01


class ExactCache:
    """The most recently used exact searches for single users of one dataset. Safe for many threads.

    The k nearest of an exact search are the first k of a longer one, since equal similarities are in the order of rows.
    """

    def __init__(self) -> None:
        """The cache is empty."""
        self._cache: LruCache[Hashable, tuple[Neighbours, float]] = LruCache(_USERS)

    def of(self, user: Hashable | None, query: QuerySpec, search: Search, n_users: int) -> tuple[Neighbours, float]:
        """The exact neighbours for `query`, whatever its engine, and the milliseconds that the search took.

        `user` is the cache key; None for a guest, whose ratings may change, so that nothing is cached.
        """
        exact = changed(query, {"engine": "exact"})
        if user is None:
            return fastest(lambda: search(exact), budget=BUDGET, retry_below=RETRY_BELOW)
        dim = None if exact.space == "raw" else exact.dim  # the raw space ignores dim, as exact search ignores ef
        longer = changed(exact, {"k": max(query.k, min(_AT_LEAST, n_users - 1))})
        found, milliseconds = self._cache.get_or_compute(
            (user, changed(exact, {"k": 1, "ef": 1, "dim": dim})),
            lambda: fastest(lambda: search(longer), budget=BUDGET, retry_below=RETRY_BELOW),
            serves=lambda cached: cached[0].k >= query.k,
        )
        rows, similarities = found.rows[: query.k].copy(), found.similarities[: query.k].copy()
        return replace(found, rows=rows, similarities=similarities), milliseconds


class SampleExactCache:
    """The most recently used exact searches for samples of users. Safe for many threads."""

    def __init__(self) -> None:
        """The cache is empty."""
        self._cache: LruCache[Hashable, tuple[Hits, float]] = LruCache(_SAMPLES)

    def of(
        self, sample: int, query: QuerySpec, search: Callable[[int], tuple[Hits, float]], n_users: int
    ) -> tuple[Hits, float]:
        """The query.k + 1 nearest rows of each of `sample` users, drawn with the seed of `query` out of `n_users`.

        `search` takes a number of rows, and returns that many nearest rows and the milliseconds that it took.
        """
        width = query.k + 1
        if sample > _MOST_USERS:
            return search(width)
        hits, milliseconds = self._cache.get_or_compute(
            (sample, changed(query, {"k": 1, "ef": 1, "engine": "exact"})),
            lambda: search(max(query.k, min(_AT_LEAST, n_users - 1)) + 1),
            serves=lambda cached: cached[0].rows.shape[1] >= width,
        )
        return replace(hits, rows=hits.rows[:, :width], similarities=hits.similarities[:, :width]), milliseconds
