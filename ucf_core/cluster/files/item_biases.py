"""Item biases of a cluster build, from which the biases of any users follow."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.arrays import read_only, row_sums
from ucf_core.base.linalg.products import Incidence
from ucf_core.ratings.biases import REG_USER, Biases


@dataclass(frozen=True, eq=False)
class ItemBiases:
    """mu and b_i of the bias model, from which every user's b_u follows; read-only.

    Attributes:
        mean: mean of all ratings.
        item: (n_items,) float64 offsets, in rating units.
    """

    mean: float
    item: NDArray[np.float64]

    def __post_init__(self) -> None:
        read_only(self.item)

    def with_users(self, matrix: csr_array) -> Biases:
        """The biases of the users whose ratings are the rows of `matrix`, and of all items."""
        return Biases(self.mean, user_biases(matrix, Incidence(matrix), self), self.item)


def user_biases(matrix: csr_array, rated: Incidence, biases: ItemBiases) -> NDArray[np.float64]:
    """The b_u of the users whose ratings are the rows of `matrix`, (n_rows,)."""
    per_user = np.diff(matrix.indptr)
    by_user = row_sums(matrix, matrix.data) - biases.mean * per_user
    values: NDArray[np.float64] = (by_user - rated.over_items(biases.item)) / (REG_USER + per_user)
    return values
