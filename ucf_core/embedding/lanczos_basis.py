"""The orthonormal basis that block Lanczos builds, in float32, and what keeps it orthonormal.

A new block is orthogonal to the basis only as far as rounding lets it. A direction of it that is short is stretched to
length 1, and the error with it; so a short one is taken out of the basis again, and one that was nothing but rounding
noise is replaced.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.linalg.products import Block

# A direction whose length falls below this share when the basis is taken out of it is rounding noise of float32.
_NOISE = 1e-5

# A direction shorter than this share was stretched, and with it what rounding left of the basis in it. It is taken out
# once more; a direction that loses more than half by that was noise.
_SHORT = 1e-2


class Basis:
    """Orthonormal columns Q, (size, m) float32, in one array, so that products with them are single calls of BLAS."""

    def __init__(self, size: int, room: int) -> None:
        """No columns yet, of `size` rows; with room for `room` of them before they have to move."""
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


def orthonormal(rest: Block, basis: Basis, random: np.random.Generator, *, scale: float | None = None) -> Block:
    """What `rest`, which is orthogonal to the basis, adds to it, as orthonormal columns.

    Directions below the noise of `scale` (default: the longest column) are replaced by random ones, so that a block
    which ran into an invariant subspace still explores the others. Fewer columns come back only when the basis is about
    to be complete.
    """
    size = rest.shape[0]
    width = min(rest.shape[1], size - basis.size)
    if scale is None:
        scale = float(np.linalg.norm(rest.astype(np.float64), axis=0).max(initial=0.0))
    columns, shortest = _independent(rest, scale * _NOISE)
    if basis.size and shortest < scale * _SHORT:
        columns, _ = _independent(basis.remove_from(columns), 0.5)
    columns = columns[:, :width]
    while columns.shape[1] < width:
        fresh = basis.remove_from(random_block(random, size, width - columns.shape[1]))
        fresh = fresh - columns @ (columns.T @ fresh)
        added, _ = _independent(fresh - columns @ (columns.T @ fresh), _NOISE)
        columns = np.concatenate([columns, added], axis=1)
    return np.ascontiguousarray(columns)


def _independent(block: Block, floor: float) -> tuple[Block, float]:
    """Orthonormal columns that span `block` but for directions shorter than `floor`, and the length of the shortest.

    Through the eigenvectors of the small Gram matrix in float64, twice, as Cholesky QR is: the first pass leaves an
    error of the square of the condition number, the second removes it.
    """
    exact = block.astype(np.float64)
    shortest = np.inf
    for limit in (floor, 0.5):
        squares, turned = np.linalg.eigh(exact.T @ exact)
        kept = squares > limit**2
        lengths = np.sqrt(squares[kept])
        exact = exact @ (turned[:, kept] / lengths)
        shortest = min(shortest, float(lengths.min(initial=np.inf)) if limit == floor else shortest)
    return exact.astype(np.float32), shortest


def random_block(random: np.random.Generator, rows: int, columns: int) -> Block:
    """Normal numbers, (rows, columns) float32, whose columns have a length of about 1."""
    block: Block = random.standard_normal((rows, columns), dtype=np.float32)
    return block / np.float32(np.sqrt(rows))
