"""Well-known films that tell tastes apart: what to ask somebody of whom nothing is known."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.biases import Biases
from ucf_core.ratings import Ratings
from ucf_core.weighting import residuals

# Films to choose from: those that most people have seen.
_KNOWN = 120

# Evenly spaced users whose opinions are looked at: enough to tell, in a fraction of a second.
_MOST_USERS = 20_000


def starter_films(ratings: Ratings, biases: Biases, *, n: int = 12, known: int = _KNOWN) -> NDArray[np.int64]:
    """Rows of up to n of the `known` most rated films, most telling first.

    Each is the one on which people differ most, of what their opinions on those before do not tell already: Cholesky's
    factorisation with pivots of the covariance of the residuals r - (mu + b_u + b_i), an unrated film counting 0.
    """
    popular = np.lexsort((np.arange(ratings.n_items), -ratings.item_counts))[:known]
    place = np.full(ratings.n_items, -1, dtype=np.int64)
    place[popular] = np.arange(popular.size)
    asked = np.arange(0, ratings.n_users, -(-ratings.n_users // _MOST_USERS))
    rows = ratings.matrix[asked]
    owner = np.repeat(np.arange(asked.size), np.diff(rows.indptr))
    known_ones = place[rows.indices] >= 0
    opinions = csr_array(
        (residuals(rows, asked[owner], biases)[known_ones], (owner[known_ones], place[rows.indices[known_ones]])),
        shape=(asked.size, popular.size),
    )
    left = np.asarray((opinions.T @ opinions).toarray(), dtype=np.float64)
    chosen: list[int] = []
    while len(chosen) < min(n, popular.size):
        spread = np.diag(left).copy()
        spread[chosen] = -1.0
        best = int(spread.argmax())
        chosen.append(best)
        if spread[best] > 0:
            left = left - np.outer(left[:, best], left[best]) / spread[best]
    return popular[chosen].astype(np.int64)
