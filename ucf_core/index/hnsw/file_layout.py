"""Reads a graph saved by hnswlib 0.8 (`saveIndex` in its hnswalg.h), little-endian, without hnswlib.

A header of 96 bytes; the bottom layer, one record an element; then for each element a size in bytes, 0 for the many
that are on the bottom layer alone, and for each of its upper layers a count and room for M links.

The bottom layer, nearly all of a file, is mapped and checked where it is used, so opening costs milliseconds at any
size. The upper layers, a few per cent, are read and checked at once.
"""

import struct
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only
from ucf_core.base.specs import MAX_M

# level-0 offset, max elements, count, bytes an element, label offset, vector offset; top level, entry point;
# links a node on upper layers, on the bottom layer, M; 1 / ln M, ef_construction
_HEADER = struct.Struct("<6QiI3QdQ")

# Levels fall off exponentially: with M=2, one node in 2^64 would be above.
_MOST_LEVELS = 64


class DamageError(Exception):
    """What is wrong with a file; callers add its name in an ArtifactError."""


@dataclass(frozen=True, eq=False)
class GraphFile:
    """A whole file, of which the header and the upper layers were checked.

    Attributes:
        M: links a new node gets; a node has room for M on the upper layers, and for 2 M on the bottom one.
        ef_construction: search breadth while the graph was built.
        entry: the node at which every search begins.
        upper: the layers above the bottom one.
        records: (n_nodes,) the bottom layer, mapped and unchecked: `n_links`, `mark` (not 0 where the node was
            deleted), `links`, `vector` and `label`.
    """

    M: int
    ef_construction: int
    entry: int
    upper: "UpperLayers"
    records: NDArray[np.void]


@dataclass(frozen=True, eq=False)
class UpperLayers:
    """Nodes and links of the layers 1, 2, ... Arrays are read-only.

    Attributes:
        nodes: (n,) int64 nodes that are on layer 1, ascending.
        levels: (n,) int64 the highest layer of each.
        top: the highest layer of all; 0 where there is only the bottom one.
        first: (n,) int64 for each node the place in `counts` and `targets` of its list on layer 1; those of the layers
            above follow.
        counts: (m,) int64 links in each list.
        targets: (m, M) int64 nodes linked to; of each row the first `counts` are links.
    """

    nodes: NDArray[np.int64]
    levels: NDArray[np.int64]
    top: int
    first: NDArray[np.int64]
    counts: NDArray[np.int64]
    targets: NDArray[np.int64]

    def __post_init__(self) -> None:
        read_only(self.nodes, self.levels, self.first, self.counts, self.targets)

    def links(self, node: int, layer: int) -> NDArray[np.int64]:
        """The nodes that `node` links to on a layer >= 1 that it is on, in stored order."""
        place = int(self.first[np.searchsorted(self.nodes, node)]) + layer - 1
        return self.targets[place, : self.counts[place]]

    def on(self, layer: int) -> NDArray[np.int64]:
        """The nodes on a layer >= 1, ascending."""
        return self.nodes[self.levels >= layer]

    def link_counts(self, layer: int) -> NDArray[np.int64]:
        """Links of each node that is on a layer >= 1, in the order of `on`."""
        return self.counts[self.first[self.levels >= layer] + layer - 1]


