"""Charts of an HNSW graph, and of one search in it: how it comes nearer, what it finds, and why it stops."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from ucf_core.explorer.traced_search import TracedSearch
from ucf_core.index.graph.summary import GraphSummary
from ucf_ui.figures.frame import Trace, chart, log_ticks, trace
from ucf_ui.figures.palette import BLUE, MARKED, NEIGHBOUR, ORANGE, REFERENCE, TEAL, faint


def layer_bars(summary: GraphSummary) -> go.Figure:
    """Users on each layer, the top one above, on a logarithmic axis."""
    layers = summary.layers
    bars = trace(
        "bar",
        [layer.nodes for layer in layers],
        ["Bottom (0)", *(f"Layer {layer.number}" for layer in layers[1:])],
        hover="%{y}: %{x:,} users, %{customdata[0]:,} links, %{customdata[1]:.1f} a user (room for %{customdata[2]})",
        orientation="h",
        marker={"color": [BLUE, *[TEAL] * (len(layers) - 1)]},
        text=[f"{layer.nodes:,}" for layer in layers],
        # beside the bars: within those of many layers Plotly would rotate the numbers, and make them too small to read
        textposition="outside",
        cliponaxis=False,
        customdata=[[layer.links, layer.mean_links, layer.room] for layer in layers],
    )
    most = layers[0].nodes
    # a bar of one user would have no length from 1
    x = {"type": "log", "range": [np.log10(0.5), np.log10(most * 2.5)]} | log_ticks(1, most)
    return chart([bars], "Users on each layer", "Users (log scale)", "Layer", xaxis=x, yaxis={"type": "category"})


def degree_histogram(summary: GraphSummary) -> go.Figure:
    """Users by links that leave them and by links that lead to them, on the bottom layer."""
    most = int(max(summary.out_degrees.max(), summary.in_degrees.max()))
    width = max(1, -(-(most + 1) // 60))
    edges = np.arange(0, most + width + 1, width)
    ranges = [f"{low}" if width == 1 else f"{low} to {low + width - 1}" for low in edges[:-1].tolist()]
    traces = []
    for name, degrees, colour, shift in (
        ("Links to others", summary.out_degrees, BLUE, 0.28),
        ("Links from others", summary.in_degrees, ORANGE, 0.72),
    ):
        # bars that share a bin are drawn side by side around its middle
        x = edges[:-1] + width * shift - (0.5 if width == 1 else 0)
        counts, _ = np.histogram(degrees, bins=edges)
        looks = {"width": 0.42 * width, "marker": {"color": colour}, "customdata": ranges}
        traces.append(trace("bar", x, counts, name, "%{customdata} links: %{y:,} users", **looks))
    return chart(traces, "Links of a user on the bottom layer", "Links", "Users", xaxis={"rangemode": "tozero"})


def approach_curve(traced: TracedSearch, done: int) -> go.Figure:
    """Similarity of the best and of the k-th best user seen, over distances computed; marked after `done` steps."""
    progress, hover = traced.progress, "After %{x:,} distances: similarity %{y:.3f}"
    traces = [
        trace("lines", progress.counted, values, name, hover, line={"color": colour, "shape": "hv", "width": 2})
        for name, values, colour in (
            ("Best so far", progress.nearest, BLUE),
            (f"Number {traced.found.k} so far", progress.kth, NEIGHBOUR),
        )
    ]
    now = int(np.searchsorted(progress.steps, done)) - 1
    if now >= 0:
        x, y, star = [progress.counted[now]], [progress.nearest[now]], {"color": MARKED, "size": 12, "symbol": "star"}
        traces.append(trace("markers", x, y, "This step", hover, marker=star, showlegend=False))
    return _over_distances(traced, traces, "How the search comes nearer", "Similarity (cosine)")


def hits_curve(traced: TracedSearch) -> go.Figure:
    """True neighbours seen, over distances computed."""
    progress, k = traced.progress, traced.exact.k
    curve = trace(
        "lines",
        progress.counted,
        progress.hits,
        "Seen",
        f"After %{{x:,}} distances: %{{y}} of {k} seen<extra></extra>",
        fill="tozeroy",
        fillcolor=faint(NEIGHBOUR, 0.25),
        line={"color": NEIGHBOUR, "shape": "hv", "width": 2},
        showlegend=False,
    )
    axis = {"range": [0, k * 1.05]}
    return _over_distances(traced, [curve], "True neighbours seen", f"Of the {k} true neighbours", axis)


def frontier_curve(traced: TracedSearch) -> go.Figure:
    """Bottom layer: similarity of each user whose links were followed, and of the worst result, which is the bar."""
    # the user searched for may be visited too, and would stretch the axis to similarity 1
    bottom = [
        (number, step)
        for number, step in enumerate(traced.trace.steps, 1)
        if not step.layer and step.row != traced.found.user
    ]
    numbers = [number for number, _ in bottom]
    traces = [
        trace(
            "markers",
            numbers,
            [1 - step.distance for _, step in bottom],
            "Links followed",
            "Step %{x}: similarity %{y:.3f}<extra>Followed</extra>",
            marker={"color": BLUE, "size": 5},
        ),
        trace(
            "lines",
            numbers,
            [None if np.isinf(step.worst) else 1 - step.worst for _, step in bottom],
            "Worst one kept",
            "Step %{x}: the worst kept has similarity %{y:.3f}<extra>Bar</extra>",
            line={"color": ORANGE, "width": 2, "shape": "hv"},
        ),
    ]
    return chart(traces, "Why it stops", "Step (on the bottom layer)", "Similarity (cosine)")


def _over_distances(
    traced: TracedSearch, traces: list[Trace], title: str, y: str, yaxis: dict[str, Any] | None = None
) -> go.Figure:
    """Traces over the number of distances computed, beside what exact search computes; upper layers are shaded."""
    n_users = traced.trace.n_rows
    most = max(traced.trace.n_distances, n_users)
    edge = {"type": "line", "xref": "x", "yref": "paper", "x0": n_users, "x1": n_users, "y0": 0, "y1": 1}
    shapes: list[dict[str, Any]] = [edge | {"line": {"color": REFERENCE, "dash": "dot"}}]
    label = {"xref": "x", "yref": "paper", "y": 0.98, "showarrow": False, "xanchor": "left"}
    # rotated, right of the line: the curves end before it
    notes = [label | {"x": np.log10(n_users), "yanchor": "top", "textangle": 90, "text": "exact search"}]
    above = traced.progress.counted[traced.progress.layers > 0]
    if above.size:
        area = {"x0": 1, "x1": int(above[-1]), "fillcolor": faint(REFERENCE, 0.16), "line": {"width": 0}}
        shapes.append(edge | {"type": "rect"} | area)
        notes.append(label | {"x": 0, "text": "upper layers"})
    axis = {"type": "log", "range": [0, np.log10(most * 1.6)]} | log_ticks(1, most)
    x = "Distances computed (log scale)"
    return chart(traces, title, x, y, xaxis=axis, yaxis=yaxis, shapes=shapes, annotations=notes)
