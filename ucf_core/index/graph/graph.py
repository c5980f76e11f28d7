"""A saved HNSW graph as plain arrays, read without hnswlib.

The layout is that of `saveIndex` in hnswlib 0.8's hnswalg.h, little-endian: a header of 96 bytes; the bottom layer, one
record an element (number of links, deletion mark, room for 2 M links, vector, label); then for each element the size in
bytes of its links on the layers above, and those links, M and their number a layer. The terms are those of Malkov &
Yashunin 2018.

The bottom layer, nearly all of a file, is mapped and checked where it is used, so opening costs milliseconds at any
size. The layers above, a few per cent, are read and checked at once.
"""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import ArtifactError
from ucf_core.base.specs import MAX_M
from ucf_core.index.hnsw.file_layout import HEADER, DamageError, UpperLayers, bottom_record, read_upper
from ucf_core.index.hnsw.index import HnswIndex

# Levels fall off exponentially: with M=2, one node in 2^64 would be above.
_MOST_LEVELS = 64


@dataclass(frozen=True, eq=False)
class HnswGraph:
    """One HNSW graph. Nodes are numbered by insertion, as in hnswlib; `rows_of` gives their rows.

    Attributes:
        name: where the graph came from, for messages.
        M: links a new node gets; a node has room for M on the upper layers, and for 2 M on the bottom one.
        ef_construction: search breadth while the graph was built.
        entry: the node at which every search begins.
        upper: the layers above the bottom one.
        records: (n_nodes,) structured array, the bottom layer of the file; unchecked.
    """

    name: str
    M: int
    ef_construction: int
    entry: int
    upper: UpperLayers
    records: NDArray[np.void]

    @property
    def n_nodes(self) -> int:
        """Nodes in the graph, all of them on the bottom layer."""
        return int(self.records.size)

    @property
    def dim(self) -> int:
        """Length of the vectors."""
        return int(self.records["vector"].shape[1])

    @property
    def top(self) -> int:
        """The highest layer; the bottom one is 0."""
        return self.upper.top

    def links(self, node: int, layer: int) -> NDArray[np.int64]:
        """The nodes that `node` links to on a layer it is on, in stored order.

        Raises ArtifactError where there are no such nodes.
        """
        if layer:
            return self.upper.links(node, layer)
        record = self.records[node]
        number, room = int(record["n_links"]), 2 * self.M
        if number > room:
            self.raise_damaged(f"node {node:,} claims {number:,} links on the bottom layer, which has room for {room}")
        if record["mark"]:
            self.raise_damaged(
                f"node {node:,} carries a deletion mark of {int(record['mark'])}, and nothing is ever deleted"
            )
        links: NDArray[np.int64] = record["links"][:number].astype(np.int64)
        if number and links.max() >= self.n_nodes:
            self.raise_damaged(f"node {node:,} links to node {links.max():,}, and there are {self.n_nodes:,} nodes")
        return links

    def vectors(self, nodes: NDArray[np.int64]) -> NDArray[np.float32]:
        """The stored vectors of nodes, (m, dim). Raises ArtifactError where one is not finite."""
        vectors: NDArray[np.float32] = self.records["vector"][nodes]
        if not np.isfinite(vectors).all():
            broken = int(nodes[~np.isfinite(vectors).all(axis=1)][0])
            self.raise_damaged(f"the vector of node {broken:,} holds a number that is not finite")
        return vectors

    def rows_of(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of nodes (hnswlib's labels), (m,). Raises ArtifactError where there is no such row."""
        labels = self.records["label"][nodes]
        beyond = np.flatnonzero(labels >= self.n_nodes)
        if beyond.size:
            node, label = int(nodes[beyond[0]]), int(labels[beyond[0]])
            self.raise_damaged(f"node {node:,} is labelled row {label:,}, and there are {self.n_nodes:,} rows")
        rows: NDArray[np.int64] = labels.astype(np.int64)
        return rows

    def raise_damaged(self, reason: str) -> NoReturn:
        """Raise ArtifactError: the graph is damaged, and why."""
        raise _damaged(self.name, reason)


def open_graph(path: Path) -> HnswGraph:
    """The graph that hnswlib saved at `path`, mapped. Raises ArtifactError unless it is complete."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(HEADER.size)
        if len(header) < HEADER.size:
            raise DamageError(f"it is {len(header)} bytes long, and the header alone takes {HEADER.size}")
        return _graph(path, header, size)
    except OSError as error:
        raise _damaged(str(path), error.strerror or str(error)) from error
    except DamageError as error:
        raise _damaged(str(path), str(error)) from error


def graph_in_memory(index: HnswIndex) -> HnswGraph:
    """The graph of an index that is not on disk, read from a temporary file."""
    with tempfile.TemporaryDirectory(prefix="ucf-graph-") as folder:
        path = Path(folder) / "graph.bin"
        index.save(path)
        mapped = open_graph(path)
        copied = replace(mapped, name="the HNSW graph in memory", records=np.array(mapped.records))
        del mapped  # Windows deletes no file that is mapped
    return copied


def _damaged(name: str, reason: str) -> ArtifactError:
    return ArtifactError(f"{name} is not a readable HNSW graph: {reason}; delete it to have it built again")


def _graph(path: Path, header: bytes, size: int) -> HnswGraph:
    start, capacity, count, width, label_at, vector_at, *rest = HEADER.unpack(header)
    top, entry, upper, bottom, M, _, breadth = rest
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
    needed = HEADER.size + count * (width + 4)
    if size < needed:
        raise DamageError(f"it is cut short: {size:,} bytes, and {count:,} vectors take at least {needed:,}")
    # a plain array over the map: each look at a memmap makes an object that keeps the file's name
    records = np.asarray(np.memmap(path, bottom_record(M, vector_bytes // 4), "r", HEADER.size, (count,)))
    words = np.fromfile(path, "<u4", offset=HEADER.size + count * width)
    if size % 4:
        raise DamageError(f"it is {size:,} bytes long, which is no multiple of 4")
    layers = read_upper(words, n_nodes=count, M=M, top=top, entry=entry)
    return HnswGraph(str(path), M, breadth, entry, layers, records)
