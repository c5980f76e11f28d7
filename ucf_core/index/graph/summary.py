"""Summary of an HNSW graph (layers, links of its nodes, unreachable rows), and why a search missed a neighbour."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.arrays import read_only
from ucf_core.index.graph.graph import HnswGraph
from ucf_core.index.graph.trace import SearchTrace


@dataclass(frozen=True)
class Layer:
    """One layer: its number (0 is the bottom), nodes on it, links between them, and the most links a node may have."""

    number: int
    nodes: int
    links: int
    room: int

    @property
    def mean_links(self) -> float:
        """Links a node."""
        return self.links / self.nodes


@dataclass(frozen=True, eq=False)
class GraphSummary:
    """All layers, and the links of the bottom one. Arrays are read-only.

    Attributes:
        layers: from the bottom up.
        entry: row at which every search begins.
        out_degrees, in_degrees: (n_rows,) int64 links that leave and reach each row on the bottom layer.
        unreachable: (u,) int64 rows, ascending, to which no path leads on the bottom layer from any node at which a
            search can enter it. No search finds them, however broad.
        incoming: (n_rows, n_rows) of ones: row i holds the rows that link to row i on the bottom layer.
    """

    layers: tuple[Layer, ...]
    entry: int
    out_degrees: NDArray[np.int64]
    in_degrees: NDArray[np.int64]
    unreachable: NDArray[np.int64]
    incoming: csr_array

    def __post_init__(self) -> None:
        read_only(self.out_degrees, self.in_degrees, self.unreachable)
        read_only(self.incoming.data, self.incoming.indices, self.incoming.indptr)

    def linking_to(self, row: int) -> NDArray[np.int64]:
        """The rows that link to `row` on the bottom layer, ascending."""
        start, stop = self.incoming.indptr[row], self.incoming.indptr[row + 1]
        rows: NDArray[np.int64] = np.sort(self.incoming.indices[start:stop]).astype(np.int64)
        return rows


def summarise_graph(graph: HnswGraph) -> GraphSummary:
    """The summary of a graph: half a second at 160,000 nodes. Raises ArtifactError where the graph is damaged."""
    rows = graph.rows_of(np.arange(graph.n_nodes))
    if np.bincount(rows).max() > 1:
        graph.raise_damaged("two nodes are labelled with the same row")
    bottom = _bottom_layer(graph)
    upper = [graph.upper.link_counts(number) for number in range(1, graph.top + 1)]
    layers = [Layer(0, graph.n_nodes, int(bottom.nnz), 2 * graph.M)]
    layers += [Layer(number, counts.size, int(counts.sum()), graph.M) for number, counts in enumerate(upper, 1)]
    by_row = np.empty_like(rows)
    by_row[rows] = np.arange(rows.size)
    # rows in the place of node numbers, and the other way round: column v of the links becomes row v
    columns = rows[bottom.indices].astype(np.int32)
    outgoing = csr_array((bottom.data, columns, bottom.indptr), shape=bottom.shape)[by_row]
    incoming = csr_array(outgoing.T)
    return GraphSummary(
        tuple(layers),
        int(rows[graph.entry]),
        np.diff(outgoing.indptr).astype(np.int64),
        np.diff(incoming.indptr).astype(np.int64),
        np.sort(rows[_unreachable(graph, bottom)]),
        incoming,
    )


def _bottom_layer(graph: HnswGraph) -> csr_array:
    """The links of the bottom layer, by node number, as ones. Raises ArtifactError where one leads nowhere."""
    counts = graph.records["n_links"].astype(np.int64)
    room = 2 * graph.M
    if counts.max() > room:
        node = int(counts.argmax())
        graph.raise_damaged(
            f"node {node:,} claims {counts[node]:,} links on the bottom layer, which has room for {room}"
        )
    targets = graph.records["links"][np.arange(room) < counts[:, None]]
    if targets.size and targets.max() >= graph.n_nodes:
        graph.raise_damaged(f"a link leads to node {targets.max():,}, and there are {graph.n_nodes:,} nodes")
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    shape = (graph.n_nodes, graph.n_nodes)
    return csr_array((np.ones(targets.size, np.float32), targets.astype(np.int32), indptr), shape=shape)


def _unreachable(graph: HnswGraph, bottom: csr_array) -> NDArray[np.int64]:
    """Nodes to which the bottom layer has no path from the nodes of layer 1 at which a search can enter it.

    One extra node links to all of those.
    """
    from scipy.sparse.csgraph import breadth_first_order  # a tenth of a second, and seldom needed

    n = graph.n_nodes
    doors = _reached_above(graph)
    indptr = np.append(bottom.indptr, bottom.indptr[-1] + doors.size)
    indices = np.append(bottom.indices, doors.astype(bottom.indices.dtype))
    with_start = csr_array((np.ones(indices.size, np.float32), indices, indptr), shape=(n + 1, n + 1))
    reached = np.zeros(n + 1, dtype=np.bool_)
    reached[breadth_first_order(with_start, n, return_predecessors=False)] = True
    return np.flatnonzero(~reached[:n])


def _reached_above(graph: HnswGraph) -> NDArray[np.int64]:
    """Nodes of layer 1 that can be reached from the entry point over the upper layers; the entry point at least."""
    reached = {graph.entry}
    for layer in range(graph.top, 0, -1):
        frontier = list(reached)
        while frontier:
            links = graph.links(frontier.pop(), layer).tolist()
            fresh = [node for node in links if node not in reached]
            reached.update(fresh)
            frontier += fresh
    return np.array(sorted(reached), dtype=np.int64)


Why: TypeAlias = Literal["unreachable", "not visited", "passed by", "pushed out"]


@dataclass(frozen=True)
class Miss:
    """A true neighbour that the search did not return.

    Attributes:
        row: the neighbour.
        rank: its place among the true neighbours, from 1.
        why: "unreachable", no path in the graph leads to it; "not visited", the search ended before it followed a
            link to it; "passed by", it was visited on an upper layer only, which adds nothing to the list; "pushed
            out", it was visited on the bottom layer, but the list was full of nearer or equally near ones.
        links: nodes of the bottom layer that link to it.
        seen: how many of these the search visited on the bottom layer, too far to follow their links.
        nearest_link: (similarity) the one of these most similar to the query; None where nothing links to it.
    """

    row: int
    rank: int
    why: Why
    links: int
    seen: int
    nearest_link: float | None


def explain_misses(
    trace: SearchTrace,
    summary: GraphSummary,
    truth: Iterable[int],
    units: NDArray[np.float32],
    query: NDArray[np.float32],
) -> tuple[Miss, ...]:
    """Why each of the true neighbours `truth` (rows, nearest first) that `trace` did not find was missed.

    `units` are the vectors of all rows, (n_rows, dim), `query` the one that was searched for, (dim,).
    """
    found, looked_at = set(trace.rows.tolist()), set(trace.visits.rows.tolist())
    at_the_bottom = trace.at_the_bottom
    unreachable = set(summary.unreachable.tolist())
    misses = []
    for rank, row in enumerate(truth, 1):
        if row in found:
            continue
        links = summary.linking_to(row)
        why: Why = "not visited"
        if row in at_the_bottom:
            why = "pushed out"
        elif row in unreachable:
            why = "unreachable"
        elif row in looked_at:
            why = "passed by"
        nearest = float((units[links] @ query).max()) if links.size else None
        misses.append(Miss(row, rank, why, links.size, len(at_the_bottom.intersection(links.tolist())), nearest))
    return tuple(misses)
