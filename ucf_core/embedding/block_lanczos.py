"""Truncated SVD of a large sparse matrix by block Lanczos, run to convergence, on all cores.

Block Lanczos on G = A^T A with full reorthogonalisation (Golub & Underwood 1977; Golub & Van Loan 2013, 10.3.6):
from a random block Q_0 it builds an orthonormal basis Q of the space spanned by Q_0, G Q_0, G^2 Q_0, ... one block at a
time, and takes the eigenvalues of T = Q^T G Q, a block tridiagonal matrix of a few hundred rows, for those of G. A pair
(theta, Q s) is as wrong as the part of G Q s that the basis does not hold, whose length is known without computing it:
|R s_last|, with R what is left of the last product outside the basis. So it stops when the answer is good, not after a
number of steps. Blocks pay because a sparse matrix is read from memory once for 20 vectors instead of once for each.

In float32 a product with G cannot tell a singular value below 0.0003 of the largest from zero: G holds its square.
So the last step takes the values from A itself: those of the (m, dim) matrix A V, through its Gram matrix in float64.

Only two operations touch the matrix. They are a parameter, so that the rows may live elsewhere.
"""

import logging
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import SpecError
from ucf_core.base.linalg.blas import one_blas_thread
from ucf_core.base.linalg.products import Block
from ucf_core.base.progress import Progress
from ucf_core.embedding.lanczos_basis import Basis, orthonormal, random_block

_log = logging.getLogger(__name__)


BLOCK = 20
TOLERANCE = 1e-3

# No residual is asked to be below this share of the largest eigenvalue: rounding to float32 alone leaves as much.
_ROUNDING = 3e-9

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
        tolerance: bound on |G v - theta v| / theta of every returned pair whose theta stands out of rounding; the
            relative error of a singular value is then at most half of it, in practice its square.
        block: vectors a step. An eigenvalue that occurs more than `block` times may be returned too few times.
        progress: called several times a step, after each product with G and whatever else takes a while.

    Raises:
        SpecError: unless 1 <= dim <= size.
    """
    last: tuple[float, float | None] = (0.0, None)

    def report(done: float | None = None, expected: float | None = None) -> None:
        nonlocal last
        last = last if done is None else (done, expected)  # the last product is part of the last step
        if progress is not None:
            progress(*last)

    right = leading_directions(gram, dim, seed=seed, tolerance=tolerance, block=block, progress=report)
    with one_blas_thread():
        values, rotation = principal_rotation(gram.inner(right, report))
    report()
    return values, right @ rotation.astype(np.float32)


def leading_directions(
    gram: GramOperator,
    dim: int,
    *,
    seed: int = 0,
    tolerance: float = TOLERANCE,
    block: int = BLOCK,
    progress: Progress | None = None,
) -> Block:
    """V, (size, dim): orthonormal columns that span what the leading singular vectors do; see `block_lanczos`.

    They are the singular vectors but for those whose values float32 cannot tell apart; `principal_rotation` of
    (A V)^T (A V) gives the rotation to them.
    """
    size = gram.size
    if not 1 <= dim <= size:
        raise SpecError(f"dim={dim} is out of range for a matrix with a side of {size}; choose 1 <= dim <= {size}")
    with one_blas_thread():
        # after each call, threads of BLAS spin for a while on the cores that the sparse products are waiting for
        return _iterate(gram, dim, np.random.default_rng(seed), tolerance, block, progress)


def principal_rotation(inner: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Singular values of A V, descending, and W such that A (V W) has orthogonal columns of these lengths.

    Args:
        inner: (A V)^T (A V), (dim, dim).
    """
    squares, vectors = np.linalg.eigh(inner)
    return np.sqrt(np.maximum(squares[::-1], 0.0)), vectors[:, ::-1]


def _iterate(
    gram: GramOperator,
    dim: int,
    random: np.random.Generator,
    tolerance: float,
    block: int,
    progress: Progress | None,
) -> Block:
    size = gram.size
    steps, expected = 0.0, 2.0 + 4.0 * dim / block

    def report() -> None:
        if progress is not None:
            progress(steps, expected)

    report()
    # a first product turns the random block towards the strongest directions, as in a randomised SVD
    start = gram(random_block(random, size, min(block, size)))
    largest = min(size, _MOST_BASES * (dim + block))
    basis = Basis(size, room=6 * dim + 2 * block)
    report()
    current = orthonormal(start, basis, random)
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
        following = orthonormal(rest, basis, random, scale=float(np.abs(column).max(initial=0.0)))
        complete = following.shape[1] == 0 or basis.size >= largest
        report()
        if complete or _worth_a_look(basis.size, dim, width):
            values, vectors = _leading(projected, min(dim, basis.size))
            allowed = np.maximum(values * tolerance, values[0] * _ROUNDING)
            worst = float((_residuals(rest, vectors[known:]) / allowed).max()) if values[0] > 0 else 0.0
            if complete or worst <= 1:
                if worst > 1 and basis.size < size:
                    _log.warning("the SVD stops at %d vectors with residuals %.1f times too large", basis.size, worst)
                break
        steps = basis.size / block
        expected = max(expected, steps + 1)
        current = following
    steps = expected = basis.size / block
    report()
    right = basis.combine(vectors)
    report()
    return right


def _worth_a_look(size: int, dim: int, width: int) -> bool:
    """Whether to solve the projected problem: it takes longer the larger it is, so then every second time will do."""
    return size >= dim and (size <= 256 or (size // width) % 2 == 0)


def _residuals(rest: Block, last: NDArray[np.float64]) -> NDArray[np.float64]:
    """|rest @ last| of each column of `last`, (b, d); what is too short to lead to a new direction counts as well."""
    exact = rest.astype(np.float64)
    squares: NDArray[np.float64] = np.einsum("ij,ij->j", last, (exact.T @ exact) @ last)
    return np.sqrt(np.maximum(squares, 0.0))


def _leading(projected: NDArray[np.float64], count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The largest eigenvalues, descending, and their vectors."""
    from scipy.linalg import eigh

    size = len(projected)
    values, vectors = eigh(projected, subset_by_index=[size - count, size - 1], check_finite=False)
    return values[::-1], vectors[:, ::-1]
