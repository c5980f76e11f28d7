"""Truncated SVD of a large sparse matrix by block Lanczos, run to convergence, on all cores.

Block Lanczos on G = A^T A with full reorthogonalisation (Golub & Underwood 1977; Golub & Van Loan 2013, 10.3.6):
from a random block Q_0 it builds an orthonormal basis Q of the space spanned by Q_0, G Q_0, G^2 Q_0, ... one block at a
time, and takes the eigenvalues of T = Q^T G Q, a block tridiagonal matrix of a few hundred rows, for those of G. A pair
(theta, Q s) is as wrong as the part of G Q s that the basis does not hold, whose length is known without computing it:
|R s_last|, with R the block that leads to the next one. So it stops when the answer is good, not after a number of
steps. Blocks pay because a sparse matrix is read from memory once for 32 vectors instead of once for each.

In float32 a product with G cannot tell a singular value below 0.0003 of the largest from zero: G holds its square.
So the last step takes the values from A itself: those of the (m, dim) matrix A V, through its Gram matrix in float64.

Only two operations touch the matrix. They are a parameter, so that the rows may live elsewhere.
"""

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.errors import SpecError

_log = logging.getLogger(__name__)

Block: TypeAlias = NDArray[np.float32]
Progress: TypeAlias = Callable[[float, float | None], None]
"""Called with (steps done, steps expected); it may raise to stop the work."""

BLOCK = 32
TOLERANCE = 1e-4

# A direction whose length falls below this share when the basis is taken out of it is rounding noise of float32.
_NOISE = 1e-5

# A basis this many times as large as the answer does not get better; the spectrum is flat and hardly means anything.
_MOST_BASES = 24

# The rows are cut into this many parts whatever the number of cores, so that sums are added up in one order everywhere.
_PARTS = 8


class GramOperator(Protocol):
    """G = A^T A, known only by what it does to blocks of vectors."""

    @property
    def size(self) -> int:
        """Rows and columns of G."""
        ...

    def __call__(self, block: Block) -> Block:
        """G @ block, for a (size, b) block."""
        ...

    def inner(self, block: Block) -> NDArray[np.float64]:
        """(A block)^T (A block), (b, b), added up in float64."""
        ...


class ThreadedGram:
    """G = A^T A of a sparse matrix in memory: row parts of equal numbers of entries, each a task of a thread pool.

    SciPy's products of a sparse matrix with a dense block release the GIL, so threads run side by side.
    """

    def __init__(self, matrix: csr_array, *, threads: int | None = None) -> None:
        """`matrix`: A, float32. Its row parts are views, not copies."""
        cuts = np.searchsorted(matrix.indptr, np.linspace(0, matrix.nnz, _PARTS + 1)[1:-1])
        edges = np.unique([0, *cuts.tolist(), matrix.shape[0]])
        self._parts = [_rows(matrix, int(low), int(high)) for low, high in pairwise(edges)]
        self._columns = int(matrix.shape[1])
        self._threads = threads or os.cpu_count() or 1

    @property
    def size(self) -> int:
        """Columns of A."""
        return self._columns

    def __call__(self, block: Block) -> Block:
        """A^T (A block), summed over the parts in their order: the same digits on any number of cores."""
        product: Block = self._summed(lambda rows: rows.T @ (rows @ block))
        return product

    def inner(self, block: Block) -> NDArray[np.float64]:
        """(A block)^T (A block), summed over the parts in their order."""

        def squared(rows: csr_array) -> NDArray[np.float64]:
            image = (rows @ block).astype(np.float64)
            return image.T @ image

        product: NDArray[np.float64] = self._summed(squared)
        return product

    def _summed(self, product: Callable[[csr_array], NDArray[Any]]) -> Any:
        with ThreadPoolExecutor(self._threads) as pool:
            results = pool.map(product, self._parts)
            total = next(results)
            for result in results:
                total += result
        return total


def block_lanczos(
    gram: GramOperator,
    dim: int,
    *,
    seed: int = 0,
    tolerance: float = TOLERANCE,
    block: int = BLOCK,
    progress: Progress | None = None,
) -> tuple[NDArray[np.float64], Block]:
    """The `dim` largest singular values of A, descending, and its right singular vectors, (size, dim).

    Args:
        gram: G = A^T A. For a wide A hand in that of A^T: the vectors are then the left ones.
        dim: 1 <= dim <= size.
        seed: of the random first block.
        tolerance: bound on |G v - theta v| / theta of every returned pair; the relative error of a singular value is
            then at most half of it, in practice its square.
        block: vectors a step. An eigenvalue that occurs more than `block` times may be returned too few times.
        progress: called after every step.

    Raises:
        SpecError: unless 1 <= dim <= size.
    """
    size = gram.size
    if not 1 <= dim <= size:
        raise SpecError(f"dim={dim} is out of range for a matrix with a side of {size}; choose 1 <= dim <= {size}")
    random = np.random.default_rng(seed)
    # a first product turns the random block towards the strongest directions, as in a randomised SVD
    start = gram(_random_block(random, size, min(block, size)))
    largest = min(size, _MOST_BASES * (dim + block))
    basis = _Basis(size)
    current, _ = _orthonormal(start, basis, random)
    projected = np.zeros((0, 0))
    expected = 2.0 + 4.0 * dim / block
    while True:
        image = gram(current)
        width = current.shape[1]
        known = basis.size
        basis.append(current)
        # Q^T G Q gains the rows and columns of the new block; it is symmetric up to rounding
        grown = np.zeros((known + width, known + width))
        grown[:known, :known] = projected
        column = basis.dot(image)
        grown[:, known:] = column
        grown[known:, :] = column.T
        projected = grown
        following, coupling = _orthonormal(image, basis, random)
        values, vectors = np.linalg.eigh(projected)
        values, vectors = values[::-1], vectors[:, ::-1]
        steps = basis.size / block
        if basis.size >= dim:
            residuals = np.linalg.norm(coupling @ vectors[known:, :dim], axis=0)
            scale = np.maximum(values[:dim], values[0] * _NOISE)
            worst = float((residuals / scale).max()) if values[0] > 0 else 0.0
            if worst <= tolerance:
                break
            if basis.size >= largest < size:
                _log.warning("the SVD stops at %d vectors with a residual of %.1e", basis.size, worst)
                break
        if following.shape[1] == 0:
            break
        expected = max(expected, steps + 1)
        if progress is not None:
            progress(steps, expected)
        current = following
    if progress is not None:
        progress(steps, steps)
    right = basis.combine(vectors[:, : min(dim, basis.size)])
    squares, turned = np.linalg.eigh(gram.inner(right))
    return np.sqrt(np.maximum(squares[::-1], 0.0)), right @ turned[:, ::-1].astype(np.float32)


