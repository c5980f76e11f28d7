"""LRU cache: a bounded number of values in memory, of which the least recently used one is dropped first."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Seconds between two calls of `check` while another thread computes the same key.
_CHECK_EVERY = 0.2


class LruCache(Generic[K, V]):
    """At most `size` values by key. Safe for many threads; None is no value."""

    def __init__(self, size: int) -> None:
        """The cache is empty; `size` is at least 1."""
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()
        # a lock per key that is being computed; it is gone once no thread uses it
        self._computing: WeakValueDictionary[K, threading.Lock] = WeakValueDictionary()

    def __contains__(self, key: K) -> bool:
        """Whether the key has a value; this does not count as a use."""
        return key in self._values

    def __iter__(self) -> Iterator[K]:
        """All keys, the least recently used first."""
        with self._lock:
            return iter(list(self._values))

    def get(self, key: K) -> V | None:
        """The value of a key, None if it has none."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Set the value of a key, and drop the least recently used values beyond `size`."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)

    def get_or_compute(
        self,
        key: K,
        compute: Callable[[], V],
        *,
        serves: Callable[[V], bool] = lambda _: True,
        check: Callable[[], None] | None = None,
    ) -> V:
        """The value of a key; computed, and cached, if it has none or if its value does not pass `serves`.

        One thread at a time computes a key. The others wait for it and call `check` now and then, which may raise to
        stop waiting. What `compute` raises is not cached: the next caller tries again.
        """
        value = self.get(key)
        if value is not None and serves(value):
            return value
        with self._lock:
            computing = self._computing.setdefault(key, threading.Lock())
        while not computing.acquire(timeout=_CHECK_EVERY):
            if check is not None:
                check()
        try:
            value = self.get(key)
            if value is None or not serves(value):
                value = compute()
                self.put(key, value)
            return value
        finally:
            computing.release()