def read_graph_file(path: Path) -> GraphFile:
    """The graph in a file. Raises DamageError unless it is complete, OSError where it cannot be read."""
    with path.open("rb") as file:
        header, size = file.read(_HEADER.size), path.stat().st_size
    if len(header) < _HEADER.size:
        raise DamageError(f"it is {len(header)} bytes long, and the header alone takes {_HEADER.size}")
    start, capacity, count, width, label_at, vector_at, top, entry, upper, bottom, M, _, breadth = _HEADER.unpack(
        header
    )
    if not 1 <= M <= MAX_M or (upper, bottom) != (M, 2 * M):
        raise DamageError(f"its header says M={M:,} with room for {upper:,} and {bottom:,} links, not M and 2 M")
    vector_bytes = label_at - vector_at
    if start or vector_at != 4 + 4 * bottom or vector_bytes < 4 or vector_bytes % 4 or width != label_at + 8:
        raise DamageError(f"its header puts vectors at byte {vector_at:,} and labels at {label_at:,} of {width:,}")
    if not 1 <= count <= capacity:
        raise DamageError(f"its header says {count:,} vectors of at most {capacity:,}")
    if not 0 <= top <= _MOST_LEVELS:
        raise DamageError(f"its header says that the top layer is {top}; choose 0 to {_MOST_LEVELS}")
    if entry >= count:
        raise DamageError(f"its search begins at node {entry:,}, and there are {count:,} nodes")
    needed = _HEADER.size + count * (width + 4)
    if size < needed:
        raise DamageError(f"it is cut short: {size:,} bytes, and {count:,} vectors take at least {needed:,}")
    if size % 4:
        raise DamageError(f"it is {size:,} bytes long, which is no multiple of 4")
    record = np.dtype(
        [
            ("n_links", "<u2"),
            ("mark", "<u2"),
            ("links", "<u4", (2 * M,)),
            ("vector", "<f4", (vector_bytes // 4,)),
            ("label", "<u8"),
        ]
    )
    # a plain array over the map: each look at a memmap makes an object that keeps the file's name
    records = np.asarray(np.memmap(path, record, "r", _HEADER.size, (count,)))
    words = np.fromfile(path, "<u4", offset=_HEADER.size + count * width)
    return GraphFile(M, breadth, entry, _read_upper(words, n_nodes=count, M=M, top=top, entry=entry), records)


def _read_upper(words: NDArray[np.uint32], *, n_nodes: int, M: int, top: int, entry: int) -> UpperLayers:
    """The upper layers from the end of a file, as 32-bit words. Raises DamageError unless they are whole and fit."""
    nodes, levels, starts = _parsed(words, n_nodes, M, top)
    entry_level = int(levels[np.searchsorted(nodes, entry)]) if entry in nodes else 0
    if entry_level != top:
        raise DamageError(f"its search begins at layer {top}, and node {entry:,} there reaches layer {entry_level}")
    per_list = np.repeat(starts, levels)
    first = np.cumsum(levels) - levels
    layer = np.arange(per_list.size) - np.repeat(first, levels) + 1
    lists = words[(per_list + (layer - 1) * (1 + M))[:, None] + np.arange(1 + M)].astype(np.int64)
    upper = UpperLayers(nodes, levels, top, first, lists[:, 0] & 0xFFFF, lists[:, 1:])
    _check_links(upper, layer, n_nodes, M)
    return upper


def _parsed(
    words: NDArray[np.uint32], n_nodes: int, M: int, top: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """For each node above the bottom layer: its number, its level, and where its first list begins in `words`.

    Most sizes are 0, so it goes from one word that is not to the next.
    """
    filled: list[int] = np.flatnonzero(words).tolist()
    nodes: list[int] = []
    levels: list[int] = []
    starts: list[int] = []
    node, at, length = 0, 0, 1 + M
    while node < n_nodes:
        place = bisect_left(filled, at)
        if place == len(filled):
            node, at = n_nodes, at + n_nodes - node
            break
        node, at = node + filled[place] - at, filled[place]
        if node >= n_nodes:
            break
        level, rest = divmod(int(words[at]), 4 * length)
        if rest or level > top:
            raise DamageError(f"the upper links of node {node:,} take {int(words[at]):,} bytes, which cannot be")
        nodes.append(node)
        levels.append(level)
        starts.append(at + 1)
        node, at = node + 1, at + 1 + level * length
    at -= node - n_nodes
    if at != len(words):
        raise DamageError("it is cut short in its upper layers" if at > len(words) else "it goes on after its end")
    return np.array(nodes, np.int64), np.array(levels, np.int64), np.array(starts, np.int64)


def _check_links(upper: UpperLayers, layer: NDArray[np.int64], n_nodes: int, M: int) -> None:
    """Every list has room for its links, and every link leads to a node that is on the layer."""
    if (upper.counts > M).any():
        raise DamageError(f"a node claims {upper.counts.max():,} links on an upper layer, which has room for {M}")
    used = np.arange(M) < upper.counts[:, None]
    targets = upper.targets[used]
    if not targets.size:
        return
    if targets.max() >= n_nodes:
        raise DamageError(f"a link of an upper layer leads to node {targets.max():,}, and there are {n_nodes:,} nodes")
    place = np.minimum(np.searchsorted(upper.nodes, targets), upper.nodes.size - 1)
    reached = np.where(upper.nodes[place] == targets, upper.levels[place], 0)
    below = np.flatnonzero(reached < np.broadcast_to(layer[:, None], used.shape)[used])
    if below.size:
        raise DamageError(f"a link of an upper layer leads to node {targets[below[0]]:,}, which is not on that layer")
