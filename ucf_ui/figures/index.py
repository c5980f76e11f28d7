"""Charts of an HNSW graph: its layers, and how many links its nodes have."""

import numpy as np
import plotly.graph_objects as go

from ucf_core.index.graph.summary import GraphSummary
from ucf_ui.figures.frame import chart, log_ticks, trace
from ucf_ui.figures.palette import BLUE, ORANGE, TEAL


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
