"""The numbers of ratings of users and films in a synthetic dataset, and distinct pairs of them.

The counts follow ml-25m (Harper & Konstan 2015; grouplens.org/datasets/movielens/25m) at any size. Pairs are drawn
without replacement, by popularity of the film and agreement of tastes.
"""

from math import log2

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from ucf_core.base.progress import Progress
from ucf_core.datasets.synthetic.films import Floats, Ints, Rows

N_USERS, N_ITEMS, N_RATINGS = 162_541, 59_047, 25_000_095  # of ml-25m
_FEWEST_PER_USER = 20
# Ratings of a user where 2 ** -halvings of all users have more: quartiles, a point that makes the sum right, the top.
_HALVINGS = (0.0, log2(4 / 3), 1.0, 2.0, 7.0, log2(2 * N_USERS))
_RATINGS_OF_USER = (20, 36, 71, 162, 1_379, 32_202)
# Ratings of a film by rank of popularity. The second and third point make the sum right.
_RANKS = (1, 10, 100, 588.5, 3_794.5, 10_326.5, 24_330.5, N_ITEMS)
_RATINGS_OF_FILM = (81_491, 64_000, 27_800, 10_000.5, 1_000.5, 100.5, 10.5, 1)
# No user rates more than this share of the films, nor the reverse, unless the matrix is too dense for that.
_LARGEST_SHARE = 0.6

_BATCH = 0.05  # share of the ratings left that is drawn with the same weights
_ROUNDS = 12


def counts_per_user(n_users: int, n_items: int, n_ratings: int) -> Ints:
    """Ratings per user, descending, (n_users,), summing to `n_ratings`; each at least 20 if the size allows."""
    halvings = np.minimum(-np.log2((np.arange(n_users) + 0.5) / n_users), _HALVINGS[-1])
    curve = np.exp(PchipInterpolator(_HALVINGS, np.log(_RATINGS_OF_USER))(halvings))
    shares = (curve - _FEWEST_PER_USER) / (_LARGEST_SHARE * N_ITEMS - _FEWEST_PER_USER)
    return _scaled(shares, n_ratings, min(_FEWEST_PER_USER, n_ratings // n_users), n_items)


def counts_per_item(n_users: int, n_items: int, n_ratings: int) -> Ints:
    """Ratings per film, descending, (n_items,), each at least 1, summing to `n_ratings`."""
    ranks = np.clip((np.arange(n_items) + 0.5) / n_items * N_ITEMS + 0.5, 1, N_ITEMS)
    curve = np.exp(PchipInterpolator(np.log(_RANKS), np.log(_RATINGS_OF_FILM))(np.log(ranks)))
    return _scaled((curve - 1) / (_LARGEST_SHARE * N_USERS - 1), n_ratings, 1, n_users)


def _scaled(shares: Floats, total: int, fewest: int, most: int) -> Ints:
    """Counts from `fewest` to `most` that sum to `total`: `shares` of the room between, their odds times one factor.

    In a denser matrix than ml-25m the largest counts saturate instead of growing past what there is.
    """
    cap = max(fewest, most * max(_LARGEST_SHARE, (1 + total / (shares.size * most)) / 2))
    odds, wanted = np.maximum(shares, 1e-12) / (1 - shares), total - fewest * shares.size
    low, high = 1e-12, 1e15
    for _ in range(100):
        factor = (low * high) ** 0.5
        excess = (cap - fewest) * (1 - 1 / (1 + factor * odds))
        low, high = (factor, high) if excess.sum() < wanted else (low, factor)
    # rounded sums rather than sums of rounded counts: the total is exact
    ends = np.rint(excess.cumsum() * (wanted / max(excess.sum(), 1e-300))).astype(np.int64)
    return -np.sort(-(fewest + np.diff(ends, prepend=0)))


def draw_pairs(
    user_counts: Ints, item_counts: Ints, user_tastes: Floats, item_tastes: Floats, rng: Generator, progress: Progress
) -> Rows:
    """The films of every user, by user and then ascending, (n_ratings,). `progress` gets the share done.

    User counts are exact. Film counts are nearly exact: films are weighted by the ratings they still lack, and batches
    of users, the busiest first, get smaller towards the end. The first rating of every film goes to a random user.
    """
    n_items, total = item_counts.size, int(user_counts.sum())
    order = np.argsort(-user_counts, kind="stable")
    starts, ends = user_counts.cumsum() - user_counts, user_counts[order].cumsum()
    owners = np.searchsorted(ends, rng.choice(total, n_items, replace=False), side="right")
    left, items = item_counts - 1, np.empty(total, dtype=np.int32)
    low = done = 0
    while low < order.size:
        high = max(low + 1, int(np.searchsorted(ends, done + _BATCH * (total - done), side="right")))
        batch, firsts = order[low:high], np.flatnonzero((owners >= low) & (owners < high))
        # the rate of a Poisson process that meets a film at least once with the probability that fills its count
        lacking = np.clip(left / (order.size - low), 1e-9, 1 - 1e-9)
        weights = (-np.log1p(-lacking) * item_tastes.T).astype(np.float32)
        keys = np.sort((owners[firsts] - low) * n_items + firsts)
        counts = user_counts[batch]
        drawn = _draw_batch(counts, user_tastes[batch], weights, keys, rng) % n_items
        left -= np.bincount(drawn, minlength=n_items)
        left[firsts] += 1
        items[np.repeat(starts[batch] - (counts.cumsum() - counts), counts) + np.arange(drawn.size)] = drawn
        low, done = high, int(ends[high - 1])
        progress(done / total, 1.0)
    return items


def _draw_batch(counts: Ints, tastes: Floats, weights: NDArray[np.float32], keys: Ints, rng: Generator) -> Ints:
    """Sorted, distinct keys user * n_items + item, `counts` (n_users,) of each user, including the given `keys`.

    Draws a taste by the user's `tastes` (n_users, m), then a film by its `weights` (m, n_items), in rounds with
    replacement that drop repeats. The rest is drawn without replacement by exponential keys (Efraimidis & Spirakis
    2006), which looks at all films.
    """
    n_items, cumulative = weights.shape[1], weights.cumsum(dtype=np.float64)
    bounds = np.concatenate([[0.0], cumulative[n_items - 1 :: n_items]])
    missing = counts - np.bincount(keys // n_items, minlength=counts.size)
    for _ in range(_ROUNDS):
        slots = rng.multinomial(missing, tastes).T.ravel()  # by taste, as the weights of one fit the cache
        taste, user = np.divmod(np.repeat(np.arange(slots.size), slots), counts.size)
        at = bounds[taste] + rng.random(user.size) * np.diff(bounds)[taste]
        fresh = np.sort(user * n_items + np.searchsorted(cumulative, at, side="right") % n_items)
        keys = np.sort(np.concatenate([keys, fresh]), kind="stable")  # merges two sorted runs
        keys = keys[np.diff(keys, prepend=-1) > 0]
        missing = counts - np.bincount(keys // n_items, minlength=counts.size)
        if not missing.any():
            return keys
    parts = [keys]
    for row in np.flatnonzero(missing).tolist():
        # einsum rather than BLAS, whose digits depend on the number of threads
        chances = np.einsum("t,ti->i", (tastes[row] / np.diff(bounds)).astype(np.float32), weights)
        waits = rng.standard_exponential(n_items, dtype=np.float32) / chances
        waits[keys[slice(*np.searchsorted(keys, (row * n_items, (row + 1) * n_items)))] % n_items] = np.inf
        parts.append(row * n_items + np.argpartition(waits, missing[row] - 1)[: missing[row]])
    return np.sort(np.concatenate(parts))
