"""How hnswlib 0.8 lays out a saved graph: `saveIndex` in its hnswalg.h, little-endian.

A header, then the bottom layer with one record an element, then for each element its links on the layers above.
"""

import struct
from typing import Any

import numpy as np

# level-0 offset, max elements, count, bytes an element, label offset, vector offset; top level, entry point;
# links a node on upper layers, on the bottom layer, M; 1 / ln M, ef_construction
HEADER = struct.Struct("<6QiI3QdQ")


def bottom_record(M: int, dim: int) -> np.dtype[Any]:
    """One element of the bottom layer; `mark` is not 0 where the element was deleted."""
    return np.dtype(
        [("n_links", "<u2"), ("mark", "<u2"), ("links", "<u4", (2 * M,)), ("vector", "<f4", (dim,)), ("label", "<u8")]
    )
