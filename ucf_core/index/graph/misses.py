"""Why a search in an HNSW graph missed a true neighbour."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.index.graph.summary import GraphSummary
from ucf_core.index.graph.trace import SearchTrace

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
