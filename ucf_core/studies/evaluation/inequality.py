"""How unequally counts are spread over what is counted: 0 is evenly, near 1 is all on one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def gini(counts: NDArray[Any]) -> float:
    """Gini index of non-negative `counts`, (n,): mean absolute difference over twice the mean; in [0, 1 - 1/n].

    0 where all are equal, also where all are 0.
    """
    ordered = np.sort(counts.astype(np.float64))
    n, total = ordered.size, ordered.sum()
    if total == 0:
        return 0.0
    ranks = np.arange(1, n + 1)
    return max(float((2 * ranks - n - 1) @ ordered / (n * total)), 0.0)


def robin_hood(counts: NDArray[Any]) -> float:
    """Robin Hood index of non-negative `counts`, (n,): the share of the total to be moved to make all equal.

    Hoover's index, also called the Pietra index; in [0, 1 - 1/n], and 0 where all are 0. Used for hubness by
    Feldbauer & Flexer 2019.
    """
    values = counts.astype(np.float64)
    total = values.sum()
    return float(np.abs(values - total / values.size).sum() / (2 * total)) if total else 0.0
