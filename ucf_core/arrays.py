"""Small things that many modules do with arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array


def sum_by(groups: NDArray[np.integer], values: NDArray[Any], n: int) -> NDArray[np.float64]:
    """Sum of `values` in each of the groups 0..n-1, (n,) float64; both arguments are (m,)."""
    totals: NDArray[Any] = np.bincount(groups, weights=values, minlength=n)
    return totals.astype(np.float64, copy=False)


def row_lengths(matrix: csr_array) -> NDArray[np.float64]:
    """Euclidean length of every row, (n_rows,) float64."""
    row_of = np.repeat(np.arange(matrix.shape[0], dtype=np.int32), np.diff(matrix.indptr))
    return np.sqrt(sum_by(row_of, np.square(matrix.data, dtype=np.float64), matrix.shape[0]))


def read_only(*arrays: NDArray[Any] | None) -> None:
    """Mark arrays that several threads share as not writeable; None is skipped."""
    for array in arrays:
        if array is not None:
            array.flags.writeable = False
