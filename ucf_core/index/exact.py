"""Exact cosine search: the truth that approximate engines are held against."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from ucf_core.arrays import sum_by
from ucf_core.index.base import Hits, check_k, top_k

_BLOCK_BYTES = 64 * 2**20


class ExactIndex:
    """Brute force over dense unit vectors: one matrix-vector product a query."""

    def __init__(self, unit_vectors: NDArray[np.float32]) -> None:
        """`unit_vectors`: (n_rows, dim) float32, rows of length 1 or 0."""
        self._vectors = unit_vectors

    @property
    def n_rows(self) -> int:
        """How many rows can be found."""
        return int(self._vectors.shape[0])

    def search(self, queries: NDArray[np.float32], *, k: int, ef: int = 0) -> Hits:
        """The k nearest rows of each unit query, (n_queries, dim). `ef` is ignored: nothing is approximate here."""
        check_k(k, self.n_rows)
        rows = np.empty((len(queries), k), dtype=np.int32)
        similarities = np.empty((len(queries), k), dtype=np.float32)
        block = max(1, _BLOCK_BYTES // (4 * self.n_rows))
        for start in range(0, len(queries), block):
            cosines = np.clip(queries[start : start + block] @ self._vectors.T, -1.0, 1.0)
            for number, row in enumerate(cosines, start):
                rows[number] = top_k(row, k)
                similarities[number] = row[rows[number]]
        return Hits(rows, similarities, "exact")


class SparseExactIndex:
    """Brute force in the raw rating space, through inverted lists: only users who share an item are touched."""

    def __init__(self, matrix: csr_array) -> None:
        """`matrix`: (n_rows, n_items) ratings, of any length; they are scaled to unit length here."""
        self._units = unit_sparse_rows(matrix)
        self._inverted = csc_array(self._units)

    @property
    def n_rows(self) -> int:
        """How many rows can be found."""
        return int(self._units.shape[0])

    def search(self, queries: csr_array, *, k: int, ef: int = 0) -> Hits:
        """The k nearest rows of each query, (n_queries, n_items) sparse. Users who share no item have cosine 0."""
        check_k(k, self.n_rows)
        units = unit_sparse_rows(queries)
        rows = np.empty((units.shape[0], k), dtype=np.int32)
        similarities = np.empty((units.shape[0], k), dtype=np.float32)
        for number in range(units.shape[0]):
            start, stop = units.indptr[number], units.indptr[number + 1]
            items, weights = units.indices[start:stop], units.data[start:stop]
            cosines = np.clip(self._inverted[:, items] @ weights, -1.0, 1.0)
            rows[number] = top_k(cosines, k)
            similarities[number] = cosines[rows[number]]
        return Hits(rows, similarities, "exact")


def unit_sparse_rows(matrix: csr_array) -> csr_array:
    """The matrix with every row scaled to Euclidean length 1 (rows of zeros stay zero), sharing its structure."""
    per_row = np.diff(matrix.indptr)
    row_of = np.repeat(np.arange(matrix.shape[0]), per_row)
    lengths = np.sqrt(sum_by(row_of, matrix.data.astype(np.float64) ** 2, matrix.shape[0]))
    scaled = (matrix.data / np.repeat(np.where(lengths > 0, lengths, 1.0), per_row)).astype(np.float32)
    return csr_array((scaled, matrix.indices, matrix.indptr), shape=matrix.shape)
