"""Truncated SVD of a large sparse matrix by block Lanczos, run to convergence, on all cores.

Block Lanczos on G = A^T A with full reorthogonalisation (Golub & Underwood 1977; Golub & Van Loan 2013, 10.3.6):
from a random block Q_0 it builds an orthonormal basis Q of the space spanned by Q_0, G Q_0, G^2 Q_0, ... one block at a
time, and takes the eigenvalues of T = Q^T G Q, a block tridiagonal matrix of a few hundred rows, for those of G. A pair
(theta, Q s) is as wrong as the part of G Q s that the basis does not hold, whose length is known without computing it:
|R s_last|, with R the block that leads to the next one. So it stops when the answer is good, not after a number of
steps. Blocks pay because a sparse matrix is read from memory once for 24 vectors instead of once for each.

In float32 a product with G cannot tell a singular value below 0.0003 of the largest from zero: G holds its square.
So the last step takes the values from A itself: those of the (m, dim) matrix A V, through its Gram matrix in float64.

Only two operations touch the matrix. They are a parameter, so that the rows may live elsewhere.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ucf_core.errors import SpecError
from ucf_core.products import Block

_log = logging.getLogger(__name__)

Progress: TypeAlias = Callable[[float, float | None], None]
"""Called with (steps done, steps expected); it may raise to stop the work."""

BLOCK = 24
TOLERANCE = 3e-4

# A direction whose length falls below this share when the basis is taken out of it is rounding noise of float32.
_NOISE = 1e-5

# A basis this many times as large as the answer does not get better; the spectrum is flat and hardly means anything.
_MOST_BASES = 24


class GramOperator(Protocol):
    """G = A^T A, known only by what it does to blocks of vectors."""

    @property
    def size(self) -> int:
        """Rows and columns of G."""
        ...

    def __call__(self, block: Block) -> Block:
        """G @ block, for a (size, b) block."""
        ...

    def inner(self, block: Block, check: Callable[[], None] | None = None) -> NDArray[np.float64]:
        """(A block)^T (A block), (b, b), added up in float64; `check` is called now and then, and may raise."""
        ...


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
        progress: called several times a step, after each product with G and whatever else takes a while.

    Raises:
        SpecError: unless 1 <= dim <= size.
    """
    size = gram.size
    if not 1 <= dim <= size:
        raise SpecError(f"dim={dim} is out of range for a matrix with a side of {size}; choose 1 <= dim <= {size}")
    with threadpool_limits(1, "blas"):
        # after each call, threads of BLAS spin for a while on the cores that the sparse products are waiting for
        return _iterate(gram, dim, np.random.default_rng(seed), tolerance, block, progress)


def _iterate(
    gram: GramOperator,
    dim: int,
    random: np.random.Generator,
    tolerance: float,
    block: int,
    progress: Progress | None,
) -> tuple[NDArray[np.float64], Block]:
    size = gram.size
    steps, expected = 0.0, 2.0 + 4.0 * dim / block

    def report() -> None:
        if progress is not None:
            progress(steps, expected)

    report()
    # a first product turns the random block towards the strongest directions, as in a randomised SVD
    start = gram(_random_block(random, size, min(block, size)))
    largest = min(size, _MOST_BASES * (dim + block))
    basis = _Basis(size, room=6 * dim + 2 * block)
    report()
    current, _ = _orthonormal(start, basis, random)
    projected = np.zeros((0, 0))
    while True:
        report()
        image = gram(current)
        report()
        known, width = basis.size, current.shape[1]
        basis.append(current)
        # Q^T G Q gains the rows and columns of the new block; it is symmetric up to rounding
        column, rest = basis.split(image)
        report()
        grown = np.zeros((known + width, known + width))
        grown[:known, :known] = projected
        grown[:, known:] = column
        grown[known:, :] = column.T
        projected = grown
        following, coupling = _orthonormal(rest, basis, random, scale=float(np.abs(column).max(initial=0.0)))
        complete = following.shape[1] == 0 or basis.size >= largest
        report()
        if complete or _worth_a_look(basis.size, dim, width):
            values, vectors = _leading(projected, min(dim, basis.size))
            residuals = np.linalg.norm(coupling @ vectors[known:], axis=0)
            worst = float((residuals / np.maximum(values, values[0] * _NOISE)).max()) if values[0] > 0 else 0.0
            if complete or worst <= tolerance:
                if worst > tolerance and basis.size < size:
                    _log.warning("the SVD stops at %d vectors with a residual of %.1e", basis.size, worst)
                break
        steps = basis.size / block
        expected = max(expected, steps + 1)
        current = following
    steps = expected = basis.size / block
    report()
    right = basis.combine(vectors)
    report()
    squares, turned = np.linalg.eigh(gram.inner(right, report))
    report()
    return np.sqrt(np.maximum(squares[::-1], 0.0)), right @ turned[:, ::-1].astype(np.float32)


