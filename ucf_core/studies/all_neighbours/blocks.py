"""The exact neighbours of many users at once: blocks of users against all users, without the full matrix of cosines.

At ml-25m's size that matrix has 26 billion entries (106 GB in float32). Here a few megabytes of it exist at a time: a
block of users against a chunk of all users, of which only what can be among the k largest of a user is kept.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.index.base import NeighbourIndex, top_k
from ucf_core.index.exact import unit_sparse_rows
from ucf_core.neighbours.neighbours import without_self

Found: TypeAlias = tuple[NDArray[np.int32], NDArray[np.float32]]
"""Rows and similarities of k neighbours of each user, (n, k) both: most similar first, equals by row, never itself."""

# More than two float32 products of unit vectors can differ by rounding.
_BLAS_ERROR = 1e-5

# Below every cosine, so that a user is not among its own neighbours.
_NEVER = -2.0

# Rows that cosines are computed for at once: a chunk (2 or 8 MB) stays in the cache while it is looked at.
_CHUNK = 8192

# Rows in a group of which only the largest cosine is looked at to find out what can be among the k largest of all.
_GROUP = 32


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

    step = 256
    own_threads = False

    def __init__(self, unit_vectors: NDArray[np.float32]) -> None:
        """`unit_vectors`: (n_rows, dim) float32, rows of length 1 or 0."""
        self._vectors = unit_vectors

    def __call__(self, start: int, stop: int, k: int) -> Found:
        """The k nearest other rows of each of the rows start..stop-1."""
        block = self._vectors[start:stop]
        contenders = _Contenders(start, stop, k, _BLAS_ERROR)
        for first in range(0, len(self._vectors), _CHUNK):
            contenders.add(first, self._vectors[first : first + _CHUNK] @ block.T)
        rows = np.empty((stop - start, k), dtype=np.int32)
        similarities = np.empty((stop - start, k), dtype=np.float32)
        for number, (near, _) in enumerate(contenders.of_each()):
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
        n_rows = int(units.shape[0])
        self._chunks = [_rows(self._units, first, min(first + _CHUNK, n_rows)) for first in range(0, n_rows, _CHUNK)]

    def __call__(self, start: int, stop: int, k: int) -> Found:
        """The k nearest other rows of each of the rows start..stop-1."""
        users = _rows(self._units, start, stop)
        block = np.zeros((self._units.shape[1], stop - start), dtype=np.float32)
        block[users.indices, np.repeat(np.arange(stop - start), np.diff(users.indptr))] = users.data
        contenders = _Contenders(start, stop, k, 0.0)
        for number, chunk in enumerate(self._chunks):
            contenders.add(number * _CHUNK, chunk @ block)
        rows = np.empty((stop - start, k), dtype=np.int32)
        similarities = np.empty((stop - start, k), dtype=np.float32)
        for number, (near, cosines) in enumerate(contenders.of_each()):
            exact = np.clip(cosines, -1.0, 1.0)
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


class _Contenders:
    """Of cosines that come in chunks of rows, those that may be among the k largest of their column.

    The k-th largest of the maxima of groups of rows is below the k-th largest of all, and close to it: what does not
    reach it is forgotten at once. So a chunk is read twice while it is in the cache, and a few hundred entries stay.
    """

    def __init__(self, start: int, stop: int, k: int, slack: float) -> None:
        """The columns stand for the rows start..stop-1, which are not to find themselves."""
        self._start, self._stop, self._k, self._slack = start, stop, k, np.float32(slack)
        self._maxima = np.empty((0, stop - start), dtype=np.float32)
        self._positions: list[NDArray[np.intp]] = []
        self._values: list[NDArray[np.float32]] = []

    def add(self, first: int, cosines: NDArray[np.float32]) -> None:
        """Look at the cosines of the rows from `first` on, (n, stop - start), which are written to."""
        own = np.arange(max(first, self._start), min(first + len(cosines), self._stop))
        cosines[own - first, own - self._start] = _NEVER
        width = cosines.shape[1]
        whole = len(cosines) - len(cosines) % _GROUP
        found = [self._maxima, cosines[:whole].reshape(-1, _GROUP, width).max(axis=1)]
        if whole < len(cosines):
            found.append(cosines[whole:].max(axis=0, keepdims=True))
        self._maxima = np.concatenate(found)
        surplus = len(self._maxima) - self._k
        if surplus > 0:
            self._maxima = np.partition(self._maxima, surplus, axis=0)[surplus:]
        # cosines beyond 1 are rounding, and as good as 1
        bound = np.minimum(self._maxima.min(axis=0), np.float32(1)) if surplus >= 0 else np.float32(-np.inf)
        near = np.flatnonzero(cosines >= bound - self._slack)
        self._positions.append(near + first * width)
        self._values.append(cosines.ravel()[near])

    def of_each(self) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float32]]]:
        """For each column the rows, ascending, of all entries that reach its k-th largest less the slack, and these."""
        rows, columns = np.divmod(np.concatenate(self._positions), self._stop - self._start)
        order = np.argsort(columns, kind="stable")
        edges = np.searchsorted(columns[order], np.arange(self._stop - self._start + 1))
        rows, values = rows[order], np.concatenate(self._values)[order]
        for low, high in pairwise(edges.tolist()):
            own = values[low:high]
            cut = np.partition(own, own.size - self._k)[own.size - self._k]
            reach = own >= min(cut, np.float32(1)) - self._slack
            yield rows[low:high][reach], own[reach]


def _rows(matrix: csr_array, start: int, stop: int) -> csr_array:
    """Rows start..stop-1 as a view: no copy of the ratings."""
    low, high = matrix.indptr[start], matrix.indptr[stop]
    return csr_array(
        (matrix.data[low:high], matrix.indices[low:high], matrix.indptr[start : stop + 1] - low),
        shape=(stop - start, matrix.shape[1]),
    )
