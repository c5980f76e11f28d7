"""Ratings of one scale on another: end to end, then to the nearest rating that the dataset knows."""

import numpy as np
from numpy.typing import NDArray

from ucf_core.ratings.ratings import Ratings

# With more distinct ratings than this, any number between the ends is one.
_MOST_STEPS = 100


def steps(ratings: Ratings) -> NDArray[np.float64] | None:
    """The ratings that can be given, ascending; None where any number of the scale can."""
    values = ratings.value_counts[0]
    return values.astype(np.float64) if len(values) <= _MOST_STEPS else None


def on_scale(value: float, scale: tuple[float, float] | None, ratings: Ratings) -> float:
    """`value` of `scale` (None: the dataset's own) as a rating of the dataset; of two equally near, the higher."""
    low, high = ratings.scale
    first, last = scale or (low, high)
    moved = low + (value - first) * (high - low) / (last - first) if last > first else low
    given = steps(ratings)
    if given is None:
        return float(np.clip(moved, low, high))
    # rounding noise must not decide between two steps
    distance = np.round(np.abs(given - moved), 9)
    return float(given[len(given) - 1 - int(distance[::-1].argmin())])
