"""Products of a large sparse matrix with dense blocks, on all cores.

SciPy's sparse products run on one core but release the GIL, so the rows are cut into parts, each a task of a thread
pool. The cuts do not depend on the number of cores, and sums are added up in one order: the digits are the same
everywhere.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.cores import usable_cores
from ucf_core.base.linalg.blas import one_blas_thread

Block: TypeAlias = NDArray[np.float32]

_PARTS = 4

# Vectors that are worked on at a time.
_ROWS = 4096

# Indices that are counted at a time.
_ENTRIES = 1_000_000


class ThreadedGram:
    """G = A^T A of a sparse matrix in memory, known by what it does to blocks of vectors.

    The columns are renumbered by how often they occur: what the popular ones need then lies together in the cache.
    """

    def __init__(self, matrix: csr_array, *, threads: int | None = None) -> None:
        """`matrix`: A, float32; its data are shared, not copied."""
        with ThreadPoolExecutor(threads or usable_cores()) as pool:
            parts = row_parts(matrix)
            counts = np.sum(list(pool.map(column_counts, parts)), axis=0)
            self._by_count = np.argsort(-counts, kind="stable")
            self._place = np.empty(len(counts), dtype=np.int32)
            self._place[self._by_count] = np.arange(len(counts), dtype=np.int32)
            self._parts = list(pool.map(lambda rows: _renumbered(rows, self._place), parts))
        self._threads = threads

    @property
    def size(self) -> int:
        """Columns of A."""
        return len(self._place)

    def __call__(self, block: Block) -> Block:
        """A^T (A block), for a (size, b) block."""
        ordered = np.ascontiguousarray(block[self._by_count])
        product: Block = self._summed(lambda rows: rows.T @ (rows @ ordered))
        return product[self._place]

    def inner(self, block: Block, check: Callable[[], None] | None = None) -> NDArray[np.float64]:
        """(A block)^T (A block), (b, b), added up in float64; `check` is called after each part, and may raise."""
        ordered = np.ascontiguousarray(block[self._by_count])

        def squared(rows: csr_array) -> NDArray[np.float64]:
            image = (rows @ ordered).astype(np.float64)
            return image.T @ image

        product: NDArray[np.float64] = self._summed(squared, check)
        return product

    def _summed(self, product: Callable[[csr_array], NDArray[Any]], check: Callable[[], None] | None = None) -> Any:
        with ThreadPoolExecutor(self._threads or usable_cores()) as pool:
            results = [pool.submit(product, rows) for rows in self._parts]
            try:
                total = results[0].result()
                for result in results[1:]:
                    if check is not None:
                        check()
                    total += result.result()
            finally:
                for result in results:
                    result.cancel()  # after a stop, a part that has not begun would be computed for nothing
        return total


class Incidence:
    """The 0/1 matrix A of what is rated, known by its products with vectors; both add up in float64.

    Its ones are one short array that all parts share: a whole one would take twice the memory of the ratings.
    """

    def __init__(self, matrix: csr_array) -> None:
        """`matrix`: whose stored entries are the ones, whatever their values; its indices are shared, not copied."""
        edges = _edges(matrix)
        largest = max(int(matrix.indptr[high] - matrix.indptr[low]) for low, high in pairwise(edges))
        ones = np.ones(largest)
        self._parts: list[tuple[slice, csr_array]] = []
        for low, high in pairwise(edges):
            start, stop = matrix.indptr[low], matrix.indptr[high]
            part = (ones[: stop - start], matrix.indices[start:stop], matrix.indptr[low : high + 1] - start)
            self._parts.append((slice(low, high), csr_array(part, shape=(high - low, matrix.shape[1]))))

    def over_items(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """A v: for each user the sum of `values` (n_items,) over the rated items, (n_users,)."""
        with ThreadPoolExecutor(usable_cores()) as pool:
            return np.concatenate(list(pool.map(lambda part: part[1] @ values, self._parts)))

    def over_users(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """A^T v: for each item the sum of `values` (n_users,) over its raters, (n_items,)."""
        with ThreadPoolExecutor(usable_cores()) as pool:
            sums = list(pool.map(lambda part: part[1].T @ values[part[0]], self._parts))
        total: NDArray[np.float64] = np.sum(sums, axis=0)
        return total


def product(matrix: csr_array, block: Block) -> Block:
    """matrix @ block, (n_rows, b) float32."""
    out = np.empty((matrix.shape[0], block.shape[1]), dtype=np.float32)
    write_product(matrix, block, out)
    return out


def write_product(matrix: csr_array, block: Block, out: Block) -> None:
    """matrix @ block, into `out`, (n_rows, b) float32."""

    def write(edge: tuple[int, int]) -> None:
        low, high = edge
        out[low:high] = _rows(matrix, low, high) @ block

    with ThreadPoolExecutor(usable_cores()) as pool:
        for _ in pool.map(write, pairwise(_edges(matrix))):
            pass  # raises the errors of the parts


def inner_product(vectors: Block) -> NDArray[np.float64]:
    """V^T V, (b, b), of (n, b) vectors; added up in float64."""

    def squared(rows: slice) -> NDArray[np.float64]:
        exact = vectors[rows].astype(np.float64)
        return exact.T @ exact

    total = np.zeros((vectors.shape[1], vectors.shape[1]))
    with one_blas_thread(), ThreadPoolExecutor(usable_cores()) as pool:
        for part in pool.map(squared, _slices(len(vectors))):
            total += part
    return total


def rotate_rows(vectors: Block, rotation: Block) -> Block:
    """V @ rotation, (n, d) float32, of (n, b) vectors, which are overwritten where d = b."""
    dim = rotation.shape[1]
    rotated = vectors if dim == vectors.shape[1] else np.empty((len(vectors), dim), np.float32)

    def write(rows: slice) -> None:
        rotated[rows] = vectors[rows] @ rotation

    with one_blas_thread(), ThreadPoolExecutor(usable_cores()) as pool:
        for _ in pool.map(write, _slices(len(vectors))):
            pass  # raises the errors of the parts
    return rotated


def _slices(n_rows: int) -> list[slice]:
    return [slice(start, start + _ROWS) for start in range(0, n_rows, _ROWS)]


def row_parts(matrix: csr_array) -> list[csr_array]:
    """Consecutive rows of a CSR matrix with about equal numbers of entries, as matrices that share its data."""
    return [_rows(matrix, low, high) for low, high in pairwise(_edges(matrix))]


def _edges(matrix: csr_array) -> list[int]:
    """Where the parts begin, and where the last one ends."""
    cuts = np.searchsorted(matrix.indptr, np.linspace(0, matrix.nnz, _PARTS + 1)[1:-1])
    edges: list[int] = np.unique([0, *cuts.tolist(), matrix.shape[0]]).tolist()
    return edges


def _rows(matrix: csr_array, low: int, high: int) -> csr_array:
    start, stop = matrix.indptr[low], matrix.indptr[high]
    return csr_array(
        (matrix.data[start:stop], matrix.indices[start:stop], matrix.indptr[low : high + 1] - start),
        shape=(high - low, matrix.shape[1]),
    )


def column_counts(rows: csr_array) -> NDArray[np.int64]:
    """Entries of each column; some at a time, as NumPy widens what it counts to 64 bits."""
    counts = np.zeros(rows.shape[1], dtype=np.int64)
    for start in range(0, rows.nnz, _ENTRIES):
        counts += np.bincount(rows.indices[start : start + _ENTRIES], minlength=len(counts))
    return counts


def _renumbered(rows: csr_array, place: NDArray[np.int32]) -> csr_array:
    return csr_array((rows.data, place[rows.indices], rows.indptr), shape=rows.shape)
