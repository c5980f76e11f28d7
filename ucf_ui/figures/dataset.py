"""Charts of a whole dataset."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ucf_ui.figures.frame import decades, drawn
from ucf_ui.figures.palette import EVERYBODY, USER, faint


def dataset_histogram(values: NDArray[np.float32], counts: NDArray[np.int64]) -> go.Figure:
    """How often each rating occurs in the dataset."""
    bars = {
        "type": "bar",
        "x": [f"{value:g}" for value in values],
        "y": counts,
        "marker": {"color": EVERYBODY},
        "hovertemplate": "%{x} stars: %{y:,} ratings<extra></extra>",
    }
    return drawn([bars], "Ratings by value", "Rating (stars)", "Ratings", xaxis={"type": "category"})


def activity_histogram(counts: NDArray[np.int32], here: int | None) -> go.Figure:
    """Users by number of ratings, (n_users,), on a logarithmic axis; `here` marks one user's count."""
    low, high = max(int(counts.min()), 1), int(counts.max())
    edges = np.unique(np.geomspace(low, high + 1, 24).round().astype(int)) if high > low else np.array([low, low + 1])
    amounts, _ = np.histogram(counts, bins=edges)
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "x": np.sqrt(edges[:-1] * edges[1:]),
            "y": amounts,
            "width": np.diff(edges) * 0.94,
            "marker": {"color": EVERYBODY},
            "customdata": np.stack([edges[:-1], edges[1:] - 1], axis=1),
            "hovertemplate": "%{customdata[0]:,} to %{customdata[1]:,} ratings: %{y:,} users<extra></extra>",
            "showlegend": False,
        }
    ]
    if here is not None:
        traces.append(
            {
                "type": "scatter",
                "x": [here, here],
                "y": [0, int(amounts.max())],
                "mode": "lines",
                "line": {"color": USER, "width": 2.5, "dash": "dash"},
                "name": "This user",
                "showlegend": True,
                "hovertemplate": f"{here:,} ratings<extra>This user</extra>",
            }
        )
    axis = {"type": "log"} | decades(low, high)
    return drawn(traces, "Users by activity", "Ratings per user (log scale)", "Users", xaxis=axis)


def popularity_curve(item_counts: NDArray[np.int32]) -> go.Figure:
    """The long tail: ratings per item, (n_items,), items ordered by popularity, both axes logarithmic."""
    counts = np.sort(item_counts)[::-1]
    at = np.unique(np.geomspace(1, counts.size, 200).round().astype(int)) - 1
    curve = {
        "type": "scatter",
        "x": at + 1,
        "y": counts[at],
        "mode": "lines",
        "fill": "tozeroy",
        "fillcolor": faint(EVERYBODY, 0.35),
        "line": {"color": EVERYBODY},
        "hovertemplate": "The film at rank %{x:,} has %{y:,} ratings<extra></extra>",
    }
    return drawn(
        [curve],
        "The long tail",
        "Film by popularity rank (log scale)",
        "Ratings (log scale)",
        xaxis={"type": "log"} | decades(1, counts.size),
        yaxis={"type": "log"} | decades(1, int(counts[0])),
    )