def _worth_a_look(size: int, dim: int, width: int) -> bool:
    """Whether to solve the projected problem: it takes longer the larger it is, so then every second time will do."""
    return size >= dim and (size <= 256 or (size // width) % 2 == 0)


def _leading(projected: NDArray[np.float64], count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The largest eigenvalues, descending, and their vectors."""
    from scipy.linalg import eigh

    size = len(projected)
    values, vectors = eigh(projected, subset_by_index=[size - count, size - 1], check_finite=False)
    return values[::-1], vectors[:, ::-1]


class _Basis:
    """Orthonormal columns Q, (size, m) float32, in one array, so that products with them are single calls of BLAS."""

    def __init__(self, size: int, room: int) -> None:
        self._columns = np.empty((size, min(room, size)), dtype=np.float32, order="F")
        self._blocks: list[int] = []

    @property
    def size(self) -> int:
        """Number of columns."""
        return sum(self._blocks)

    def append(self, block: Block) -> None:
        """Add columns that are orthonormal to all others."""
        known, size = self.size, self.size + block.shape[1]
        if size > self._columns.shape[1]:
            larger = np.empty((len(self._columns), size + size // 2), dtype=np.float32, order="F")
            larger[:, :known] = self._columns[:, :known]
            self._columns = larger
        self._columns[:, known:size] = block
        self._blocks.append(block.shape[1])

    def split(self, image: Block) -> tuple[NDArray[np.float64], Block]:
        """Q^T image, (m, b), and what is left of the image outside the span of Q.

        `image` is G times the last block, so all but rounding of its part in the basis lies in the last two blocks.
        They are taken out first, and one pass over all columns removes what rounding leaves.
        """
        recent = self.size - sum(self._blocks[-2:])
        near, rest = self._taken_out(image, recent)
        far, rest = self._taken_out(rest, 0)
        coefficients = far.astype(np.float64)
        coefficients[recent:] += near
        return coefficients, rest

    def _taken_out(self, image: Block, first: int) -> tuple[Block, Block]:
        """The coefficients of the columns from `first` on, and the image without them; the rows are shared out."""
        columns = self._columns[:, first : self.size]
        half = len(columns) // 2
        rows = (slice(0, half), slice(half, None))
        with ThreadPoolExecutor(2) as pool:
            upper, lower = pool.map(lambda part: columns[part].T @ image[part], rows)
            coefficients = upper + lower
            rest = list(pool.map(lambda part: image[part] - columns[part] @ coefficients, rows))
        return coefficients, np.concatenate(rest)

    def remove_from(self, other: Block) -> Block:
        """`other` less its part in the span of the basis."""
        columns = self._columns[:, : self.size]
        for _ in range(2):  # once leaves as much as rounding adds; twice is enough (Kahan)
            other = other - columns @ (columns.T @ other)
        return other

    def combine(self, coefficients: NDArray[np.float64]) -> Block:
        """Q @ coefficients, (size, d) float32 with columns of length 1."""
        total: Block = np.ascontiguousarray(self._columns[:, : self.size] @ coefficients.astype(np.float32))
        lengths = np.sqrt(np.einsum("ij,ij->j", total, total, dtype=np.float64))
        total /= lengths.astype(np.float32)
        return total


def _orthonormal(
    rest: Block, basis: _Basis, random: np.random.Generator, *, scale: float | None = None
) -> tuple[Block, NDArray[np.float64]]:
    """What `rest`, which is orthogonal to the basis, adds to it as orthonormal columns, and R: rest = columns @ R.

    Directions below the noise of `scale` (default: the longest column) are replaced by random ones (with zero rows in
    R), so that a block which ran into an invariant subspace still explores the others. Fewer columns come back only
    when the basis is about to be complete.
    """
    size = rest.shape[0]
    width = min(rest.shape[1], size - basis.size)
    if scale is None:
        scale = float(np.linalg.norm(rest.astype(np.float64), axis=0).max(initial=0.0))
    columns, factor = _independent(rest, scale * _NOISE)
    columns, factor = columns[:, :width], factor[:width]
    while columns.shape[1] < width:
        fresh = basis.remove_from(_random_block(random, size, width - columns.shape[1]))
        fresh = fresh - columns @ (columns.T @ fresh)
        added, _ = _independent(fresh - columns @ (columns.T @ fresh), _NOISE)
        columns = np.concatenate([columns, added], axis=1)
        factor = np.concatenate([factor, np.zeros((added.shape[1], rest.shape[1]))])
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
