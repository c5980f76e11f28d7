"""Small data sets whose answers are known by hand or by reasoning.

The toy ratings, users 1-6 (rows 0-5), items 10-90 (columns 0-8):

            10   20   30   40   50   60   70   80   90
    user 1   4    2
    user 2   5         4         3              5
    user 3        1    2              5         5
    user 4                  5    5                   5
    user 5                  1              5         2
    user 6   4                             5
    rated by 3    2    2    2    2    1    2    2    2

The neighbours of user 1 are given, not computed, with similarities that binary fractions hold exactly:
user 2: 0.75, user 3: 0.5, user 4: 0.25, user 6: 0, user 5: -0.5. The last two have no say, so item 70 has no support.

    item   sum(sim)          sum(sim x rating)                support  mean
    10     .75               .75 x 5             = 3.75       1        5
    20     .5                .5 x 1              = 0.5        1        1
    30     .75 + .5  = 1.25  .75 x 4 + .5 x 2    = 4          2        3.2
    40     .25               .25 x 5             = 1.25       1        5
    50     .75 + .25 = 1     .75 x 3 + .25 x 5   = 3.5        2        3.5
    60     .5                .5 x 5              = 2.5        1        5
    70     0                 0                                0        -
    80     .75 + .5  = 1.25  .75 x 5 + .5 x 5    = 6.25       2        5
    90     .25               .25 x 5             = 1.25       1        5

The biases are given, too: mean 3, users .5 .25 -.5 1 0 -.25, items .5 -1 0 .5 .25 -1.5 1 .5 .5, so that the bias
estimates of user 1 (3 + .5 + b_i) are 4, 2.5, 3.5, 4, 3.75, 2, 4.5, 4, 4.

User 1 has rated items 10 and 20, which leaves 30-60, 80 and 90 to recommend:

    weighted_ratings   80: 6.25, 30: 4, 50: 3.5, 60: 2.5, 40 and 90: 1.25 (equal throughout: by id)
    similarity_sum     30 and 80: 1.25 (equal throughout: by id), 50: 1, 60: .5, 40 and 90: .25
    predicted          5 for 80 (support 2), 40 and 90 (support 1, two ratings), 60 (support 1, one rating);
                       then 50: 3.5, 30: 3.2
    damped, shrinkage 1: (sum(sim x rating) + estimate) / (sum(sim) + 1)
                       80: 10.25 / 2.25 = 41/9, 40 and 90: 5.25 / 1.25 = 4.2, 50: 7.25 / 2 = 3.625,
                       30: 7.5 / 2.25 = 10/3, 60: 4.5 / 1.5 = 3

Predicted ratings by baseline_offset with shrinkage 1, estimate + sum(sim x (rating - 3 - b_v - b_i)) / (sum(sim) + 1):

    10     4    + .75 (5 - 3.75)                      / 1.75 = 4    + .9375 / 1.75
    20     2.5  + .5 (1 - 1.5)                        / 1.5  = 2.5  - .25 / 1.5
    30     3.5  + (.75 (4 - 3.25) + .5 (2 - 2.5))     / 2.25 = 3.5  + .3125 / 2.25
    40     4    + .25 (5 - 4.5)                       / 1.25 = 4.1
    50     3.75 + (.75 (3 - 3.5) + .25 (5 - 4.25))    / 2    = 3.75 - .1875 / 2
    60     2    + .5 (5 - 1)                          / 1.5  = 2    + 2 / 1.5
    70     4.5, the bias estimate
    80     4    + (.75 (5 - 3.75) + .5 (5 - 3))       / 2.25 = 4    + 1.9375 / 2.25
    90     4.1, like 40
"""

import numpy as np
from scipy.sparse import csr_array

from ucf_core.neighbours.neighbours import Neighbours
from ucf_core.ratings.biases import Biases
from ucf_core.ratings.catalogue import ItemInfo
from ucf_core.ratings.ratings import Ratings

TOY = {
    1: {10: 4, 20: 2},
    2: {10: 5, 30: 4, 50: 3, 80: 5},
    3: {20: 1, 30: 2, 60: 5, 80: 5},
    4: {40: 5, 50: 5, 90: 5},
    5: {40: 1, 70: 5, 90: 2},
    6: {10: 4, 70: 5},
}

TOY_ITEMS = {
    10: ItemInfo("Ten", 1995, ("Action", "Drama")),
    20: ItemInfo("Twenty", 1996, ("Drama",)),
    30: ItemInfo("Thirty", None, ()),
    40: ItemInfo("Forty", 2001, ("Comedy",)),
    50: ItemInfo("Fifty", 2002, ("Action",)),
}


def ratings_from(table: dict, known_items: dict | None = None) -> Ratings:
    """Ratings from {user: {item: rating}}."""
    triples = [(user, item, rating) for user, row in table.items() for item, rating in row.items()]
    users, items, values = zip(*triples, strict=True)
    return Ratings.from_columns(
        np.array(users), np.array(items), np.array(values, dtype=np.float32), known_items=known_items
    )


def ratings_from_matrix(matrix: np.ndarray) -> Ratings:
    """Ratings from a dense matrix in which NaN means not rated; ids are row and column numbers from 1."""
    rows, columns = np.nonzero(~np.isnan(matrix))
    return Ratings.from_columns(rows + 1, columns + 1, matrix[rows, columns].astype(np.float32))


def toy_ratings() -> Ratings:
    return ratings_from(TOY, TOY_ITEMS)


def toy_neighbours(ratings: Ratings) -> Neighbours:
    rows = np.array([1, 2, 3, 5, 4], dtype=np.int32)
    return Neighbours(ratings, 0, rows, np.array([0.75, 0.5, 0.25, 0.0, -0.5], dtype=np.float32), "exact")


def toy_biases() -> Biases:
    return Biases(
        3.0,
        np.array([0.5, 0.25, -0.5, 1.0, 0.0, -0.25]),
        np.array([0.5, -1.0, 0.0, 0.5, 0.25, -1.5, 1.0, 0.5, 0.5]),
    )


def checkerboard(n_users: int = 20, n_items: int = 10) -> Ratings:
    """Even users rate even items, odd users odd ones, all with 4; user u leaves out one of them.

    So a user's neighbours are the users of the same parity, and nothing but the item left out is to recommend.
    """
    matrix = np.full((n_users, n_items), np.nan)
    for user in range(n_users):
        matrix[user, user % 2 :: 2] = 4
        matrix[user, ((user // 2) * 2 + user % 2) % n_items] = np.nan
    return ratings_from_matrix(matrix)


def clustered_ratings(n_users: int, n_items: int, n_clusters: int, seed: int) -> Ratings:
    """Users in clusters that prefer different items: what an HNSW graph over real users looks like, in small."""
    rng = np.random.default_rng(seed)
    taste = rng.normal(size=(n_clusters, n_items))
    cluster = rng.integers(n_clusters, size=n_users)
    liking = taste[cluster] + rng.normal(size=(n_users, n_items))
    values = np.clip(np.round(2 * (3 + liking)) / 2, 0.5, 5)
    values[rng.random((n_users, n_items)) > 0.15 * (1 + (liking > 1))] = np.nan
    values[np.isnan(values).all(axis=1), 0] = 3
    return ratings_from_matrix(values)


def csr(dense: object) -> csr_array:
    """A float32 CSR of a dense matrix; zeros are not stored."""
    return csr_array(np.asarray(dense, dtype=np.float32))
