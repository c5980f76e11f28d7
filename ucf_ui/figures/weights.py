"""What each neighbour weighs in the score of a film."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ucf_core.recommendations.recommendation import Evidence
from ucf_ui.figures.frame import drawn, literal
from ucf_ui.figures.palette import MISSED, NEIGHBOUR


def weight_bars(evidence: Evidence, names: Sequence[str], most: int = 25) -> go.Figure:
    """The largest weights in descending order; below 0 where a neighbour counts against the film."""
    order = np.argsort(-np.abs(evidence.weights), kind="stable")[:most]
    weights = evidence.weights[order]
    bars = {
        "type": "bar",
        "x": [f"User {literal(names[at])}" for at in order.tolist()],
        "y": weights,
        "marker": {"color": np.where(weights < 0, MISSED, NEIGHBOUR)},
        "customdata": np.column_stack([evidence.ratings[order], evidence.similarities[order]]),
        "hovertemplate": "%{x}: weight %{y:.3f}<br>%{customdata[0]:g} stars, similarity %{customdata[1]:.3f}"
        "<extra></extra>",
    }
    total = len(names)
    title = "What each neighbour weighs" if total <= most else f"The {most} of {total} neighbours who weigh the most"
    return drawn([bars], title, "Neighbour, largest weight first", "Weight in the score", xaxis={"type": "category"})
