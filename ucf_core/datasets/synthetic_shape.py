"""How many ratings each user and each film of a synthetic dataset has: the marginals of ml-25m at any size."""

import numpy as np
from numpy.typing import NDArray

# ml-25m, the dataset whose marginals are followed (Harper & Konstan 2015; grouplens.org/datasets/movielens/25m)
N_USERS = 162_541
N_ITEMS = 59_047
N_RATINGS = 25_000_095
FEWEST_PER_USER = 20

VALUES = np.arange(1, 11, dtype=np.float32) / 2
_VALUE_COUNTS = np.array(
    [393_068, 776_815, 399_490, 1_640_868, 1_262_797, 4_896_928, 3_177_318, 6_639_798, 2_200_539, 3_612_474]
)

# Ratings per user: quartiles, then a tail up to the busiest user. The exponent bends the tail so that the mean fits.
_QUARTILES = (20.0, 36.0, 71.0, 162.0)
_BUSIEST_USER = 32_202.0
_USER_TAIL = 0.781

# Ratings per film: (rank, ratings) from the most rated film to the last. The second and third bend the head so that
# the sum fits; the others are ml-25m's, halves where one film has more than a number and the next has not.
_RANKS = (1.0, 10.0, 100.0, 588.5, 3_794.5, 10_326.5, 24_330.5, N_ITEMS)
_RATINGS_AT_RANK = (81_491.0, 64_000.0, 27_800.0, 10_000.5, 1_000.5, 100.5, 10.5, 1.0)

# Nobody rates more than this share of the films, no film is rated by more than this share of the users,
# unless the matrix is so dense that there is no other way.
_LARGEST_SHARE = 0.6


def user_counts(n_users: int, n_items: int, n_ratings: int) -> NDArray[np.int64]:
    """Ratings per user, ascending, (n_users,) int64; they sum to `n_ratings`.

    Everybody has at least 20, or an equal share of the ratings where those do not suffice.
    """
    fewest = min(FEWEST_PER_USER, n_ratings // n_users, n_items)
    shares = (_user_curve((np.arange(n_users) + 0.5) / n_users) - FEWEST_PER_USER) / (
        _LARGEST_SHARE * N_ITEMS - FEWEST_PER_USER
    )
    return np.sort(_scaled(shares, n_ratings, fewest, n_items))


def item_counts(n_users: int, n_items: int, n_ratings: int) -> NDArray[np.int64]:
    """Ratings per film, descending, (n_items,) int64, each at least 1; they sum to `n_ratings`."""
    ranks = (np.arange(n_items) + 0.5) / n_items * N_ITEMS + 0.5
    shares = (_item_curve(ranks) - 1) / (_LARGEST_SHARE * N_USERS - 1)
    return np.sort(_scaled(shares, n_ratings, 1, n_users))[::-1]


def value_counts(n_ratings: int) -> NDArray[np.int64]:
    """How often each of the ten `VALUES` occurs among `n_ratings` ratings, (10,) int64."""
    ends = np.rint(_VALUE_COUNTS.cumsum() * (n_ratings / N_RATINGS)).astype(np.int64)
    return np.asarray(np.diff(ends, prepend=0), dtype=np.int64)


def _user_curve(quantile: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ratings of the user at a quantile of activity in ml-25m."""
    low = np.interp(quantile, (0.0, 0.25, 0.5, 0.75), np.log(_QUARTILES))
    # the tail runs over halvings of the users that remain: a quarter, an eighth, ... one
    halvings = -np.log2(1 - quantile) - 2
    last = np.log2(2 * N_USERS) - 2
    tail = np.log(_BUSIEST_USER / _QUARTILES[3]) * (np.clip(halvings, 0, last) / last) ** _USER_TAIL
    return np.asarray(np.exp(low + tail))


def _item_curve(rank: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ratings of the film at a rank of popularity (1 to 59,047) in ml-25m."""
    from scipy.interpolate import PchipInterpolator

    curve = PchipInterpolator(np.log(_RANKS), np.log(_RATINGS_AT_RANK))
    return np.asarray(np.exp(curve(np.log(np.clip(rank, 1, N_ITEMS)))))


def _scaled(shares: NDArray[np.float64], total: int, fewest: int, most: int) -> NDArray[np.int64]:
    """Counts between `fewest` and `most` that sum to `total`, shaped like `shares` of the room between.

    The odds of every share are multiplied by one factor, found by bisection: at ml-25m's own size it is 1, and in a
    denser matrix the head saturates instead of growing past what there is.
    """
    n = shares.size
    cap = max(fewest, most * max(_LARGEST_SHARE, (1 + total / (n * most)) / 2))
    odds = shares / (1 - shares)

    def counts(factor: float) -> NDArray[np.float64]:
        return fewest + (cap - fewest) * (1 - 1 / (1 + factor * odds))

    low, high = 1e-12, 1e12
    for _ in range(200):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if counts(middle).sum() < total else (low, middle)
    excess = counts(high) - fewest
    wanted = total - fewest * n
    excess *= wanted / excess.sum() if wanted else 0.0
    # rounded sums rather than summed roundings: the total is exact and every count within 1 of its curve
    ends = np.minimum(np.rint(excess.cumsum()).astype(np.int64), wanted)
    ends[-1] = wanted
    return np.asarray(fewest + np.diff(ends, prepend=0), dtype=np.int64)
