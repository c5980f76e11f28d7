"""User and item vectors from a converged truncated SVD of the rating matrix."""

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.arrays import read_only, row_lengths
from ucf_core.base.errors import SpecError
from ucf_core.base.linalg.products import ThreadedGram, inner_product, rotate_rows, write_product
from ucf_core.base.memory import check_memory
from ucf_core.base.progress import Progress
from ucf_core.base.specs import EmbeddingSpec
from ucf_core.embedding.block_lanczos import block_lanczos, leading_directions, principal_rotation

_Factors: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64]]

# Up to this many rows or columns on the shorter side, all factors come from one dense eigenproblem in well under a
# second; beyond it, an iterative solver that finds only the leading ones is faster.
_DENSE_SIDE = 1536

# Starting threads costs more than a product with so few entries.
_ONE_THREAD = 200_000

# Factors that users are projected on between two reports of progress: a fraction of a second.
_COLUMNS = 32

# Users whose vectors are scaled at a time, in float64.
_ROWS = 4096

# Pairs of ratings that are multiplied between two reports of progress: a fraction of a second.
_PAIRS = 50_000_000

# Singular values below this share of the largest are rounding noise of float32 ratings, not directions of taste.
_NOISE = 1e-5


@dataclass(frozen=True, eq=False)
class Embedding:
    """A truncated SVD X ~ U S V^T of the (weighted) rating matrix. All arrays are read-only.

    Attributes:
        user_vectors: U S = X V, (n_users, dim) float32.
        item_vectors: V, (n_items, dim) float32, orthonormal columns.
        singular_values: S, (dim,) float64, descending, all above the noise of float32.
        spec: what was asked for; `dim` is smaller than `spec.dim` where the matrix has a smaller rank.
    """

    user_vectors: NDArray[np.float32]
    item_vectors: NDArray[np.float32]
    singular_values: NDArray[np.float64]
    spec: EmbeddingSpec

    def __post_init__(self) -> None:
        read_only(self.user_vectors, self.item_vectors, self.singular_values)

    @property
    def dim(self) -> int:
        """Number of factors."""
        return int(self.singular_values.size)

    def unit_vectors(self, dim: int | None = None) -> NDArray[np.float32]:
        """The first `dim` coordinates of all users, each row scaled to length 1: (n_users, dim) float32, read-only.

        A prefix of a converged SVD is the converged SVD of that dimension. A user without direction (a zero row)
        stays zero and so has similarity 0 to all users. Raises SpecError if dim exceeds the fitted one.
        """
        dim = self.dim if dim is None else dim
        if not 1 <= dim <= self.dim:
            raise SpecError(f"dim={dim} exceeds the {self.dim} fitted dimensions; choose 1 <= dim <= {self.dim}")
        return unit_rows(self.user_vectors[:, :dim])

    def fold_in(self, rows: csr_array) -> NDArray[np.float32]:
        """Vectors of users given by their (weighted) rating rows, X V: (n, dim) float32. No refit."""
        return project(rows, self.item_vectors)


def fit_embedding(matrix: csr_array, spec: EmbeddingSpec, *, progress: Progress | None = None) -> Embedding:
    """The `spec.dim` leading factors of `matrix`, or as many as its rank has. Deterministic for a seed.

    A short side of up to 1,536 is solved through the eigenvectors of its Gram matrix (LAPACK, all factors at
    once), larger ones by block Lanczos until it has converged; see block_lanczos, which also calls `progress`.
    Signs are fixed so that the largest coordinate of every item vector is positive.

    Raises:
        SpecError: if every rating is 0.
        UcfError: if less memory is available than needed.
    """
    if not matrix.data.any():
        raise SpecError("every rating is 0: there is no direction to embed users in; check the rating column")
    short_side = min(matrix.shape)
    dim = min(spec.dim, short_side)
    check_memory(
        embedding_bytes(matrix.shape, matrix.nnz, dim),
        f"an embedding of {matrix.shape[0]:,} users and {matrix.shape[1]:,} items in {dim} dimensions",
        "close other programs, or choose a smaller dim",
    )
    if short_side > _DENSE_SIDE and matrix.shape[0] >= matrix.shape[1]:
        return Embedding(*_tall(matrix, dim, spec.seed, progress), spec)
    factors = _gram if short_side <= _DENSE_SIDE else _wide
    values, item_vectors = oriented(*factors(matrix, dim, spec.seed, progress), dim)
    return Embedding(project(matrix, item_vectors, progress), item_vectors, values, spec)


