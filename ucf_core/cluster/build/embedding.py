"""The truncated SVD of ratings on Dask workers: the solver of one machine, with its products as map and reduce."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.errors import SpecError
from ucf_core.base.linalg.blas import one_blas_thread
from ucf_core.base.linalg.products import Block, ThreadedGram
from ucf_core.base.progress import Progress
from ucf_core.base.specs import EmbeddingSpec
from ucf_core.cluster.build.biases import weighted_block
from ucf_core.cluster.dask.tree import send, tree_sum
from ucf_core.cluster.files.item_biases import ItemBiases
from ucf_core.cluster.input.blocks import Blocks
from ucf_core.embedding.block_lanczos import block_lanczos
from ucf_core.embedding.embedding import oriented


@dataclass(frozen=True, eq=False)
class ItemFactors:
    """S and V of X ~ U S V^T; U S = X V is computed where the rows are.

    Attributes:
        singular_values: (dim,) float64, descending.
        item_vectors: (n_items, dim) float32, orthonormal columns.
    """

    singular_values: NDArray[np.float64]
    item_vectors: NDArray[np.float32]

    @property
    def dim(self) -> int:
        """Number of factors."""
        return int(self.singular_values.size)


def fit_item_factors(
    blocks: Blocks, biases: ItemBiases, spec: EmbeddingSpec, *, progress: Progress | None = None
) -> ItemFactors:
    """The leading factors that `fit_embedding` finds, by block Lanczos on the items' side, with the same signs.

    Raises SpecError if every rating is 0.
    """
    client = blocks.client
    sent = send(client, biases)
    matrices = client.map(weighted_block, blocks.futures, biases=sent, weighting=spec.weighting, pure=False)
    gram = DaskGram(client, matrices, blocks.n_items)
    del matrices  # the workers keep what the products need
    dim = min(spec.dim, blocks.n_users, blocks.n_items)
    values, right = block_lanczos(gram, dim, seed=spec.seed, progress=progress)
    if not values[0] > 0:
        raise SpecError("every rating is 0: there is no direction to embed users in; check the rating column")
    return ItemFactors(*oriented(values, right, dim))


class DaskGram:
    """A GramOperator over blocks on workers: products with A^T A.

    The vectors of a step (n_items x 20 float32) go to each worker once, and the products of the blocks are summed.
    """

    def __init__(self, client: Any, matrices: list[Any], n_items: int) -> None:
        """`matrices`: futures of the (weighted) rows of each block, as CSR with `n_items` columns."""
        self._client = client
        self.size = n_items
        self._grams = client.map(_gram, matrices, pure=False)

    def __call__(self, block: Block) -> Block:
        """A^T (A block), for a (size, b) block."""
        product: Block = self._sum(_product, block)
        return product

    def inner(self, block: Block, check: Callable[[], None] | None = None) -> NDArray[np.float64]:
        """(A block)^T (A block), (b, b), summed in float64; `check` is called before."""
        if check is not None:
            check()
        product: NDArray[np.float64] = self._sum(_inner, block)
        return product

    def _sum(self, work: Callable[..., Any], block: Block) -> Any:
        vectors = send(self._client, np.ascontiguousarray(block))
        return tree_sum(self._client, self._client.map(work, self._grams, vectors=vectors, pure=False)).result()


def _gram(matrix: csr_array) -> ThreadedGram:
    return ThreadedGram(matrix, threads=1)


def _product(gram: ThreadedGram, vectors: Block) -> Block:
    return gram(vectors)


def _inner(gram: ThreadedGram, vectors: Block) -> NDArray[np.float64]:
    with one_blas_thread():
        return gram.inner(vectors)
