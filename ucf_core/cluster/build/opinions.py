"""Facts over all blocks that a serving process needs: opinions of well-known films, and the most typical user."""

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import row_lengths
from ucf_core.cluster.dask.tree import send, tree_sum
from ucf_core.cluster.files.item_biases import ItemBiases
from ucf_core.cluster.input.blocks import Block, Blocks
from ucf_core.datasets.personal.starter_films import asked_every, most_rated, opinions


def opinions_of(blocks: Blocks, biases: ItemBiases) -> NDArray[np.float64]:
    """The products that `starter_films` sums, (n_popular, n_popular), of the same users."""
    given = send(blocks.client, (biases, most_rated(blocks.item_counts)))
    every, firsts = asked_every(blocks.n_users), blocks.offsets[:-1].tolist()
    futures = blocks.client.map(_opinions, blocks.futures, firsts, given=given, every=every, pure=False)
    total: NDArray[np.float64] = tree_sum(blocks.client, futures).result()
    return total


def most_typical(blocks: Blocks) -> int:
    """The row of the highest cosine with the sum of all unit rows, as `Ratings.most_typical`; the lowest of equals."""
    client = blocks.client
    average = tree_sum(client, client.map(_sum_of_units, blocks.futures, pure=False))
    best = client.gather(client.map(_best, blocks.futures, average=average, pure=False))
    block = int(np.argmax([cosine for cosine, _ in best]))
    return int(blocks.offsets[block]) + int(best[block][1])


def _opinions(block: Block, first: int, given: tuple[ItemBiases, NDArray[np.int64]], every: int) -> NDArray[np.float64]:
    """Those of each `every`-th user, counted from the first of the dataset."""
    biases, popular = given
    asked = np.arange(-first % every, len(block.users), every)
    return opinions(block.matrix[asked], asked, biases.with_users(block.matrix), popular)


def _sum_of_units(block: Block) -> NDArray[np.float64]:
    total: NDArray[np.float64] = block.matrix.T @ _scales(block)
    return total


def _best(block: Block, average: NDArray[np.float64]) -> tuple[float, int]:
    cosines = _scales(block) * (block.matrix @ average)
    row = int(np.argmax(cosines))
    return float(cosines[row]), row


def _scales(block: Block) -> NDArray[np.float64]:
    lengths = row_lengths(block.matrix)
    return np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
