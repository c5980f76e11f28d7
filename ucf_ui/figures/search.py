"""Charts of the result of a search, and of the quality of the index."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ucf_core.explorer.explorer import RecallPoint
from ucf_core.neighbours.inspection import Inspection
from ucf_core.neighbours.neighbours import Neighbours
from ucf_ui.base.text import ratio
from ucf_ui.figures.frame import Trace, chart, literal, log_ticks, trace
from ucf_ui.figures.palette import BLUE, MARKED, MISSED, NEIGHBOUR, REFERENCE, TEAL

_ROOM = (64, 48)
_LEAST_SPAN = 0.04


def similarity_by_rank(inspection: Inspection) -> go.Figure:
    """Similarity of the neighbours by rank: those that the index found over the exact ones."""
    found, exact = inspection.found, inspection.exact
    user = "user %{text}, similarity %{y:.3f}"

    def ranked(kind: str, of: Neighbours, ranks: NDArray[np.intp], name: str, hover: str, **looks: Any) -> Trace:
        ids = [literal(raw) for raw in of.users[ranks].tolist()]
        return trace(kind, ranks + 1, of.similarities[ranks], name, hover, text=ids, **looks)

    traces = [
        ranked(
            "lines", exact, np.arange(exact.k), "Exact", f"Rank %{{x}}: {user}", line={"color": REFERENCE, "width": 5}
        ),
        ranked(
            "lines+markers",
            found,
            np.arange(found.k),
            "HNSW" if found.engine == "hnsw" else "Shown (exact)",
            f"Rank %{{x}}: {user}<extra>Found</extra>",
            line={"color": NEIGHBOUR, "width": 1.5},
            marker={"size": 5},
        ),
    ]
    missed = np.flatnonzero(~np.isin(exact.rows, found.rows))
    if missed.size:
        cross = {"color": MISSED, "size": 10, "symbol": "x"}
        traces.append(ranked("markers", exact, missed, "Missed", f"Missed: {user}<extra></extra>", marker=cross))
    similarities = np.concatenate([exact.similarities, found.similarities])
    low, high = float(similarities.min()), float(similarities.max())
    # a shorter axis would make small differences look like a cliff, and its ticks would need more room
    missing = _LEAST_SPAN - (high - low)
    return chart(
        traces,
        "Similarity by rank",
        "Rank of the neighbour",
        "Similarity (cosine)",
        xaxis={"range": [0, exact.k + 1]},
        yaxis={"range": [low - missing / 2, high + missing / 2]} if missing > 0 else None,
        room=_ROOM,
    )


def recall_curve(points: Sequence[RecallPoint], here: RecallPoint) -> go.Figure:
    """Index recall over ef, with the present setting marked."""
    breadths, details = [point.ef for point in points], [_details(point) for point in points]
    hover = "ef %{x}: %{y:.2f} %<br>%{text}"
    traces = []
    for name, attribute, colour, dash in (
        ("By id", "recall_by_id", BLUE, "solid"),
        ("By distance", "recall_by_distance", TEAL, "dot"),
    ):
        percent, line = [100 * getattr(point.recall, attribute) for point in points], {"color": colour, "dash": dash}
        traces.append(trace("lines+markers", breadths, percent, name, hover, line=line, text=details))
    return chart(
        [*traces, _now(here.ef, here)],
        "Index recall against exact search",
        "ef (search breadth, log scale)",
        "Exact neighbours found (%)",
        xaxis={"type": "log", "tickvals": breadths, "ticktext": [str(breadth) for breadth in breadths]},
        yaxis=_recall_axis([*points, here]),
        room=_ROOM,
    )


def recall_against_time(points: Sequence[RecallPoint], here: RecallPoint) -> go.Figure:
    """Index recall over the time of a query, a point for each ef; the dashed line is exact search.

    All times are of many users searched together: single searches take longer, by either engine.
    """
    exact_milliseconds = points[0].exact_milliseconds_per_query
    # values of ef up to k are the same search
    distinct = {point.milliseconds_per_query: point for point in points}
    times = list(distinct)
    traces = [
        trace(
            "lines+markers+text",
            times,
            [100 * point.recall.recall_by_id for point in distinct.values()],
            "At each ef",
            "ef %{text}: %{y:.2f} %<br>%{customdata}<extra></extra>",
            line={"color": BLUE},
            text=[f"{point.ef}" for point in distinct.values()],
            textposition="top left",
            cliponaxis=False,
            customdata=[_details(point) for point in distinct.values()],
        ),
        trace(
            "lines",
            [exact_milliseconds] * 2,
            [-5, 105],
            "Exact search",
            f"{exact_milliseconds:.3f} ms",
            line={"color": REFERENCE, "dash": "dash", "width": 2},
        ),
        _now(here.milliseconds_per_query, here),
    ]
    low, high = min([*times, exact_milliseconds]) / 1.5, max([*times, exact_milliseconds]) * 1.5
    return chart(
        traces,
        "Index recall against time",
        "Time a query (ms, log scale)",
        "Exact neighbours found (%)",
        xaxis={"type": "log", "range": [math.log10(low), math.log10(high)]} | log_ticks(low, high),
        yaxis=_recall_axis([*points, here]),
        room=_ROOM,
    )


def _now(x: float, here: RecallPoint) -> Trace:
    star = {"color": MARKED, "size": 14, "symbol": "star"}
    hover = f"ef {here.ef}: %{{y:.2f}} %<br>{_details(here)}"
    return trace("markers", [x], [100 * here.recall.recall_by_id], "Now", hover, marker=star)


def _details(point: RecallPoint) -> str:
    """All but ef and recall, for the text at the mouse."""
    helped = "<br>exact search answered for some users" if point.fell_back else ""
    return f"{point.milliseconds_per_query:.3f} ms a query, distance ratio {ratio(point.recall.distance_ratio)}{helped}"


def _recall_axis(points: Sequence[RecallPoint]) -> dict[str, list[float]]:
    lowest = min(100 * point.recall.recall_by_id for point in points)
    return {"range": [min(lowest - 2, 90), 101]}
