"""Exact cosine search: the baseline of the approximate engines."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from ucf_core.base.arrays import row_lengths
from ucf_core.index.base import Hits, check_k, top_k

_BLOCK_BYTES = 64 * 2**20

# An upper bound on how far rounding moves a float32 product of unit vectors.
BLAS_ERROR = 1e-5


class ExactIndex:
    """Brute force over dense unit vectors: one matrix-vector product a query."""

    def __init__(self, unit_vectors: NDArray[np.float32]) -> None:
        """`unit_vectors`: (n_rows, dim) float32, rows of length 1 or 0."""
        self._vectors = unit_vectors
        self.n_rows = len(unit_vectors)

    def search(self, queries: NDArray[np.float32], *, k: int, ef: int = 0) -> Hits:
        """The k nearest rows of each unit query, (n_queries, dim). `ef` is ignored: nothing is approximate here."""
        check_k(k, self.n_rows)
        rows = np.empty((len(queries), k), dtype=np.int32)
        similarities = np.empty((len(queries), k), dtype=np.float32)
        block = max(1, _BLOCK_BYTES // (4 * self.n_rows))
        for start in range(0, len(queries), block):
            rough = queries[start : start + block] @ self._vectors.T
            for number, row in enumerate(rough, start):
                rows[number], similarities[number] = self._best(queries[number], row, k)
        return Hits(rows, similarities, "exact")

    def _best(
        self, query: NDArray[np.float32], rough: NDArray[np.float32], k: int
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The k best rows and their cosines, from all cosines by BLAS.

        The last bits of a BLAS product depend on a row's position in its block. All candidates are summed again in
        float64, so that equal vectors have equal similarities and a batch gives the same digits as one query.
        """
        cut = np.partition(rough, rough.size - k)[rough.size - k]
        near = np.flatnonzero(rough >= cut - BLAS_ERROR)
        cosines = exact_cosines(self._vectors[near], query)
        best = top_k(cosines, k)
        return near[best].astype(np.int32), cosines[best]


def exact_cosines(units: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosines of unit rows (m, dim) with a unit query (dim,), (m,): equal rows have equal cosines, to the last bit."""
    cosines: NDArray[np.float64] = np.einsum("ij,j->i", units, query, dtype=np.float64)
    return cosines.clip(-1.0, 1.0).astype(np.float32)


class SparseExactIndex:
    """Brute force in the raw rating space, through inverted lists: only users who share an item are touched."""

    def __init__(self, matrix: csr_array) -> None:
        """`matrix`: (n_rows, n_items) ratings, of any length; they are scaled to unit length here."""
        self._units = unit_sparse_rows(matrix)
        self._inverted = csc_array(self._units)
        self.n_rows = int(matrix.shape[0])

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
    lengths = row_lengths(matrix)
    per_rating = np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(matrix.indptr))
    scaled = (matrix.data / per_rating).astype(np.float32)
    return csr_array((scaled, matrix.indices, matrix.indptr), shape=matrix.shape)
