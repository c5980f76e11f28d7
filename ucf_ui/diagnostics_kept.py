"""A few results that took long, in memory: the one that was not asked for the longest makes room for a new one."""

import threading
from collections import OrderedDict
from typing import Any


class Kept:
    """Results by key, at most `most` of them. Safe for many threads."""

    def __init__(self, most: int) -> None:
        """Nothing is kept yet."""
        self._most = most
        self._results: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Any:
        """The result of a key, None where there is none or it had to make room."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def put(self, key: str, result: Any) -> None:
        """Keep a result."""
        with self._lock:
            self._results[key] = result
            self._results.move_to_end(key)
            while len(self._results) > self._most:
                self._results.popitem(last=False)
