"""The map of one search: the user in the middle, around it the users that the search visited, at their distance."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ucf_core.explorer.traced_search import TracedSearch
from ucf_ui.figures.frame import Trace, chart, literal, segments, trace
from ucf_ui.figures.palette import MARKED, MISSED, NEIGHBOUR, REFERENCE, USER, faint

# Up to this many nodes are legible; where there are more, marks and links are fainter.
_FEW = 300


def search_map(traced: TracedSearch, done: int, visited: Sequence[object], missed: Sequence[object]) -> go.Figure:
    """The search after `done` steps.

    `visited` are the ids of the nodes of `traced.trace.visits`, `missed` those of `traced.misses`.
    """
    visits, places, steps = traced.trace.visits, traced.places, traced.trace.steps
    place = {row: at for at, row in enumerate(visits.rows.tolist())}
    seen = visits.steps < done
    is_true = np.isin(visits.rows, traced.exact.rows)
    others = visits.rows != traced.found.user
    names = _literals(visited)
    # the link by which each node was first reached
    reached = np.flatnonzero(seen & (visits.sources >= 0))
    link = {"color": faint(REFERENCE, max(0.05, 0.4 * min(1.0, _FEW / visits.rows.size))), "width": 1}
    traces = [_links("Link followed", places[visits.sources[reached]], places[reached], link, legend=False)]
    small = {"color": REFERENCE, "size": 3.5 if visits.rows.size > _FEW else 5}
    for name, chosen, marker in (
        ("Looked at", seen & others & ~is_true, small),
        ("True neighbour, seen", seen & others & is_true, {"color": NEIGHBOUR, "size": 7}),
        (
            "True neighbour, not seen yet",
            ~seen & others & is_true,
            {"color": NEIGHBOUR, "size": 7, "symbol": "circle-open"},
        ),
    ):
        traces.append(_nodes(name, places[chosen], names[chosen], marker))
    if 0 < done < len(steps):
        step = steps[done - 1]
        targets = places[np.array([place[row] for row in step.rows.tolist()], dtype=np.int64)]
        source = places[[place[step.row]]]
        line, ring = {"color": MARKED, "width": 1.5}, {"color": MARKED, "size": 14, "symbol": "circle-open"}
        traces.append(_links("Links of this step", np.repeat(source, len(targets), axis=0), targets, line, legend=True))
        traces.append(trace("markers", source[:, 0], source[:, 1], "This step", marker=ring | {"line": {"width": 2}}))
    # the greedy way from the entry point down to the bottom layer
    stops = [traced.trace.entry, *(step.row for step in steps[: min(done, len(traced.trace.descent) + 1)])]
    way = places[[place[row] for row, _ in itertools.groupby(stops)]]
    line, diamond = {"color": USER, "width": 2.5}, {"size": 8, "symbol": "diamond"}
    name = "Way down from the entry"
    traces.append(trace("lines+markers", way[:, 0], way[:, 1], name, line=line, marker=diamond))
    cross, star = {"color": MISSED, "size": 9, "symbol": "x"}, {"color": USER, "size": 15, "symbol": "star"}
    traces.append(_nodes("Missed", traced.missed_places, _literals(missed), cross))
    traces.append(trace("markers", [0], [0], "This user", "The user in question", marker=star))
    return _framed(traced, traces)


def _literals(ids: Sequence[object]) -> NDArray[np.object_]:
    return np.array([literal(one) for one in ids], dtype=object)


def _nodes(name: str, places: NDArray[np.float64], ids: NDArray[np.object_], marker: dict[str, Any]) -> Trace:
    return trace(
        "markers",
        places[:, 0],
        places[:, 1],
        name,
        "User %{text}, similarity %{customdata:.3f}",
        marker=marker,
        text=ids,
        customdata=1 - np.hypot(*places.T),
        visible=True if len(places) else "legendonly",
        showlegend=bool(len(places)),
    )


def _links(
    name: str, starts: NDArray[np.float64], ends: NDArray[np.float64], line: dict[str, Any], *, legend: bool
) -> Trace:
    x, y = segments(starts, ends)
    return trace("lines", x, y, name, line=line, showlegend=legend and bool(len(starts)))


def _framed(traced: TracedSearch, traces: list[Trace]) -> go.Figure:
    """Equal scales, the same at every step, and a ring inside which all true neighbours are."""
    reach = 1.05 * float(np.abs(traced.places).max(initial=0.1))
    ring = 1 - float(traced.exact.similarities[-1])
    axis = {"range": [-reach, reach], "zeroline": False, "showgrid": False, "constrain": "domain"}
    circle = {"type": "circle", "x0": -ring, "x1": ring, "y0": -ring, "y1": ring}
    note = {"xref": "paper", "yref": "paper", "x": 1, "y": 1, "xanchor": "right", "yanchor": "bottom"}
    note |= {"text": "Dotted ring: how far the last true neighbour is", "showarrow": False, "font": {"size": 11}}
    return chart(
        traces,
        "Where the search went",
        "Distance from the user (1 \N{MINUS SIGN} cosine), in every direction",
        None,
        height=560,
        xaxis=axis,
        yaxis=axis | {"scaleanchor": "x", "showticklabels": False},
        margin={"l": 8, "r": 8, "t": 60, "b": 8},
        legend={"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0},
        shapes=[circle | {"line": {"color": NEIGHBOUR, "width": 1, "dash": "dot"}}],
        annotations=[note],
    )
