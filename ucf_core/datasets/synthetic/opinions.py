"""How the users of a synthetic dataset rate films, and when."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ucf_core.base.progress import Progress
from ucf_core.datasets.synthetic.films import PREVALENCE, Floats, Ints, Rows

# How often each rating from 0.5 to 5.0 occurs in ml-25m.
VALUE_COUNTS = np.array(
    [393_068, 776_815, 399_490, 1_640_868, 1_262_797, 4_896_928, 3_177_318, 6_639_798, 2_200_539, 3_612_474]
)
# Standard deviations of what a rating is made of: the film's quality, the user's bias, agreement of tastes, chance.
_QUALITY, _BIAS, _TASTE, _CHANCE = 0.44, 0.42, 0.5, 0.62
_OPENED, _CLOSED = (int(np.datetime64(day, "s").astype(np.int64)) for day in ("1996-01-29", "2019-11-21"))
_DAY, _SECONDS_PER_RATING = 86_400, 12
_ROWS = 1 << 17  # ratings drawn at a time


def rate(
    users: Rows, items: Rows, user_tastes: Floats, item_tastes: Floats, years: Rows, rng: Generator, progress: Progress
) -> tuple[NDArray[np.float32], Ints]:
    """Ratings and their times in seconds, (n_ratings,) each, for pairs of rows. `progress` gets the share done.

    A rating is the film's quality, the user's bias, the agreement of their tastes, and chance. Users rate in a long
    first session, then in shorter ones weeks apart, and no film before its year (`years`, 0 where unknown).
    """
    counts, fame = np.bincount(users), np.log(np.bincount(items))
    fame = (fame - fame.mean()) / max(fame.std(), 1e-9)
    qualities = (_QUALITY * (0.6 * fame + 0.8 * rng.standard_normal(fame.size))).astype(np.float32)
    biases = (_BIAS * rng.standard_normal(counts.size)).astype(np.float32)
    joined = rng.integers(_OPENED, _CLOSED - 60 * _DAY, counts.size)
    new_year = (np.maximum(years, 1900) - 1970).astype("datetime64[Y]").astype("datetime64[s]").astype(np.int64)
    user_leanings, item_leanings = _leanings(user_tastes), _leanings(item_tastes)
    scores, times = np.empty(users.size, np.float32), np.empty(users.size, np.int64)
    for low in range(0, users.size, _ROWS):
        part = slice(low, low + _ROWS)
        user, item = users[part], items[part]
        # unit vectors of about ten directions in effect: a product deviates by about 1 / sqrt(10)
        agreement = np.float32(3.2) * np.einsum("ij,ij->i", user_leanings[user], item_leanings[item])
        chance = np.float32(_CHANCE) * rng.standard_normal(user.size, dtype=np.float32)
        scores[part] = qualities[item] + biases[user] + np.float32(_TASTE) * np.clip(agreement, -3, 3) + chance
        session = (rng.random(user.size) ** 2 * (1 + counts[user] // 100)).astype(np.int64) * 45 * _DAY
        within = (rng.random(user.size) * np.minimum(counts[user], 600) * _SECONDS_PER_RATING).astype(np.int64)
        released = new_year[item] + (rng.random(user.size) * 300 * _DAY).astype(np.int64)
        times[part] = np.maximum(released, np.minimum(joined[user] + session + within, _CLOSED))
        progress(min(1.0, (low + _ROWS) / users.size), 1.0)
    # half stars by rank of the score, so that every value is as common as in ml-25m
    ends = np.rint(VALUE_COUNTS.cumsum()[:-1] * (scores.size / VALUE_COUNTS.sum())).astype(np.int64)
    cuts = np.append(np.sort(scores), np.float32(np.inf))[ends]
    return ((np.searchsorted(cuts, scores, side="right") + 1) / 2).astype(np.float32), times


def _leanings(tastes: Floats) -> NDArray[np.float32]:
    """Deviations from the mean tastes, rare tastes weighted up; the mean squared length of the rows is 1."""
    centred = (tastes - tastes.mean(axis=0)) * PREVALENCE**-0.25
    return np.asarray(centred / max(np.sqrt((centred**2).sum(axis=1).mean()), 1e-9), dtype=np.float32)
