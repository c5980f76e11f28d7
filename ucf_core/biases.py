"""Bias estimates: what a rating would be if only the user's and the item's averages mattered."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.arrays import read_only, sum_by

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
    matrix: csr_array, *, sweeps: int = SWEEPS, reg_user: float = REG_USER, reg_item: float = REG_ITEM
) -> Biases:
    """Regularised biases by alternating least squares (Koren 2010, section 2.1; Surprise's `als` baselines).

    Each sweep sets b_i = sum_u(r - mu - b_u) / (reg_item + n_i), then b_u = sum_i(r - mu - b_i) / (reg_user + n_u).
    """
    n_users, n_items = matrix.shape
    per_user = np.diff(matrix.indptr)
    users = np.repeat(np.arange(n_users, dtype=np.int32), per_user)
    per_item = np.bincount(matrix.indices, minlength=n_items)
    mean = float(matrix.data.mean(dtype=np.float64))
    centred = matrix.data.astype(np.float64) - mean
    user, item = np.zeros(n_users), np.zeros(n_items)
    for _ in range(sweeps):
        item = sum_by(matrix.indices, centred - user[users], n_items) / (reg_item + per_item)
        user = sum_by(users, centred - item[matrix.indices], n_users) / (reg_user + per_user)
    return Biases(mean, user, item)
