"""The bias model over blocks on workers: the alternating least squares of `ucf_core.biases`, as map and reduce.

A user's bias follows from those of the items and the user's own ratings, so no worker keeps it between two sweeps, and
the driver has the items' alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.arrays import read_only, row_sums
from ucf_core.biases import REG_ITEM, REG_USER, SWEEPS, Biases
from ucf_core.block_lanczos import Progress
from ucf_core.cluster.blocks import Block, Blocks
from ucf_core.cluster.tree import added
from ucf_core.products import Incidence
from ucf_core.specs import Weighting
from ucf_core.weighting import weighted


@dataclass(frozen=True, eq=False)
class ItemBiases:
    """mu and b_i of the bias model, from which every user's b_u follows; read-only.

    Attributes:
        mean: mean of all ratings.
        item: (n_items,) float64 offsets, in rating units.
    """

    mean: float
    item: NDArray[np.float64]

    def __post_init__(self) -> None:
        read_only(self.item)

    def with_users(self, matrix: csr_array) -> Biases:
        """The biases of the users whose ratings are the rows of `matrix`, and of all items."""
        return Biases(self.mean, _user_biases(matrix, Incidence(matrix), self), self.item)


def fit_item_biases(blocks: Blocks, *, progress: Progress | None = None) -> ItemBiases:
    """The biases that `fit_biases` finds, up to the order in which sums are added."""
    client, mean = blocks.client, blocks.mean
    by_item = blocks.item_sums - mean * blocks.item_counts
    of_raters = np.zeros(blocks.n_items)
    for sweep in range(SWEEPS):
        biases = ItemBiases(mean, (by_item - of_raters) / (REG_ITEM + blocks.item_counts))
        if sweep < SWEEPS - 1:  # the last sweep's users are computed where they are needed
            sent = client.submit(_same, biases, pure=False)
            of_raters = added(client, client.map(_sums_of_raters, blocks.futures, biases=sent, pure=False)).result()
        if progress is not None:
            progress(sweep + 1, SWEEPS)
    return biases


def weighted_block(block: Block, biases: ItemBiases, weighting: Weighting) -> csr_array:
    """The ratings of a block under a weighting."""
    return weighted(block.matrix, weighting, biases.with_users(block.matrix))


def _user_biases(matrix: csr_array, rated: Incidence, biases: ItemBiases) -> NDArray[np.float64]:
    per_user = np.diff(matrix.indptr)
    by_user = row_sums(matrix, matrix.data) - biases.mean * per_user
    values: NDArray[np.float64] = (by_user - rated.over_items(biases.item)) / (REG_USER + per_user)
    return values


def _sums_of_raters(block: Block, biases: ItemBiases) -> NDArray[np.float64]:
    """For each item the sum of the biases of its raters in this block, (n_items,)."""
    rated = Incidence(block.matrix)
    return rated.over_users(_user_biases(block.matrix, rated, biases))


def _same(biases: ItemBiases) -> ItemBiases:
    return biases
