"""The exact neighbours of many users at once: blocks of users against all users, without the full matrix of cosines.

At ml-25m's size that matrix has 26 billion entries (106 GB in float32). A block of rows of it is made, its k largest
entries a row are taken, and it is forgotten.
"""

from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.index.base import NeighbourIndex, top_k
from ucf_core.index.exact import unit_sparse_rows
from ucf_core.neighbours import without_self

Found: TypeAlias = tuple[NDArray[np.int32], NDArray[np.float32]]
"""Rows and similarities of k neighbours of each user, (n, k) both: most similar first, equals by row, never itself."""

# More than two float32 products of unit vectors can differ by rounding.
_BLAS_ERROR = 1e-5

# Below every cosine, so that a user is not among its own neighbours.
_NEVER = -2.0

# The k-th largest of so many times k group maxima is close below the k-th largest of all, and found much faster.
_GROUPS_PER_K = 8


class Engine(Protocol):
    """Finds the neighbours of consecutive users. Safe to call from several threads."""

    @property
    def step(self) -> int:
        """How many users to ask for at once: enough to be fast, few enough to stop within a second."""
        ...

    @property
    def own_threads(self) -> bool:
        """Whether a call occupies all cores by itself."""
        ...

    def __call__(self, start: int, stop: int, k: int) -> Found:
        """The k nearest other rows of each of the rows start..stop-1."""
        ...


class DensePairs:
    """Exact cosines of unit vectors: a BLAS product a block, and the finalists summed again as ExactIndex does."""

    step = 64
    own_threads = False

    def __init__(self, unit_vectors: NDArray[np.float32]) -> None:
        """`unit_vectors`: (n_rows, dim) float32, rows of length 1 or 0."""
        self._vectors = unit_vectors

    def __call__(self, start: int, stop: int, k: int) -> Found:
        """The k nearest other rows of each of the rows start..stop-1."""
        block = self._vectors[start:stop]
        rough = block @ self._vectors.T
        rough[np.arange(stop - start), np.arange(start, stop)] = _NEVER
        rows = np.empty((stop - start, k), dtype=np.int32)
        similarities = np.empty((stop - start, k), dtype=np.float32)
        for number, near in enumerate(_contenders(rough, k, _BLAS_ERROR)):
            cosines = np.einsum("ij,j->i", self._vectors[near], block[number], dtype=np.float64)
            exact = np.clip(cosines, -1.0, 1.0).astype(np.float32)
            best = top_k(exact, k)
            rows[number], similarities[number] = near[best], exact[best]
        return rows, similarities


class SparsePairs:
    """Exact cosines of sparse rows: the sparse matrix times a block of users written out as dense columns.

    A scatter through inverted lists does an eighth of the multiplications, but one at a time all over memory; here
    64 users stand side by side, so that every rating that is read serves them all in a few vector instructions.
    SciPy's product releases the GIL. The sums run over the items in the same order as in SparseExactIndex: the same
    digits come out.
    """

    step = 64
    own_threads = False

    def __init__(self, matrix: csr_array) -> None:
        """`matrix`: (n_rows, n_items) ratings, of any length; they are scaled to unit length here."""
        units = unit_sparse_rows(matrix)
        # popular items next to each other: their rows of the dense block, read all the time, stay in the cache
        popularity = np.bincount(units.indices, minlength=units.shape[1])
        place = np.empty(units.shape[1], dtype=units.indices.dtype)
        place[np.argsort(-popularity, kind="stable")] = np.arange(units.shape[1], dtype=place.dtype)
        # within a row the order stays that of the items, and with it the order of summation
        self._units = csr_array((units.data, place[units.indices], units.indptr), shape=units.shape)

    def __call__(self, start: int, stop: int, k: int) -> Found:
        """The k nearest other rows of each of the rows start..stop-1."""
        low, high = self._units.indptr[start], self._units.indptr[stop]
        user = np.repeat(np.arange(stop - start), np.diff(self._units.indptr[start : stop + 1]))
        block = np.zeros((self._units.shape[1], stop - start), dtype=np.float32)
        block[self._units.indices[low:high], user] = self._units.data[low:high]
        cosines = np.ascontiguousarray((self._units @ block).T)
        np.clip(cosines, -1.0, 1.0, out=cosines)
        cosines[np.arange(stop - start), np.arange(start, stop)] = _NEVER
        rows = np.empty((stop - start, k), dtype=np.int32)
        similarities = np.empty((stop - start, k), dtype=np.float32)
        for number, near in enumerate(_contenders(cosines, k, 0.0)):
            exact = cosines[number, near]
            best = top_k(exact, k)
            rows[number], similarities[number] = near[best], exact[best]
        return rows, similarities


class IndexPairs:
    """Neighbours through an index, of any engine; it searches with threads of its own."""

    own_threads = True

    def __init__(self, index: NeighbourIndex[Any], vectors: Any, *, ef: int, step: int) -> None:
        """`vectors`: what the index was built from, dense or sparse, as queries."""
        self._index, self._vectors, self._ef = index, vectors, ef
        self.step = step

    def __call__(self, start: int, stop: int, k: int) -> Found:
        """The k nearest other rows of each of the rows start..stop-1, as far as the index finds them."""
        hits = self._index.search(self._vectors[start:stop], k=k + 1, ef=self._ef)
        return without_self(hits, np.arange(start, stop), k)


def _contenders(cosines: NDArray[np.float32], k: int, slack: float) -> Iterator[NDArray[np.intp]]:
    """For each row the positions, ascending, of all entries that reach its k-th largest one less `slack`."""
    n_columns = cosines.shape[1]
    n_groups = _GROUPS_PER_K * k
    width = n_columns // n_groups
    if width > 1:
        maxima = cosines[:, : n_groups * width].reshape(len(cosines), n_groups, width).max(axis=2)
        bounds = np.partition(maxima, n_groups - k, axis=1)[:, n_groups - k]
    else:
        bounds = np.full(len(cosines), -np.inf, dtype=np.float32)
    for row, bound in zip(cosines, bounds, strict=True):
        near = np.flatnonzero(row >= bound - np.float32(slack))
        values = row[near]
        cut = np.partition(values, near.size - k)[near.size - k]
        yield near[values >= cut - np.float32(slack)]
