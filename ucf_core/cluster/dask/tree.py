"""Values sent to workers as tasks, and sums over blocks in an order that depends on their number alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np

# Arrays that one task adds up.
_WIDTH = 8


def send(client: Any, value: Any) -> Any:
    """A future of `value`, as a task: unlike scattered data it can be computed again when a worker is lost."""
    return client.submit(_same, value, pure=False)


def tree_sum(client: Any, futures: Sequence[Any]) -> Any:
    """A future of the sum of the arrays of some futures, added up on the workers as a tree."""
    level = list(futures)
    while len(level) > 1:
        groups = (level[start : start + _WIDTH] for start in range(0, len(level), _WIDTH))
        level = [client.submit(_sum, group, pure=False) for group in groups]
    return level[0]


def _same(value: Any) -> Any:
    return value


def _sum(arrays: Sequence[Any]) -> Any:
    total = np.array(arrays[0], copy=True)
    for array in arrays[1:]:
        total += array
    return total
