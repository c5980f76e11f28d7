"""Weightings: which matrix is compared and factorised. All have the entries of the rating matrix, with other values.

    raw       r
    centred   r - mean of the user's ratings (Resnick et al. 1994; Pearson's correlation leaves the same out)
    residual  r - (mu + b_u + b_i): what the bias model does not explain (Koren 2010, section 2.1)

Among raw ratings two users are similar because they rated the same items; among residuals because they liked and
disliked the same ones.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.arrays import row_sums
from ucf_core.base.specs import Weighting
from ucf_core.ratings.biases import Biases


def weighted(matrix: csr_array, weighting: Weighting, biases: Biases) -> csr_array:
    """The ratings under `weighting`, (n_users, n_items) float32, sharing the structure of `matrix`.

    An entry that becomes 0 stays stored. `biases` must have been fitted on the same matrix.
    """
    if weighting == "raw":
        return matrix
    per_user = np.diff(matrix.indptr)
    if weighting == "centred":
        means = row_sums(matrix, matrix.data) / np.maximum(per_user, 1)
        # in float32 a user who gives 3.3 throughout would be left with rounding noise as a taste
        values = matrix.data - np.repeat(means.astype(np.float32), per_user)
    else:
        values = residuals(matrix, np.repeat(np.arange(matrix.shape[0], dtype=np.int32), per_user), biases)
    return csr_array((values, matrix.indices, matrix.indptr), shape=matrix.shape)


def residuals(rows: csr_array, users: NDArray[np.integer], biases: Biases) -> NDArray[np.float32]:
    """r - (mu + b_u + b_i) of every stored entry of `rows`, (nnz,) float32; `users` (nnz,) says whose each is."""
    offsets = (biases.mean + biases.user).astype(np.float32)
    values: NDArray[np.float32] = rows.data - offsets[users] - biases.item.astype(np.float32)[rows.indices]
    return values
