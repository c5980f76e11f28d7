"""Small things that many modules do with arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array


def sum_by(groups: NDArray[np.integer], values: NDArray[Any], n: int) -> NDArray[np.float64]:
    """Sum of `values` in each of the groups 0..n-1, (n,) float64; both arguments are (m,)."""
    totals: NDArray[Any] = np.bincount(groups, weights=values, minlength=n)
    return totals.astype(np.float64, copy=False)


def row_sums(matrix: csr_array, values: NDArray[Any]) -> NDArray[np.float64]:
    """Sum of `values` (nnz,) over the entries of each row of a CSR matrix, (n_rows,) float64; 0 for an empty row."""
    sums = np.zeros(matrix.shape[0])
    filled = np.flatnonzero(np.diff(matrix.indptr))
    if filled.size:
        sums[filled] = np.add.reduceat(values, matrix.indptr[filled], dtype=np.float64)
    return sums


def row_lengths(matrix: csr_array) -> NDArray[np.float64]:
    """Euclidean lengths of the rows of a CSR matrix, (n_rows,); 0 for a row without entries."""
    return np.sqrt(row_sums(matrix, np.square(matrix.data, dtype=np.float64)))


def read_only(*arrays: NDArray[Any] | None) -> None:
    """Mark arrays that several threads share as not writeable; None is skipped."""
    for array in arrays:
        if array is not None:
            array.flags.writeable = False
