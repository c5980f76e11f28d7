"""Charts of a whole dataset."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ucf_ui.figures.frame import chart, log_ticks, trace
from ucf_ui.figures.palette import ALL_USERS, USER, faint


def dataset_histogram(values: NDArray[np.float32], counts: NDArray[np.int64]) -> go.Figure:
    """How often each rating occurs in the dataset."""
    hover = "%{x} stars: %{y:,} ratings"
    bars = trace("bar", [f"{value:g}" for value in values], counts, hover=hover, marker={"color": ALL_USERS})
    return chart([bars], "Ratings by value", "Rating (stars)", "Ratings", xaxis={"type": "category"})


def activity_histogram(counts: NDArray[np.int32], here: int | None) -> go.Figure:
    """Users by number of ratings, (n_users,), on a logarithmic axis; `here` marks one user's count."""
    low, high = max(int(counts.min()), 1), int(counts.max())
    edges = np.unique(np.geomspace(low, high + 1, 24).round().astype(int)) if high > low else np.array([low, low + 1])
    amounts, _ = np.histogram(counts, bins=edges)
    bars = trace(
        "bar",
        np.sqrt(edges[:-1] * edges[1:]),
        amounts,
        hover="%{customdata[0]:,} to %{customdata[1]:,} ratings: %{y:,} users",
        width=np.diff(edges) * 0.94,
        marker={"color": ALL_USERS},
        customdata=np.stack([edges[:-1], edges[1:] - 1], axis=1),
        showlegend=False,
    )
    traces = [bars]
    if here is not None:
        ends, line = [0, int(amounts.max())], {"color": USER, "width": 2.5, "dash": "dash"}
        traces.append(trace("lines", [here] * 2, ends, "This user", f"{here:,} ratings", line=line, showlegend=True))
    axis = {"type": "log"} | log_ticks(low, high)
    return chart(traces, "Users by activity", "Ratings per user (log scale)", "Users", xaxis=axis)


def popularity_curve(item_counts: NDArray[np.int32]) -> go.Figure:
    """The long tail: ratings per item, (n_items,), items ordered by popularity, both axes logarithmic."""
    counts = np.sort(item_counts)[::-1]
    at = np.unique(np.geomspace(1, counts.size, 200).round().astype(int)) - 1
    fill: dict[str, Any] = {"fill": "tozeroy", "fillcolor": faint(ALL_USERS, 0.35), "line": {"color": ALL_USERS}}
    curve = trace("lines", at + 1, counts[at], hover="The film at rank %{x:,} has %{y:,} ratings", **fill)
    return chart(
        [curve],
        "The long tail",
        "Film by popularity rank (log scale)",
        "Ratings (log scale)",
        xaxis={"type": "log"} | log_ticks(1, counts.size),
        yaxis={"type": "log"} | log_ticks(1, int(counts[0])),
    )
