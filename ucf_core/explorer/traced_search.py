"""Trace one user's search in the HNSW graph and compare it with exact search."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only
from ucf_core.base.specs import QuerySpec, changed
from ucf_core.explorer.builds import Builds
from ucf_core.index.graph.summary import GraphSummary, Miss, explain_misses
from ucf_core.index.graph.trace import SearchTrace, trace_search
from ucf_core.index.graph.trace_views import SearchProgress, radial_map, search_progress
from ucf_core.neighbours.neighbours import Neighbours
from ucf_core.neighbours.recall import as_near


@dataclass(frozen=True, eq=False)
class TracedSearch:
    """A search in the HNSW graph, what it missed and why. Arrays are read-only.

    Attributes:
        found: what the index itself answers.
        exact: the true neighbours in the same space.
        summary: the graph that was searched.
        trace: the search, for k + 1 rows: one of them is the user.
        progress: how it came nearer to the true neighbours.
        misses: the true neighbours that it did not return, nearest first.
        places: (visited, 2) float64 where the nodes of `trace.visits` are on a map with the user in the middle; how far
            from the middle is the distance, 1 - cosine.
        missed_places: (misses, 2) float64 the same for `misses`.
    """

    found: Neighbours
    exact: Neighbours
    summary: GraphSummary
    trace: SearchTrace
    progress: SearchProgress
    misses: tuple[Miss, ...]
    places: NDArray[np.float64]
    missed_places: NDArray[np.float64]

    def __post_init__(self) -> None:
        read_only(self.places, self.missed_places)

    @property
    def only_ties(self) -> bool:
        """Whether all neighbours that the index missed are ties with ones that it returned."""
        return self.found.engine == "hnsw" and bool(as_near(self.found.similarities, self.exact.similarities).all())

    @property
    def neighbours(self) -> NDArray[np.int64]:
        """The rows that the traced search found, less the user, nearest first; fewer than k where it found fewer."""
        others = self.trace.rows != self.found.user
        rows: NDArray[np.int64] = self.trace.rows[others][: self.found.k]
        return rows

    @property
    def agrees(self) -> bool:
        """Whether the traced search and the index found the same neighbours; they may differ where distances tie."""
        return set(self.neighbours.tolist()) == set(self.found.rows.tolist())

    @property
    def share_computed(self) -> float:
        """Distances computed, as a share of those that exact search computes."""
        return self.trace.n_distances / self.trace.n_rows


def trace_user(builds: Builds, search: Callable[[QuerySpec], Neighbours], query: QuerySpec) -> TracedSearch:
    """Trace the search that answers `query`; `search` gives a user's neighbours. A widened search is traced as widened.

    Raises SpecError unless an HNSW graph over the svd space answers `query`.
    """
    graph, summary = builds.graph(query), builds.graph_summary(query)
    found, exact = search(query), search(changed(query, {"engine": "exact"}))
    units = builds.units(query)
    vector = units[found.user]
    trace = trace_search(graph, vector, k=query.k + 1, ef=found.ef or query.ef)
    truth = exact.rows.tolist()
    misses = explain_misses(trace, summary, truth, units, vector)
    visits = trace.visits.rows
    places = radial_map(units[np.append(visits, [miss.row for miss in misses]).astype(np.int64)], vector)
    return TracedSearch(
        found,
        exact,
        summary,
        trace,
        search_progress(trace, truth, k=found.k, user=found.user),
        misses,
        places[: visits.size],
        places[visits.size :],
    )