class _Basis:
    """Orthonormal columns, (size, m) float32, that grow block by block without being copied each time."""

    def __init__(self, size: int, blocks: Sequence[Block] = ()) -> None:
        self._blocks = list(blocks)
        self._size = size

    @property
    def size(self) -> int:
        """Number of columns."""
        return sum(block.shape[1] for block in self._blocks)

    def append(self, block: Block) -> None:
        """Add columns that are orthonormal to all others."""
        self._blocks.append(block)

    def with_block(self, block: Block) -> "_Basis":
        """A basis with these columns too; this one stays as it is."""
        return _Basis(self._size, [*self._blocks, block])

    def dot(self, other: Block) -> NDArray[np.float64]:
        """Q^T other, (m, b) float64."""
        if not self._blocks:
            return np.zeros((0, other.shape[1]))
        return np.concatenate([block.T @ other for block in self._blocks]).astype(np.float64)

    def remove_from(self, other: Block) -> Block:
        """`other` less its part in the span of the basis."""
        for block in self._blocks:
            other = other - block @ (block.T @ other)
        return other

    def combine(self, coefficients: NDArray[np.float64]) -> Block:
        """Q @ coefficients, (size, d) float32 with columns of length 1."""
        total = np.zeros((self._size, coefficients.shape[1]), dtype=np.float32)
        low = 0
        for block in self._blocks:
            high = low + block.shape[1]
            total += block @ coefficients[low:high].astype(np.float32)
            low = high
        lengths = np.sqrt(np.einsum("ij,ij->j", total, total, dtype=np.float64))
        total /= lengths.astype(np.float32)
        return total


def _orthonormal(image: Block, basis: _Basis, random: np.random.Generator) -> tuple[Block, NDArray[np.float64]]:
    """What `image` adds to the basis, as orthonormal columns, and R: image = basis part + columns @ R.

    Columns that add nothing are replaced by random ones (with zero rows in R), so that a block which ran into an
    invariant subspace still explores the rest. Fewer columns come back only when the basis is about to be complete.
    """
    size = image.shape[0]
    width = min(image.shape[1], size - basis.size)
    lengths = np.linalg.norm(image.astype(np.float64), axis=0)
    # once is not enough: what the first pass leaves of the basis is as large as its rounding ("twice is enough", Kahan)
    rest = basis.remove_from(basis.remove_from(image))
    columns, factor = _independent(rest, float(lengths.max(initial=0.0)) * _NOISE)
    columns, factor = columns[:, :width], factor[:width]
    while columns.shape[1] < width:
        fresh = _random_block(random, size, width - columns.shape[1])
        widened = basis.with_block(columns)
        added, _ = _independent(widened.remove_from(widened.remove_from(fresh)), _NOISE)
        columns = np.concatenate([columns, added], axis=1)
        factor = np.concatenate([factor, np.zeros((added.shape[1], image.shape[1]))])
    return np.ascontiguousarray(columns), factor


def _independent(block: Block, floor: float) -> tuple[Block, NDArray[np.float64]]:
    """Orthonormal columns that span `block` but for directions shorter than `floor`, and their coefficients.

    Through the eigenvectors of the small Gram matrix in float64, twice, as Cholesky QR is: the first pass leaves an
    error of the square of the condition number, the second removes it.
    """
    exact = block.astype(np.float64)
    coefficients: NDArray[Any] = np.eye(block.shape[1])
    for limit in (floor, 0.5):
        squares, turned = np.linalg.eigh(exact.T @ exact)
        kept = squares > limit**2
        lengths = np.sqrt(squares[kept])
        exact = exact @ (turned[:, kept] / lengths)
        coefficients = (turned[:, kept] * lengths).T @ coefficients
    return exact.astype(np.float32), coefficients


def _random_block(random: np.random.Generator, rows: int, columns: int) -> Block:
    block: Block = random.standard_normal((rows, columns), dtype=np.float32)
    return block / np.float32(np.sqrt(rows))


def _rows(matrix: csr_array, low: int, high: int) -> csr_array:
    """Rows low..high of a CSR matrix that share its data."""
    start, stop = matrix.indptr[low], matrix.indptr[high]
    return csr_array(
        (matrix.data[start:stop], matrix.indices[start:stop], matrix.indptr[low : high + 1] - start),
        shape=(high - low, matrix.shape[1]),
    )
