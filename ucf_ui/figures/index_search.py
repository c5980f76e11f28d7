"""Charts of one search in an HNSW graph: how it comes nearer, what it finds, and why it stops."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from ucf_core.explorer.traced_search import TracedSearch
from ucf_ui.figures.frame import decades, drawn
from ucf_ui.figures.palette import BLUE, MARKED, NEIGHBOUR, ORANGE, REFERENCE, faint

_SHADE = faint(REFERENCE, 0.16)


def approach_curve(traced: TracedSearch, done: int) -> go.Figure:
    """Similarity of the best and of the k-th best user seen, over distances computed; marked after `done` steps."""
    progress = traced.progress
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": progress.counted,
            "y": values,
            "mode": "lines",
            "name": name,
            "line": {"color": colour, "shape": "hv", "width": 2},
            "hovertemplate": "After %{x:,} distances: similarity %{y:.3f}<extra>" + name + "</extra>",
        }
        for name, values, colour in (
            ("Best so far", progress.nearest, BLUE),
            (f"Number {traced.found.k} so far", progress.kth, NEIGHBOUR),
        )
    ]
    now = int(np.searchsorted(progress.steps, done)) - 1
    if now >= 0:
        traces.append(
            {
                "type": "scatter",
                "x": [progress.counted[now]],
                "y": [progress.nearest[now]],
                "mode": "markers",
                "name": "This step",
                "marker": {"color": MARKED, "size": 12, "symbol": "star"},
                "showlegend": False,
                "hovertemplate": "After %{x:,} distances: similarity %{y:.3f}<extra>This step</extra>",
            }
        )
    return _over_distances(traced, traces, "How the search comes nearer", "Similarity (cosine)")


def hits_curve(traced: TracedSearch) -> go.Figure:
    """True neighbours seen, over distances computed."""
    progress, k = traced.progress, traced.exact.k
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": progress.counted,
            "y": progress.hits,
            "mode": "lines",
            "fill": "tozeroy",
            "fillcolor": faint(NEIGHBOUR, 0.25),
            "line": {"color": NEIGHBOUR, "shape": "hv", "width": 2},
            "name": "Seen",
            "hovertemplate": f"After %{{x:,}} distances: %{{y}} of {k} seen<extra></extra>",
            "showlegend": False,
        }
    ]
    axis = {"range": [0, k * 1.05]}
    return _over_distances(traced, traces, "True neighbours seen", f"Of the {k} true neighbours", axis)


def frontier_curve(traced: TracedSearch) -> go.Figure:
    """Bottom layer: similarity of each user whose links were followed, and of the worst one kept, which is the bar."""
    # the user in question is met on the way, and would stretch the axis to similarity 1
    bottom = [
        (number, step)
        for number, step in enumerate(traced.trace.steps, 1)
        if not step.layer and step.row != traced.found.user
    ]
    numbers = [number for number, _ in bottom]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": numbers,
            "y": [1 - step.distance for _, step in bottom],
            "mode": "markers",
            "name": "Links followed",
            "marker": {"color": BLUE, "size": 5},
            "hovertemplate": "Step %{x}: similarity %{y:.3f}<extra>Followed</extra>",
        },
        {
            "type": "scatter",
            "x": numbers,
            "y": [None if np.isinf(step.worst) else 1 - step.worst for _, step in bottom],
            "mode": "lines",
            "name": "Worst one kept",
            "line": {"color": ORANGE, "width": 2, "shape": "hv"},
            "hovertemplate": "Step %{x}: the worst kept has similarity %{y:.3f}<extra>Bar</extra>",
        },
    ]
    return drawn(traces, "Why it stops", "Step (on the bottom layer)", "Similarity (cosine)")


def _over_distances(
    traced: TracedSearch, traces: list[dict[str, Any]], title: str, y: str, yaxis: dict[str, Any] | None = None
) -> go.Figure:
    """Traces over the number of distances computed, beside what exact search computes; upper layers are shaded."""
    n_users = traced.trace.n_rows
    most = max(traced.trace.n_distances, n_users)
    figure = drawn(
        traces,
        title,
        "Distances computed (log scale)",
        y,
        xaxis={"type": "log", "range": [0, np.log10(most * 1.6)]} | decades(1, most),
        yaxis=yaxis,
    )
    edge = {"type": "line", "xref": "x", "yref": "paper", "x0": n_users, "x1": n_users, "y0": 0, "y1": 1}
    shapes: list[dict[str, Any]] = [edge | {"line": {"color": REFERENCE, "dash": "dot"}}]
    label = {"xref": "x", "yref": "paper", "y": 0.98, "showarrow": False}
    # on its side, right of the line: the curves end before it
    aside = {"x": np.log10(n_users), "xanchor": "left", "yanchor": "top", "textangle": 90}
    notes = [label | aside | {"text": "exact search"}]
    above = traced.progress.counted[traced.progress.layers > 0]
    if above.size:
        area = {"x0": 1, "x1": int(above[-1]), "fillcolor": _SHADE, "line": {"width": 0}}
        shapes.append(edge | {"type": "rect"} | area)
        notes.append(label | {"x": 0, "text": "upper layers", "xanchor": "left"})
    return figure.update_layout(shapes=shapes, annotations=notes)
