"""One search in an HNSW graph, step by step, as hnswlib does it (Malkov & Yashunin 2018, algorithms 2 and 5).

From the entry point the search goes greedily to the nearest node of each upper layer. On the bottom layer it follows
the links of the nearest node not yet followed, in a list of the ef nearest nodes seen; it ends when the nearest one
left is farther than the last of the list. Links are visited in the order of hnswlib 0.8 (`searchKnn` and
`searchBaseLayerST` in hnswalg.h), so results are equal wherever distances differ. Distances are 1 minus a dot product,
summed in float64 and rounded to float32, so that equal vectors are equally far.
"""

from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only
from ucf_core.base.errors import SpecError
from ucf_core.index.base import check_k
from ucf_core.index.graph.graph import HnswGraph
from ucf_core.index.graph.heap import Heap, pop, push


@dataclass(frozen=True, eq=False)
class Step:
    """One node whose links were followed. Distances are 1 - cosine, in [0, 2].

    Attributes:
        layer: where; 0 is the bottom layer.
        row, distance: the node, and how far it is from the query.
        rows: (m,) int64 linked nodes whose distance was computed, in that order: on upper layers all, on the bottom
            layer those not seen before.
        distances: (m,) float32.
        entered: (m,) bool: on the bottom layer, nodes that entered the list, if only for a while; on upper layers, the
            node that the search moved to.
        waiting: nodes whose links could be followed next (bottom layer).
        worst: distance of the last node of the list after this step, infinite while it holds fewer than ef (bottom).
    """

    layer: int
    row: int
    distance: float
    rows: NDArray[np.int64]
    distances: NDArray[np.float32]
    entered: NDArray[np.bool_]
    waiting: int = 0
    worst: float = inf

    def __post_init__(self) -> None:
        read_only(self.rows, self.distances, self.entered)


@dataclass(frozen=True, eq=False)
class Visits:
    """Every node that the search looked at, in the order of the first look. Arrays are read-only.

    Attributes:
        rows: (v,) int64 the nodes, each once.
        distances: (v,) float32.
        layers: (v,) int64 where it was first looked at.
        steps: (v,) int64 number of the step that looked at it, -1 for the entry point.
        sources: (v,) int64 position in these arrays of the node whose link led there, -1 for the entry point.
        counted: (v,) int64 distances computed up to and with this one; one node may be looked at on several layers.
    """

    rows: NDArray[np.int64]
    distances: NDArray[np.float32]
    layers: NDArray[np.int64]
    steps: NDArray[np.int64]
    sources: NDArray[np.int64]
    counted: NDArray[np.int64]

    def __post_init__(self) -> None:
        read_only(self.rows, self.distances, self.layers, self.steps, self.sources, self.counted)


@dataclass(frozen=True, eq=False)
class SearchTrace:
    """What one search did.

    Attributes:
        k, ef: rows asked for, and the breadth that was asked for; the search is never narrower than k.
        n_rows: rows that could be found.
        entry, entry_distance: the node at which every search begins, and how far it is.
        steps: nodes whose links were followed, in order: layers from the top down.
        rows: (at most k,) int64 what was found, nearest first; fewer than k where the graph led to no more.
        distances: (same,) float32.
    """

    k: int
    ef: int
    n_rows: int
    entry: int
    entry_distance: float
    steps: tuple[Step, ...]
    rows: NDArray[np.int64]
    distances: NDArray[np.float32]

    def __post_init__(self) -> None:
        read_only(self.rows, self.distances)

    @property
    def n_distances(self) -> int:
        """Distances that hnswlib computes: the entry point, all links, and once more the first node of the bottom."""
        return 2 + sum(step.rows.size for step in self.steps)

    @property
    def descent(self) -> tuple[Step, ...]:
        """The steps on the upper layers."""
        return tuple(step for step in self.steps if step.layer)

    @property
    def at_the_bottom(self) -> set[int]:
        """The rows looked at on the bottom layer: only these can be found."""
        bottom = self.steps[len(self.descent) :]
        return {bottom[0].row}.union(*(step.rows.tolist() for step in bottom))

    @cached_property
    def visits(self) -> Visits:
        """The nodes looked at, each once."""
        place = {self.entry: 0}
        found = [(self.entry, self.entry_distance, self.steps[0].layer, -1, -1, 1)]
        counted, above = 1, True
        for number, step in enumerate(self.steps):
            if above and not step.layer:
                counted, above = counted + 1, False
            for row, distance in zip(step.rows.tolist(), step.distances.tolist(), strict=True):
                counted += 1
                if row not in place:
                    place[row] = len(found)
                    found.append((row, distance, step.layer, number, place[step.row], counted))
        rows, distances, layers, steps, sources, counts = (np.array(column) for column in zip(*found, strict=True))
        return Visits(rows, distances.astype(np.float32), layers, steps, sources, counts)


