"""The user most like the average, over blocks on workers: what `Ratings.most_typical` is on one machine."""

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import row_lengths
from ucf_core.cluster.dask.tree import added
from ucf_core.cluster.input.blocks import Block, Blocks


def most_typical(blocks: Blocks) -> int:
    """The row of the highest cosine with the sum of all unit rows; among equals the lowest."""
    client = blocks.client
    average = added(client, client.map(_sum_of_units, blocks.futures, pure=False))
    best = client.gather(client.map(_best, blocks.futures, average=average, pure=False))
    block = int(np.argmax([cosine for cosine, _ in best]))
    return int(blocks.offsets[block]) + int(best[block][1])


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