def oriented(
    values: NDArray[np.float64], right: NDArray[np.floating], dim: int
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Up to `dim` singular values above the noise, and their vectors with signs fixed: (d,) and (n_items, d)."""
    dim = min(dim, int(np.count_nonzero(values > values[0] * _NOISE)))
    right = right[:, :dim]
    item_vectors = np.ascontiguousarray(right * _signs(right), dtype=np.float32)
    return np.ascontiguousarray(values[:dim], dtype=np.float64), item_vectors


def _signs(right: NDArray[np.floating]) -> NDArray[np.float64]:
    """What makes the largest coordinate of every column positive, (d,)."""
    strongest = right[np.abs(right).argmax(axis=0), np.arange(right.shape[1])]
    return np.where(strongest < 0, -1.0, 1.0)


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to Euclidean length 1 (zero rows stay zero), as a new read-only float32 array."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    lengths = np.where(lengths > 0, lengths, 1.0)[:, None]
    scaled = np.empty(vectors.shape, dtype=np.float32)
    for start in range(0, len(vectors), _ROWS):
        few = slice(start, start + _ROWS)
        scaled[few] = vectors[few] / lengths[few]
    read_only(scaled)
    return scaled


def embedding_bytes(shape: tuple[int, int], nnz: int, dim: int) -> int:
    """Memory that `fit_embedding` takes on top of the ratings at its peak, in bytes; rather too much than too little.

    A short side of up to 1,536 takes 12 bytes a rating, for the ratings in 64 bits, and 8 more where the matrix is
    turned on its side, four square matrices of float64 on the shorter side, and vectors of the longer one with
    copies of them, 12 bytes a coordinate, or 24 where they are float64. Block Lanczos takes 5 bytes a rating, for
    its renumbered item, and 8 more on its side, its basis of some 6 dim + 48 vectors of float32, and vectors as
    before with 8 bytes a coordinate, or 20. On top come 16 MB for threads and BLAS.
    """
    short, long = min(shape), max(shape)
    wide = shape[0] < shape[1]
    if short <= _DENSE_SIDE:
        needed = (20 if wide else 12) * nnz + (24 if wide else 12) * long * dim + 32 * short * short
    else:
        needed = (13 if wide else 5) * nnz + (20 if wide else 8) * long * dim + 4 * short * (6 * dim + 48)
    return needed + 16_000_000


def _ask(progress: Progress | None, done: float) -> None:
    """Let `progress` raise: `done` is 0 before the factors are sought, 1 after."""
    if progress is not None:
        progress(done, 1.0)


def project(
    rows: csr_array, item_vectors: NDArray[np.float32], progress: Progress | None = None
) -> NDArray[np.float32]:
    """X V, (n, dim) float32, without the coordinates that are rounding noise of the row.

    A user who rated only what the factors do not reach must come out as zero: scaled to length 1, the noise would
    be a direction.
    """
    _ask(progress, 1.0)
    if rows.nnz > _ONE_THREAD:
        vectors = np.empty((rows.shape[0], item_vectors.shape[1]), dtype=np.float32)
        for start in range(0, vectors.shape[1], _COLUMNS):
            few = slice(start, start + _COLUMNS)
            write_product(rows, np.ascontiguousarray(item_vectors[:, few]), vectors[:, few])
            _ask(progress, 1.0)
    else:
        vectors = np.asarray(rows @ item_vectors, dtype=np.float32)
    noise = (_NOISE * row_lengths(rows)).astype(np.float32)[:, None]
    for start in range(0, len(vectors), _ROWS):
        few = slice(start, start + _ROWS)
        vectors[few][np.abs(vectors[few]) < noise[few]] = 0.0
    return vectors


def _gram(matrix: csr_array, dim: int, _seed: int, progress: Progress | None) -> _Factors:
    """`dim` or more singular values, descending, and the right singular vectors, from X X^T = U S^2 U^T (or X^T X)."""
    from scipy.linalg import eigh

    _ask(progress, 0.0)
    exact = csr_array(matrix.astype(np.float64))
    tall = matrix.shape[0] > matrix.shape[1]
    gram = _gram_of_columns(exact if tall else csr_array(exact.T), progress)
    squares, vectors = eigh(gram, overwrite_a=True, check_finite=False, driver="evd")
    values = np.sqrt(np.maximum(squares[::-1], 0.0))
    vectors = vectors[:, ::-1]
    if tall:
        return values, vectors
    kept = values > values[0] * _NOISE
    kept[dim:] = False
    return values[kept], np.asarray(exact.T @ vectors[:, kept]) / values[kept]


def _gram_of_columns(matrix: csr_array, progress: Progress | None) -> NDArray[np.float64]:
    """X^T X, added up over some rows at a time, so that a request to stop takes effect soon."""
    gram = np.zeros((matrix.shape[1], matrix.shape[1]))
    pairs = np.cumsum(np.diff(matrix.indptr).astype(np.int64) ** 2)
    cuts = np.searchsorted(pairs, np.arange(_PAIRS, pairs[-1], _PAIRS)) + 1
    for start, stop in pairwise(np.unique([0, *cuts.tolist(), matrix.shape[0]]).tolist()):
        rows = matrix[start:stop]
        gram += (rows.T @ rows).toarray()
        _ask(progress, 0.0)
    return gram


def _tall(
    matrix: csr_array, dim: int, seed: int, progress: Progress | None
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
    """User vectors, item vectors and singular values, by block Lanczos on the items' side.

    The last step takes the values from X V, the user vectors up to a rotation, which saves a product with the ratings.
    """
    right = leading_directions(ThreadedGram(matrix), dim, seed=seed, progress=progress)
    vectors = project(matrix, right, progress)
    values, rotation = principal_rotation(inner_product(vectors))
    _ask(progress, 1.0)
    rotated = right.astype(np.float64) @ rotation
    values, item_vectors = oriented(values, rotated, dim)
    signed = (rotation * _signs(rotated))[:, : len(values)]
    return rotate_rows(vectors, signed.astype(np.float32)), item_vectors, values


def _wide(matrix: csr_array, dim: int, seed: int, progress: Progress | None) -> _Factors:
    """The leading `dim` singular values, descending, and the right singular vectors, by block Lanczos on the users'."""
    values, left = block_lanczos(ThreadedGram(csr_array(matrix.T)), dim, seed=seed, progress=progress)
    kept = values > values[0] * _NOISE
    return values[kept], np.asarray(matrix.T @ left[:, kept], dtype=np.float64) / values[kept]
