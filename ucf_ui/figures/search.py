"""Charts of what a search found, and of how good the index is."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ucf_core.explorer import RecallPoint
from ucf_core.quality.inspection import Inspection
from ucf_ui.figures.frame import BLUE, GREY, ORANGE, TEAL, drawn, literal


def similarity_by_rank(inspection: Inspection) -> go.Figure:
    """Similarity of the neighbours by rank: what the index found over what exact search finds."""
    found, exact = inspection.found, inspection.exact
    ranks = np.arange(1, exact.k + 1)
    hover = "Rank %{x}: user %{text}, similarity %{y:.3f}"
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": ranks,
            "y": exact.similarities,
            "mode": "lines",
            "name": "Exact search",
            "line": {"color": GREY, "width": 5},
            "opacity": 0.6,
            "text": [literal(user) for user in exact.users.tolist()],
            "hovertemplate": hover + "<extra>Exact</extra>",
        },
        {
            "type": "scatter",
            "x": ranks,
            "y": found.similarities,
            "mode": "lines+markers",
            "name": "HNSW index" if found.engine == "hnsw" else "Shown (exact)",
            "line": {"color": BLUE, "width": 1.5},
            "marker": {"size": 5},
            "text": [literal(user) for user in found.users.tolist()],
            "hovertemplate": hover + "<extra>Found</extra>",
        },
    ]
    missed = np.flatnonzero(~np.isin(exact.rows, found.rows))
    if missed.size:
        traces.append(
            {
                "type": "scatter",
                "x": missed + 1,
                "y": exact.similarities[missed],
                "mode": "markers",
                "name": "Missed",
                "marker": {"color": ORANGE, "size": 10, "symbol": "x"},
                "text": [literal(user) for user in exact.users[missed].tolist()],
                "hovertemplate": "Missed: user %{text}, similarity %{y:.3f}<extra></extra>",
            }
        )
    axis = {"range": [0, exact.k + 1]}
    return drawn(traces, "Similarity by rank", "Rank of the neighbour", "Similarity (cosine)", xaxis=axis)


def recall_curve(points: Sequence[RecallPoint], here: RecallPoint) -> go.Figure:
    """Index recall over ef, with the present setting marked."""
    breadths = [point.ef for point in points]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": breadths,
            "y": [100 * getattr(point.recall, attribute) for point in points],
            "mode": "lines+markers",
            "name": name,
            "line": {"color": colour, "dash": dash},
            "customdata": [point.milliseconds_per_query for point in points],
            "hovertemplate": "ef %{x}: %{y:.2f} %, %{customdata:.3f} ms a query<extra>" + name + "</extra>",
        }
        for name, attribute, colour, dash in (
            ("By id", "recall_by_id", BLUE, "solid"),
            ("By distance", "recall_by_distance", TEAL, "dot"),
        )
    ]
    traces.append(
        {
            "type": "scatter",
            "x": [here.ef],
            "y": [100 * here.recall.recall_by_id],
            "mode": "markers",
            "name": "Now",
            "marker": {"color": ORANGE, "size": 14, "symbol": "star"},
            "hovertemplate": f"ef {here.ef}: " + "%{y:.2f} %<extra>Now</extra>",
        }
    )
    lowest = min(100 * point.recall.recall_by_id for point in (*points, here))
    return drawn(
        traces,
        "Index recall against exact search",
        "ef (search breadth, log scale)",
        "Exact neighbours found (%)",
        xaxis={"type": "log", "tickvals": breadths, "ticktext": [str(breadth) for breadth in breadths]},
        yaxis={"range": [min(lowest - 2, 90), 101]},
    )
