"""Users in groups of about equal size, by some number that each has."""

import numpy as np
from numpy.typing import NDArray


def equal_groups(values: NDArray[np.integer] | NDArray[np.floating], n: int) -> NDArray[np.intp]:
    """The group of each of `values`, (m,), from 0 for the lowest on: up to n groups of about equal size.

    Equal values are never parted, so there are fewer groups, of less equal size, where many are equal.
    """
    ordered = np.sort(values)
    # a value's place is the middle of those that equal it
    places = np.searchsorted(ordered, values, side="left") + np.searchsorted(ordered, values, side="right")
    groups: NDArray[np.intp] = np.unique(places * n // max(2 * values.size, 1), return_inverse=True)[1]
    return groups


def group_count(n_users: int, most: int, least_users: int = 10) -> int:
    """How many groups, at most `most`, leave about `least_users` users in each; at least 1."""
    return max(1, min(most, n_users // least_users))
