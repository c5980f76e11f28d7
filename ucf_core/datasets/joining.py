"""The columns of consecutive parts of a file, put together as the parts arrive."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ucf_core.datasets.arrow import Columns
from ucf_core.ids import Ids, parts_of

# More than the first part lets one expect; what is not touched takes no memory.
_SPARE = 1.05


class Joining:
    """Takes part after part: the memory of each can serve the next, and no copying is left for the end."""

    def __init__(self) -> None:
        """Nothing has arrived yet."""
        self._users: list[Ids] = []
        self._items: list[Ids] = []
        self._ratings: _Growing | None = None
        self._timestamps: _Growing | None = None

    def add(self, part: Columns, share: float) -> None:
        """Take the next part, whose `share` of the whole in (0, 1] says how much room to make when it is the first."""
        self._users += parts_of(part.users)
        self._items += parts_of(part.items)
        if self._ratings is None:
            expected = int(len(part.ratings) / share * _SPARE)
            self._ratings = _Growing(part.ratings.dtype, expected)
            self._timestamps = None if part.timestamps is None else _Growing(part.timestamps.dtype, expected)
        self._ratings.add(part.ratings)
        if self._timestamps is not None and part.timestamps is not None:
            self._timestamps.add(part.timestamps)

    def columns(self) -> Columns | None:
        """All of it, ids in parts; None where nothing arrived."""
        if self._ratings is None:
            return None
        timestamps = None if self._timestamps is None else self._timestamps.whole()
        return Columns(self._users, self._items, self._ratings.whole(), timestamps, {})


class _Growing:
    """An array that is filled from its begin."""

    def __init__(self, dtype: np.dtype[Any], expected: int) -> None:
        self._values: NDArray[Any] = np.empty(expected, dtype=dtype)
        self._filled = 0

    def add(self, part: NDArray[Any]) -> None:
        end = self._filled + len(part)
        if end > len(self._values):
            # nobody else has seen the array yet
            self._values.resize(max(end, len(self._values) * 3 // 2), refcheck=False)
        self._values[self._filled : end] = part
        self._filled = end

    def whole(self) -> NDArray[Any]:
        self._values.resize(self._filled, refcheck=False)
        return self._values
