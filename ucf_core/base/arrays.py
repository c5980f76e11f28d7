"""Array helpers: grouped sums, row lengths, slices of rows, read-only arrays."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

# Ratings squared at a time, 8 MB: memory that is new to a process is slow to get.
_ENTRIES = 1_000_000


def sum_by(groups: NDArray[np.integer], values: NDArray[Any], n: int) -> NDArray[np.float64]:
    """Sum of `values` in each of the groups 0..n-1, (n,) float64; both arguments are (m,)."""
    totals: NDArray[Any] = np.bincount(groups, weights=values, minlength=n)
    return totals.astype(np.float64, copy=False)


def row_sums(matrix: csr_array, values: NDArray[Any]) -> NDArray[np.float64]:
    """Sum of `values` (nnz,) over the entries of each row of a CSR matrix, (n_rows,) float64; 0 for an empty row."""
    return _sums(values, matrix.indptr)


def row_lengths(matrix: csr_array) -> NDArray[np.float64]:
    """Euclidean lengths of the rows of a CSR matrix, (n_rows,); 0 for a row without entries."""
    lengths = np.empty(matrix.shape[0])
    for low, high in row_slices(matrix, _ENTRIES):
        start, stop = matrix.indptr[low], matrix.indptr[high]
        squares = np.square(matrix.data[start:stop], dtype=np.float64)
        lengths[low:high] = np.sqrt(_sums(squares, matrix.indptr[low : high + 1] - start))
    return lengths


def row_slices(matrix: csr_array, entries: int) -> list[tuple[int, int]]:
    """Consecutive rows [low, high) of a CSR matrix with about `entries` entries each, or one row that has more."""
    cuts = np.searchsorted(matrix.indptr, np.arange(entries, matrix.nnz, entries))
    edges = np.unique([0, *cuts.tolist(), matrix.shape[0]]).tolist()
    return list(pairwise(edges))


def _sums(values: NDArray[Any], starts: NDArray[np.integer]) -> NDArray[np.float64]:
    sums = np.zeros(len(starts) - 1)
    filled = np.flatnonzero(np.diff(starts))
    if filled.size:
        sums[filled] = np.add.reduceat(values, starts[filled], dtype=np.float64)
    return sums


def read_only(*arrays: NDArray[Any] | None) -> None:
    """Mark arrays that several threads share as not writeable; None is skipped."""
    for array in arrays:
        if array is not None:
            array.flags.writeable = False
