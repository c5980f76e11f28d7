"""Charts of an HNSW graph: its layers, and how many links its nodes have."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from ucf_core.index.graph.summary import GraphSummary
from ucf_ui.figures.frame import decades, drawn
from ucf_ui.figures.palette import BLUE, ORANGE, TEAL


def layer_bars(summary: GraphSummary) -> go.Figure:
    """Users on each layer, the top one above, on a logarithmic axis."""
    layers = summary.layers
    names = ["Bottom (0)", *(f"Layer {layer.number}" for layer in layers[1:])]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [layer.nodes for layer in layers],
        "y": names,
        "marker": {"color": [BLUE, *[TEAL] * (len(layers) - 1)]},
        "text": [f"{layer.nodes:,}" for layer in layers],
        # beside the bars: within those of many layers Plotly would turn the numbers, and make them too small to read
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [[layer.links, layer.mean_links, layer.room] for layer in layers],
        "hovertemplate": "%{y}: %{x:,} users, %{customdata[0]:,} links, %{customdata[1]:.1f} a user (room for "
        "%{customdata[2]})<extra></extra>",
    }
    most = layers[0].nodes
    # a bar of one user would have no length from 1
    x = {"type": "log", "range": [np.log10(0.5), np.log10(most * 2.5)]} | decades(1, most)
    y = {"type": "category"}
    return drawn([bars], "Users on each layer", "Users (log scale)", "Layer", xaxis=x, yaxis=y)


def degree_histogram(summary: GraphSummary) -> go.Figure:
    """Users by links that leave them and by links that lead to them, on the bottom layer."""
    most = int(max(summary.out_degrees.max(), summary.in_degrees.max()))
    width = max(1, -(-(most + 1) // 60))
    edges = np.arange(0, most + width + 1, width)
    traces: list[dict[str, Any]] = []
    for name, degrees, colour, shift in (
        ("Links to others", summary.out_degrees, BLUE, 0.28),
        ("Links from others", summary.in_degrees, ORANGE, 0.72),
    ):
        counts, _ = np.histogram(degrees, bins=edges)
        ranges = [f"{low}" if width == 1 else f"{low} to {low + width - 1}" for low in edges[:-1].tolist()]
        traces.append(
            {
                "type": "bar",
                # bars that share a bin stand side by side around its middle
                "x": edges[:-1] + width * shift - (0.5 if width == 1 else 0),
                "y": counts,
                "width": 0.42 * width,
                "name": name,
                "marker": {"color": colour},
                "customdata": ranges,
                "hovertemplate": "%{customdata} links: %{y:,} users<extra>" + name + "</extra>",
            }
        )
    return drawn(traces, "Links of a user on the bottom layer", "Links", "Users", xaxis={"rangemode": "tozero"})
