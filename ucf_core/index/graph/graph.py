"""A saved HNSW graph as plain arrays. The terms are those of Malkov & Yashunin 2018.

What a search reads of the bottom layer is checked then, so opening costs milliseconds at any size.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import ArtifactError
from ucf_core.index.hnsw.file_layout import DamageError, GraphFile, read_graph_file
from ucf_core.index.hnsw.index import HnswIndex


@dataclass(frozen=True, eq=False)
class HnswGraph(GraphFile):
    """One HNSW graph. Nodes are numbered by insertion, as in hnswlib; `rows_of` gives their rows.

    Attributes:
        name: where the graph came from, for messages.
    """

    name: str

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
        return HnswGraph(**vars(read_graph_file(path)), name=str(path))
    except OSError as error:
        raise _damaged(str(path), error.strerror or str(error)) from error
    except DamageError as error:
        raise _damaged(str(path), str(error)) from error


def graph_in_memory(index: HnswIndex) -> HnswGraph:
    """The graph of an index that is not on disk, read from a temporary file."""
    with tempfile.TemporaryDirectory(prefix="ucf-graph-") as folder:
        path = Path(folder) / "graph.bin"
        index.save(path)
        found = dict(vars(read_graph_file(path)))
        found["records"] = np.array(found["records"])  # Windows deletes no file that is mapped
    return HnswGraph(**found, name="the HNSW graph in memory")


def _damaged(name: str, reason: str) -> ArtifactError:
    return ArtifactError(f"{name} is not a readable HNSW graph: {reason}; delete it to have it built again")
