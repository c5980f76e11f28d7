"""What people think of the films that most know, over blocks on workers: what `starter_films` chooses by."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ucf_core.cluster.dask.tree import added
from ucf_core.cluster.files.item_biases import ItemBiases
from ucf_core.cluster.input.blocks import Block, Blocks
from ucf_core.datasets.personal.starter_films import asked_every, most_rated, opinions


def opinions_of(blocks: Blocks, biases: ItemBiases) -> NDArray[np.float64]:
    """The products that `starter_films` adds up, (n_popular, n_popular), of the same users."""
    client = blocks.client
    sent = client.submit(_same, (biases, most_rated(blocks.item_counts)), pure=False)
    every, firsts = asked_every(blocks.n_users), blocks.offsets[:-1].tolist()
    futures = client.map(_of_block, blocks.futures, firsts, given=sent, every=every, pure=False)
    total: NDArray[np.float64] = added(client, futures).result()
    return total


def _of_block(block: Block, first: int, given: tuple[ItemBiases, NDArray[np.int64]], every: int) -> NDArray[np.float64]:
    """Those of every so many users, counted from the first of the dataset."""
    biases, popular = given
    asked = np.arange(-first % every, len(block.users), every)
    return opinions(block.matrix[asked], asked, biases.with_users(block.matrix), popular)


def _same(given: Any) -> Any:
    return given
