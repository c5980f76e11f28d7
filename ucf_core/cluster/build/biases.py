"""The bias model of `ucf_core.ratings.biases` over blocks on workers: alternating least squares as map and reduce.

A user's bias follows from the item biases and the user's ratings, so the driver holds the item biases alone.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.linalg.products import Incidence
from ucf_core.base.progress import Progress
from ucf_core.base.specs import Weighting
from ucf_core.cluster.dask.tree import send, tree_sum
from ucf_core.cluster.files.item_biases import ItemBiases, user_biases
from ucf_core.cluster.input.blocks import Block, Blocks
from ucf_core.ratings.biases import REG_ITEM, SWEEPS
from ucf_core.ratings.weighting import weighted


def fit_item_biases(blocks: Blocks, *, progress: Progress | None = None) -> ItemBiases:
    """The biases that `fit_biases` finds, up to the order in which sums are added."""
    client, mean = blocks.client, blocks.mean
    by_item = blocks.item_sums - mean * blocks.item_counts
    of_raters = np.zeros(blocks.n_items)
    for sweep in range(SWEEPS):
        biases = ItemBiases(mean, (by_item - of_raters) / (REG_ITEM + blocks.item_counts))
        if sweep < SWEEPS - 1:  # the last sweep's users are computed where they are needed
            sums = client.map(_sums_of_raters, blocks.futures, biases=send(client, biases), pure=False)
            of_raters = tree_sum(client, sums).result()
        if progress is not None:
            progress(sweep + 1, SWEEPS)
    return biases


def weighted_block(block: Block, biases: ItemBiases, weighting: Weighting) -> csr_array:
    """The ratings of a block under a weighting."""
    return weighted(block.matrix, weighting, biases.with_users(block.matrix))


def _sums_of_raters(block: Block, biases: ItemBiases) -> NDArray[np.float64]:
    """For each item the sum of the biases of its raters in this block, (n_items,)."""
    rated = Incidence(block.matrix)
    return rated.over_users(user_biases(block.matrix, rated, biases))
