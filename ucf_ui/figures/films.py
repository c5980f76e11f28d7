"""Charts of recommended films."""

from collections.abc import Sequence

import plotly.graph_objects as go

from ucf_core.recommendations.recommendation import Evidence
from ucf_ui.figures.frame import drawn, literal
from ucf_ui.figures.palette import NEIGHBOUR, SEQUENTIAL, scale


def evidence_bars(evidence: Evidence, names: Sequence[str], most: int = 25) -> go.Figure:
    """What each neighbour gave the film; the bar's height is the rating, its shade the similarity."""
    similarities = evidence.similarities[:most]
    bars = {
        "type": "bar",
        "x": [f"User {literal(name)}" for name in names[:most]],
        "y": evidence.ratings[:most],
        "marker": {
            "color": similarities,
            "colorscale": scale(SEQUENTIAL),
            "cmin": 0,
            "cmax": float(similarities.max(initial=0.0)) or 1.0,
            "line": {"color": NEIGHBOUR, "width": 1},
            "colorbar": {"title": {"text": "Similarity", "side": "right"}, "thickness": 10},
        },
        "meta": {"colour": "Similarity"},
        "hovertemplate": "%{x}: %{y:g} stars, similarity %{marker.color:.3f}<extra></extra>",
    }
    total = len(names)
    title = "What the neighbours gave it" if total <= most else f"What the nearest {most} of {total} neighbours gave it"
    return drawn([bars], title, "Neighbour, most similar first", "Rating (stars)", xaxis={"type": "category"})
