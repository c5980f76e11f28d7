"""Charts of what a search found, and of how good the index is."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ucf_core.explorer.explorer import RecallPoint
from ucf_core.neighbours.inspection import Inspection
from ucf_ui.base.text import ratio
from ucf_ui.figures.frame import drawn, literal
from ucf_ui.figures.palette import BLUE, MARKED, MISSED, NEIGHBOUR, REFERENCE, TEAL

_ROOM = (64, 48)
_LEAST_SPAN = 0.04


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
            "name": "Exact",
            "line": {"color": REFERENCE, "width": 5},
            "text": [literal(user) for user in exact.users.tolist()],
            "hovertemplate": hover + "<extra>Exact</extra>",
        },
        {
            "type": "scatter",
            "x": ranks,
            "y": found.similarities,
            "mode": "lines+markers",
            "name": "HNSW" if found.engine == "hnsw" else "Shown (exact)",
            "line": {"color": NEIGHBOUR, "width": 1.5},
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
                "marker": {"color": MISSED, "size": 10, "symbol": "x"},
                "text": [literal(user) for user in exact.users[missed].tolist()],
                "hovertemplate": "Missed: user %{text}, similarity %{y:.3f}<extra></extra>",
            }
        )
    return drawn(
        traces,
        "Similarity by rank",
        "Rank of the neighbour",
        "Similarity (cosine)",
        xaxis={"range": [0, exact.k + 1]},
        yaxis=_similarity_axis(np.concatenate([exact.similarities, found.similarities])),
        room=_ROOM,
    )


def _similarity_axis(similarities: NDArray[np.float32]) -> dict[str, list[float]]:
    """At least `_LEAST_SPAN` from end to end: less would look like a cliff, and its ticks would need more room."""
    low, high = float(similarities.min()), float(similarities.max())
    missing = _LEAST_SPAN - (high - low)
    return {"range": [low - missing / 2, high + missing / 2]} if missing > 0 else {}


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
            "text": [_about(point) for point in points],
            "hovertemplate": "ef %{x}: %{y:.2f} %<br>%{text}<extra>" + name + "</extra>",
        }
        for name, attribute, colour, dash in (
            ("By id", "recall_by_id", BLUE, "solid"),
            ("By distance", "recall_by_distance", TEAL, "dot"),
        )
    ]
    traces.append(_now(here.ef, here))
    return drawn(
        traces,
        "Index recall against exact search",
        "ef (search breadth, log scale)",
        "Exact neighbours found (%)",
        xaxis={"type": "log", "tickvals": breadths, "ticktext": [str(breadth) for breadth in breadths]},
        yaxis=_recall_axis([*points, here]),
        room=_ROOM,
    )


def recall_against_time(points: Sequence[RecallPoint], here: RecallPoint) -> go.Figure:
    """What is found in which time a query: the choice that ef is about. The dashed line is exact search."""
    # asked as the index is, many users at once: a single search costs more by either
    exact_milliseconds = points[0].exact_milliseconds_per_query
    # breadths up to k are one and the same search
    distinct = {point.milliseconds_per_query: point for point in points}
    times = list(distinct)
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": times,
            "y": [100 * point.recall.recall_by_id for point in distinct.values()],
            "mode": "lines+markers+text",
            "name": "At each ef",
            "line": {"color": BLUE},
            "text": [f"{point.ef}" for point in distinct.values()],
            "textposition": "top left",
            "cliponaxis": False,
            "customdata": [_about(point) for point in distinct.values()],
            "hovertemplate": "ef %{text}: %{y:.2f} %<br>%{customdata}<extra></extra>",
        },
        {
            "type": "scatter",
            "x": [exact_milliseconds] * 2,
            "y": [-5, 105],
            "mode": "lines",
            "name": "Exact search",
            "line": {"color": REFERENCE, "dash": "dash", "width": 2},
            "hovertemplate": f"{exact_milliseconds:.3f} ms<extra>Exact search</extra>",
        },
        _now(here.milliseconds_per_query, here),
    ]
    low, high = min([*times, exact_milliseconds]) / 1.5, max([*times, exact_milliseconds]) * 1.5
    ticks = [step * 10.0**power for power in range(-4, 5) for step in (1, 2, 5)]
    ticks = [tick for tick in ticks if low <= tick <= high]
    return drawn(
        traces,
        "Index recall against time",
        "Time a query (ms, log scale)",
        "Exact neighbours found (%)",
        xaxis={
            "type": "log",
            "range": [math.log10(low), math.log10(high)],
            "tickvals": ticks,
            "ticktext": [f"{tick:g}" for tick in ticks],
        },
        yaxis=_recall_axis([*points, here]),
        room=_ROOM,
    )


def _now(x: float, here: RecallPoint) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": [x],
        "y": [100 * here.recall.recall_by_id],
        "mode": "markers",
        "name": "Now",
        "marker": {"color": MARKED, "size": 14, "symbol": "star"},
        "hovertemplate": f"ef {here.ef}: %{{y:.2f}} %<br>{_about(here)}<extra>Now</extra>",
    }


def _about(point: RecallPoint) -> str:
    """All but ef and recall, for the text beside the mouse."""
    helped = "<br>exact search answered for some users" if point.fell_back else ""
    return f"{point.milliseconds_per_query:.3f} ms a query, distance ratio {ratio(point.recall.distance_ratio)}{helped}"


def _recall_axis(points: Sequence[RecallPoint]) -> dict[str, list[float]]:
    lowest = min(100 * point.recall.recall_by_id for point in points)
    return {"range": [min(lowest - 2, 90), 101]}
