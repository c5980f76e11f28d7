"""The map of one search: the user in the middle, the users that it visited around, at their distance."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ucf_core.explorer.traced_search import TracedSearch
from ucf_ui.figures.frame import Chart, literal
from ucf_ui.figures.palette import MARKED, MISSED, NEIGHBOUR, REFERENCE, USER, faint

# Up to this many nodes are legible; where there are more, marks and links are fainter.
_FEW = 300


def search_map(traced: TracedSearch, done: int, visited: Sequence[object], missed: Sequence[object]) -> go.Figure:
    """The search after `done` steps.

    `visited` are the ids of the nodes of `traced.trace.visits`, `missed` those of `traced.misses`.
    """
    visits, places = traced.trace.visits, traced.places
    seen = visits.steps < done
    is_true = np.isin(visits.rows, traced.exact.rows)
    names = np.array([literal(name) for name in visited], dtype=object)
    others = visits.rows != traced.found.user
    many = visits.rows.size > _FEW
    traces = [_links(traced, seen)]
    for name, chosen, marker in (
        ("Looked at", seen & others & ~is_true, {"color": REFERENCE, "size": 3.5 if many else 5}),
        ("True neighbour, seen", seen & others & is_true, {"color": NEIGHBOUR, "size": 7}),
        (
            "True neighbour, not seen yet",
            ~seen & others & is_true,
            {"color": NEIGHBOUR, "size": 7, "symbol": "circle-open"},
        ),
    ):
        traces.append(_nodes(name, places[chosen], names[chosen], marker))
    traces += _current(traced, done, places)
    traces.append(_way(traced, done, places))
    marker = {"color": MISSED, "size": 9, "symbol": "x"}
    missed_names = np.array([literal(name) for name in missed], dtype=object)
    traces.append(_nodes("Missed", traced.missed_places, missed_names, marker))
    traces.append(_nodes("This user", np.zeros((1, 2)), None, {"color": USER, "size": 15, "symbol": "star"}))
    return _framed(traced, traces)


def _nodes(
    name: str, places: NDArray[np.float64], names: NDArray[np.object_] | None, marker: dict[str, Any]
) -> dict[str, Any]:
    similarities = 1 - np.hypot(places[:, 0], places[:, 1])
    hover = "User %{text}, similarity %{customdata:.3f}" if names is not None else "The user in question"
    return {
        "type": "scatter",
        "x": places[:, 0],
        "y": places[:, 1],
        "mode": "markers",
        "name": name,
        "marker": marker,
        "text": names,
        "customdata": similarities,
        "hovertemplate": hover + f"<extra>{name}</extra>",
        "visible": True if len(places) else "legendonly",
        "showlegend": bool(len(places)),
    }


def _lines(name: str, ends: list[NDArray[np.float64]], line: dict[str, Any], *, legend: bool) -> dict[str, Any]:
    """One line from each place to its partner: arrays of (m, 2)."""
    start, stop = ends
    gap = np.full(len(start), np.nan)
    return {
        "type": "scatter",
        "x": np.stack([start[:, 0], stop[:, 0], gap], axis=1).ravel(),
        "y": np.stack([start[:, 1], stop[:, 1], gap], axis=1).ravel(),
        "mode": "lines",
        "name": name,
        "line": line,
        "hoverinfo": "skip",
        "showlegend": legend and bool(len(start)),
    }


def _links(traced: TracedSearch, seen: NDArray[np.bool_]) -> dict[str, Any]:
    """The link by which each node was first reached."""
    visits, places = traced.trace.visits, traced.places
    reached = np.flatnonzero(seen & (visits.sources >= 0))
    colour = faint(REFERENCE, max(0.05, 0.4 * min(1.0, _FEW / visits.rows.size)))
    ends = [places[visits.sources[reached]], places[reached]]
    return _lines("Link followed", ends, {"color": colour, "width": 1}, legend=False)


def _current(traced: TracedSearch, done: int, places: NDArray[np.float64]) -> list[dict[str, Any]]:
    """The links of the step that was done last; nothing before the first and after the last."""
    if not 0 < done < len(traced.trace.steps):
        return []
    step = traced.trace.steps[done - 1]
    place = _place_of(traced)
    targets = np.array([place[row] for row in step.rows.tolist()], dtype=np.int64)
    source = places[np.full(targets.size, place[step.row])]
    lines = _lines("Links of this step", [source, places[targets]], {"color": MARKED, "width": 1.5}, legend=True)
    ring = {"color": MARKED, "size": 14, "symbol": "circle-open", "line": {"width": 2}}
    return [
        lines,
        _nodes("This step", places[[place[step.row]]], None, ring) | {"hoverinfo": "skip", "hovertemplate": None},
    ]


def _way(traced: TracedSearch, done: int, places: NDArray[np.float64]) -> dict[str, Any]:
    """The greedy way from the entry point down to the bottom layer."""
    place = _place_of(traced)
    descent = list(traced.trace.steps[: min(done, len(traced.trace.descent) + 1)])
    stops = [traced.trace.entry, *(step.row for step in descent)]
    stops = [row for at, row in enumerate(stops) if not at or row != stops[at - 1]]
    at = places[[place[row] for row in stops]]
    return {
        "type": "scatter",
        "x": at[:, 0],
        "y": at[:, 1],
        "mode": "lines+markers",
        "name": "Way down from the entry",
        "line": {"color": USER, "width": 2.5},
        "marker": {"size": 8, "symbol": "diamond"},
        "hoverinfo": "skip",
    }


def _place_of(traced: TracedSearch) -> dict[int, int]:
    return {row: at for at, row in enumerate(traced.trace.visits.rows.tolist())}


def _framed(traced: TracedSearch, traces: list[dict[str, Any]]) -> go.Figure:
    """Equal scales, the same at every step, and a ring inside which all true neighbours are."""
    reach = 1.05 * float(np.abs(traced.places).max(initial=0.1))
    ring = 1 - float(traced.exact.similarities[-1])
    axis = {
        "range": [-reach, reach],
        "zeroline": False,
        "showgrid": False,
        "constrain": "domain",
        "title": {"text": "Distance from the user (1 \N{MINUS SIGN} cosine), in every direction", "standoff": 8},
        "automargin": True,
    }
    return Chart(
        {
            "data": traces,
            "layout": {
                "title": {
                    "text": "Where the search went",
                    "font": {"size": 15},
                    "x": 0,
                    "xanchor": "left",
                    "y": 0.98,
                    "yanchor": "top",
                },
                "height": 560,
                "margin": {"l": 8, "r": 8, "t": 60, "b": 8},
                "legend": {"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0},
                "hoverlabel": {"align": "left"},
                "xaxis": axis,
                "yaxis": axis | {"scaleanchor": "x", "title": None, "showticklabels": False},
                "shapes": [
                    {
                        "type": "circle",
                        "x0": -ring,
                        "x1": ring,
                        "y0": -ring,
                        "y1": ring,
                        "line": {"color": NEIGHBOUR, "width": 1, "dash": "dot"},
                    }
                ],
                "annotations": [
                    {
                        "xref": "paper",
                        "yref": "paper",
                        "x": 1,
                        "y": 1,
                        "text": "Dotted ring: how far the last true neighbour is",
                        "showarrow": False,
                        "xanchor": "right",
                        "yanchor": "bottom",
                        "font": {"size": 11},
                    }
                ],
            },
        }
    )