def trace_search(graph: HnswGraph, query: NDArray[np.float32], *, k: int, ef: int) -> SearchTrace:
    """The search for the k rows nearest to one unit vector, (dim,).

    Raises SpecError for a k, an ef or a vector that does not fit, ArtifactError where the graph turns out damaged.
    """
    check_k(k, graph.n_nodes)
    if ef < 1:
        raise SpecError(f"ef={ef} is out of range; choose ef >= 1")
    if query.shape != (graph.dim,):
        raise SpecError(f"the query has shape {query.shape}; choose one vector of {graph.dim} numbers")
    search = _Search(graph, query)
    best = search.spread(search.descend(), max(ef, k), k)
    rows = graph.rows_of(np.array([graph.entry, *(node for _, node in best)]))
    distances = np.array([distance for distance, _ in best], dtype=np.float32)
    return SearchTrace(
        k, ef, graph.n_nodes, int(rows[0]), search.entry_distance, tuple(search.steps), rows[1:], distances
    )


class _Search:
    """A search in progress; it works with node numbers, and records rows."""

    def __init__(self, graph: HnswGraph, query: NDArray[np.float32]) -> None:
        self.graph = graph
        # as hnswlib normalises it in space "cosine"; a row of zeros stays one
        length = np.float32(np.sqrt(np.square(query, dtype=np.float64).sum()))
        self.query = (query / (length + np.float32(1e-30))).astype(np.float32)
        self.steps: list[Step] = []
        self.entry_distance = float(self._distances(np.array([graph.entry]))[0])

    def descend(self) -> tuple[float, int]:
        """Greedily through the upper layers; the nearest node of layer 1 and its distance."""
        distance, node = self.entry_distance, self.graph.entry
        for layer in range(self.graph.top, 0, -1):
            moved = True
            while moved:
                links = self.graph.links(node, layer)
                distances = self._distances(links)
                entered = np.zeros(links.size, dtype=np.bool_)
                at = int(distances.argmin()) if links.size else 0
                entered[at : at + 1] = moved = bool(links.size and distances[at] < distance)
                self._add_step(layer, node, distance, (links, distances, entered))
                if moved:
                    distance, node = float(distances[at]), int(links[at])
        return distance, node

    def spread(self, nearest: tuple[float, int], ef: int, k: int) -> Heap:
        """Best first over the bottom layer, with a list of ef; the k nearest nodes seen, (distance, node) ascending."""
        seen = np.zeros(self.graph.n_nodes, dtype=np.bool_)
        seen[nearest[1]] = True
        waiting: Heap = [(-nearest[0], nearest[1])]
        found: Heap = [nearest]
        while waiting and -waiting[0][0] <= found[0][0]:
            key, node = pop(waiting)
            links = self.graph.links(node, 0)
            # a list holds no node twice, unless the file is damaged
            fresh = np.array(list(dict.fromkeys(links[~seen[links]].tolist())), dtype=np.int64)
            seen[fresh] = True
            distances = self._distances(fresh)
            entered = np.zeros(fresh.size, dtype=np.bool_)
            for at, (near, other) in enumerate(zip(distances.tolist(), fresh.tolist(), strict=True)):
                if len(found) < ef or near < found[0][0]:
                    push(waiting, -near, other)
                    push(found, near, other)
                    entered[at] = True
                if len(found) > ef:
                    pop(found)
            worst = found[0][0] if len(found) == ef else inf
            self._add_step(0, node, -key, (fresh, distances, entered), len(waiting), worst)
        while len(found) > k:
            pop(found)
        return sorted(found)

    def _distances(self, nodes: NDArray[np.int64]) -> NDArray[np.float32]:
        products = np.einsum("ij,j->i", self.graph.vectors(nodes), self.query, dtype=np.float64)
        distances: NDArray[np.float32] = np.float32(1) - products.astype(np.float32)
        return distances

    def _add_step(
        self, layer: int, node: int, distance: float, seen: tuple[Any, ...], waiting: int = 0, worst: float = inf
    ) -> None:
        """Record a step; `seen`: the nodes looked at, their distances, and which entered the list."""
        nodes, distances, entered = seen
        rows = self.graph.rows_of(np.append(nodes, node))
        self.steps.append(Step(layer, int(rows[-1]), distance, rows[:-1], distances, entered, waiting, worst))
