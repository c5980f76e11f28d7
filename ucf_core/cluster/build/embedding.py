"""The truncated SVD of ratings on Dask workers: the solver of one machine, with the products done there."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import SpecError
from ucf_core.base.progress import Progress
from ucf_core.base.specs import EmbeddingSpec
from ucf_core.cluster.build.biases import weighted_block
from ucf_core.cluster.build.gram import DaskGram
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
    """The leading factors that `fit_embedding` finds, by block Lanczos on the items' side; signs fixed alike.

    Raises SpecError if every rating is 0.
    """
    client = blocks.client
    sent = client.submit(_same, biases, pure=False)
    matrices = client.map(weighted_block, blocks.futures, biases=sent, weighting=spec.weighting, pure=False)
    gram = DaskGram(client, matrices, blocks.n_items)
    del matrices  # the workers keep what the products need
    dim = min(spec.dim, blocks.n_users, blocks.n_items)
    values, right = block_lanczos(gram, dim, seed=spec.seed, progress=progress)
    if not values[0] > 0:
        raise SpecError("every rating is 0: there is no direction to embed users in; check the rating column")
    return ItemFactors(*oriented(values, right, dim))


def _same(value: Any) -> Any:
    return value
