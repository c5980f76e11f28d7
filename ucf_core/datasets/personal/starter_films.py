"""Well-known films whose ratings distinguish tastes, to ask a new user about."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.ratings.biases import Biases
from ucf_core.ratings.ratings import Ratings
from ucf_core.ratings.weighting import residuals

KNOWN = 120  # the most rated films, to choose from
# evenly spaced users, enough for a good choice in a fraction of a second
_MOST_USERS = 20_000


def starter_films(ratings: Ratings, biases: Biases, *, n: int = 12, known: int = KNOWN) -> NDArray[np.int64]:
    """Rows of up to n of the `known` most rated films, most informative first.

    Each has the largest variance left after those before it: pivoted Cholesky factorisation of the covariance of the
    residuals r - (mu + b_u + b_i), an unrated film counting 0.
    """
    popular = most_rated(ratings.item_counts, known)
    left = ratings.kept("opinions") if known == KNOWN else None
    if left is None:
        asked = np.arange(0, ratings.n_users, asked_every(ratings.n_users))
        left = opinions(ratings.matrix[asked], asked, biases, popular)
    chosen: list[int] = []
    while len(chosen) < min(n, popular.size):
        spread = np.diag(left).copy()
        spread[chosen] = -1.0
        best = int(spread.argmax())
        chosen.append(best)
        if spread[best] > 0:
            left = left - np.outer(left[:, best], left[best]) / spread[best]
    return popular[chosen].astype(np.int64)


def most_rated(item_counts: NDArray[np.integer], n: int = KNOWN) -> NDArray[np.int64]:
    """Rows of the n most rated items, most first; among equals the lower row."""
    return np.lexsort((np.arange(item_counts.size), -item_counts.astype(np.int64)))[:n]


def asked_every(n_users: int) -> int:
    """The step between the users that `starter_films` looks at."""
    return -(-n_users // _MOST_USERS)


def opinions(
    rows: csr_array, users: NDArray[np.integer], biases: Biases, popular: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Products of two `popular` items' residuals in `rows`, the ratings of `users`, summed; (n_popular, n_popular)."""
    place = np.full(rows.shape[1], -1, dtype=np.int64)
    place[popular] = np.arange(popular.size)
    owner = np.repeat(np.arange(users.size), np.diff(rows.indptr))
    chosen = place[rows.indices] >= 0
    values, places = residuals(rows, users[owner], biases)[chosen], (owner[chosen], place[rows.indices[chosen]])
    popular_only = csr_array((values, places), shape=(users.size, popular.size))
    return np.asarray((popular_only.T @ popular_only).toarray(), dtype=np.float64)
