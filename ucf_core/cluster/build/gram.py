"""What block Lanczos needs of a matrix whose rows lie on Dask workers: products with G = A^T A as map and reduce."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.linalg.blas import one_blas_thread
from ucf_core.base.linalg.products import Block, ThreadedGram
from ucf_core.cluster.dask.tree import added


class DaskGram:
    """A GramOperator over blocks on workers.

    The vectors of a step (n_items x 20 float32) go to each worker once, each block multiplies them, and the products
    are added up on the way back. They go as the argument of a task, which can be computed again, not as scattered data,
    which would be lost with a worker.
    """

    def __init__(self, client: Any, matrices: list[Any], n_items: int) -> None:
        """`matrices`: futures of the (weighted) rows of each block, as CSR with `n_items` columns."""
        self._client = client
        self._size = n_items
        self._grams = client.map(_gram, matrices, pure=False)

    @property
    def size(self) -> int:
        """Columns of A."""
        return self._size

    def __call__(self, block: Block) -> Block:
        """A^T (A block), for a (size, b) block."""
        product: Block = self._summed(_product, block)
        return product

    def inner(self, block: Block, check: Callable[[], None] | None = None) -> NDArray[np.float64]:
        """(A block)^T (A block), (b, b), added up in float64; `check` is called before."""
        if check is not None:
            check()
        product: NDArray[np.float64] = self._summed(_inner, block)
        return product

    def _summed(self, work: Callable[..., Any], block: Block) -> Any:
        vectors = self._client.submit(_same, np.ascontiguousarray(block), pure=False)
        return added(self._client, self._client.map(work, self._grams, vectors=vectors, pure=False)).result()


def _gram(matrix: csr_array) -> ThreadedGram:
    return ThreadedGram(matrix, threads=1)


def _product(gram: ThreadedGram, vectors: Block) -> Block:
    return gram(vectors)


def _inner(gram: ThreadedGram, vectors: Block) -> NDArray[np.float64]:
    with one_blas_thread():
        return gram.inner(vectors)


def _same(block: Block) -> Block:
    return block
