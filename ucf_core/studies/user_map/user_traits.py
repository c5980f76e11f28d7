"""Traits of all users that a map can show as colours: mean rating and favourite genre."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.arrays import row_sums
from ucf_core.base.linalg.products import product
from ucf_core.ratings.ratings import Ratings


def mean_ratings(ratings: Ratings, rows: NDArray[np.integer] | None = None) -> NDArray[np.float64]:
    """Mean rating of every user, or of those in `rows`: (n,)."""
    kept = ratings.kept("user_means")
    if kept is not None:
        return np.array(kept if rows is None else kept[rows])
    return means_of(ratings.matrix if rows is None else ratings.matrix[rows])


def favourite_genres(ratings: Ratings, rows: NDArray[np.integer] | None = None) -> NDArray[np.int64]:
    """The genre of which each user rated the most films, (n,): its place in `ratings.catalogue.genre_names`.

    Of all users, or of those in `rows`. Equals: the first by name, as in `Profile.genres`; -1 where no rated film has
    a genre.
    """
    kept = ratings.kept("user_genres")
    if kept is not None:
        return np.array(kept if rows is None else kept[rows], dtype=np.int64)
    return favourites_of(ratings.matrix if rows is None else ratings.matrix[rows], ratings.catalogue.genre_matrix)


def means_of(matrix: csr_array) -> NDArray[np.float64]:
    """Mean of each row's entries."""
    return row_sums(matrix, matrix.data) / np.diff(matrix.indptr)


def favourites_of(matrix: csr_array, genres: csr_array) -> NDArray[np.int64]:
    """For each row the column of `genres`, (n_items, n_genres), that most of its entries have; see above."""
    if not genres.shape[1] or not matrix.nnz:
        return np.full(matrix.shape[0], -1)
    rated = csr_array((np.ones(matrix.nnz, dtype=np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)
    counts = product(rated, genres.toarray())
    return np.where(counts.any(axis=1), counts.argmax(axis=1), -1)
