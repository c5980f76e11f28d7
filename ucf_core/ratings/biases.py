"""Bias estimates: what a rating would be if only the user's and the item's averages mattered."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.arrays import read_only, row_sums, sum_by
from ucf_core.base.linalg.products import Incidence
from ucf_core.base.progress import Progress

# Chosen by cross-validation on MovieLens data; regularisation is in units of ratings.
SWEEPS = 10
REG_USER = 15.0
REG_ITEM = 10.0


@dataclass(frozen=True, eq=False)
class Biases:
    """mu, b_u and b_i of the bias model mu + b_u + b_i. Arrays are read-only.

    Attributes:
        mean: mean of all ratings.
        user: (n_users,) float64 offsets, in rating units.
        item: (n_items,) float64 offsets, in rating units.
    """

    mean: float
    user: NDArray[np.float64]
    item: NDArray[np.float64]

    def __post_init__(self) -> None:
        read_only(self.user, self.item)

    def estimate(self, user_row: int) -> NDArray[np.float64]:
        """Bias estimates of all items for one user, (n_items,), in rating units, not clipped to the scale."""
        offset: float = self.mean + self.user[user_row]
        return offset + self.item


def fit_biases(
    matrix: csr_array,
    *,
    sweeps: int = SWEEPS,
    reg_user: float = REG_USER,
    reg_item: float = REG_ITEM,
    progress: Progress | None = None,
) -> Biases:
    """Regularised biases by alternating least squares (Koren 2010, section 2.1; Surprise's `als` baselines).

    Each sweep sets b_i = sum_u(r - mu - b_u) / (reg_item + n_i), then b_u = sum_i(r - mu - b_i) / (reg_user + n_u).
    The sums of r - mu are taken once; what changes from sweep to sweep is a product with the 0/1 matrix of what is
    rated. Rows and columns without ratings get 0. `progress` is called after each sweep.
    """
    per_user = np.diff(matrix.indptr)
    per_item = np.bincount(matrix.indices, minlength=matrix.shape[1])
    mean = float(matrix.data.mean(dtype=np.float64))
    by_user = row_sums(matrix, matrix.data) - mean * per_user
    by_item = sum_by(matrix.indices, matrix.data, matrix.shape[1]) - mean * per_item
    rated = Incidence(matrix)
    user, item = np.zeros(matrix.shape[0]), np.zeros(matrix.shape[1])
    for sweep in range(sweeps):
        item = (by_item - rated.over_users(user)) / (reg_item + per_item)
        user = (by_user - rated.over_items(item)) / (reg_user + per_user)
        if progress is not None:
            progress(sweep + 1, sweeps)
    return Biases(mean, user, item)
