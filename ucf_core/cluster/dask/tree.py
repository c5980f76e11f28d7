"""Sums over blocks, added up on the workers in one order, whichever of them has which block."""

from collections.abc import Sequence
from typing import Any

import numpy as np

# Arrays that one task adds up.
_WIDTH = 8


def added(client: Any, futures: Sequence[Any]) -> Any:
    """A future of the sum of the arrays of some futures, as a tree whose shape depends on their number alone."""
    level = list(futures)
    while len(level) > 1:
        level = [
            client.submit(_sum, level[start : start + _WIDTH], pure=False) for start in range(0, len(level), _WIDTH)
        ]
    return level[0]


def _sum(arrays: Sequence[Any]) -> Any:
    total = np.array(arrays[0], copy=True)
    for array in arrays[1:]:
        total += array
    return total
