"""Charts of the neighbours who rated a film."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ucf_core.recommendations.recommendation import Evidence
from ucf_ui.figures.frame import chart, literal, trace
from ucf_ui.figures.palette import MISSED, NEIGHBOUR, SEQUENTIAL, scale


def evidence_bars(evidence: Evidence, names: Sequence[str], most: int = 25) -> go.Figure:
    """The rating of each neighbour; the bar's height is the rating, its shade the similarity."""
    similarities = evidence.similarities[:most]
    bars = trace(
        "bar",
        [f"User {literal(name)}" for name in names[:most]],
        evidence.ratings[:most],
        hover="%{x}: %{y:g} stars, similarity %{marker.color:.3f}",
        marker={
            "color": similarities,
            "colorscale": scale(SEQUENTIAL),
            "cmin": 0,
            "cmax": float(similarities.max(initial=0.0)) or 1.0,
            "line": {"color": NEIGHBOUR, "width": 1},
            "colorbar": {"title": {"text": "Similarity", "side": "right"}, "thickness": 10},
        },
        meta={"colour": "Similarity"},
    )
    total = len(names)
    title = "What the neighbours gave it" if total <= most else f"What the nearest {most} of {total} neighbours gave it"
    return chart([bars], title, "Neighbour, most similar first", "Rating (stars)", xaxis={"type": "category"})


def weight_bars(evidence: Evidence, names: Sequence[str], most: int = 25) -> go.Figure:
    """The largest weights in a film's score in descending order; below 0 where a neighbour counts against it."""
    order = np.argsort(-np.abs(evidence.weights), kind="stable")[:most]
    weights = evidence.weights[order]
    bars = trace(
        "bar",
        [f"User {literal(names[at])}" for at in order.tolist()],
        weights,
        hover="%{x}: weight %{y:.3f}<br>%{customdata[0]:g} stars, similarity %{customdata[1]:.3f}",
        marker={"color": np.where(weights < 0, MISSED, NEIGHBOUR)},
        customdata=np.column_stack([evidence.ratings[order], evidence.similarities[order]]),
    )
    total = len(names)
    title = "What each neighbour weighs" if total <= most else f"The {most} of {total} neighbours who weigh the most"
    return chart([bars], title, "Neighbour, largest weight first", "Weight in the score", xaxis={"type": "category"})
