"""Charts of two users, and of two lists, side by side."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from ucf_core.neighbours.comparison import GenrePair
from ucf_core.neighbours.neighbours import SharedItems
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.list_pairs import ListPair
from ucf_ui.base.text import shortened
from ucf_ui.figures.frame import chart, literal, trace
from ucf_ui.figures.palette import BLUE, GREY, NEIGHBOUR, ORANGE, REFERENCE, TEAL, USER

# Points of one cell are on Vogel's spiral: evenly spread for any number of them, and the same every time.
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
_COUNTED_FROM = 5


def agreement_scatter(shared: SharedItems, ratings: Ratings, user: str, other: str) -> go.Figure:
    """A point for each shared film, at both users' ratings; many at one place are spread around it, and counted."""
    low, high = ratings.scale
    values = ratings.value_counts[0]
    step = float(np.diff(values).min()) if values.size > 1 else 1.0
    exact = np.column_stack([shared.first, shared.second]).astype(np.float64)
    places, cell, counts = np.unique(exact, axis=0, return_inverse=True, return_counts=True)
    cell = cell.ravel()
    order = np.argsort(cell, kind="stable")
    number = np.empty(order.size)
    number[order] = np.arange(order.size) - np.repeat(np.cumsum(counts) - counts, counts)
    radius = 0.36 * step * np.sqrt(number / np.maximum(counts[cell] - 1, 1))
    traces = [
        trace(
            "lines",
            [low, high],
            [low, high],
            "Same rating",
            showlegend=False,
            line={"color": REFERENCE, "width": 1, "dash": "dot"},
        ),
        trace(
            "markers",
            exact[:, 0] + radius * np.cos(number * _GOLDEN_ANGLE),
            exact[:, 1] + radius * np.sin(number * _GOLDEN_ANGLE),
            "Shared film",
            "%{text}<br>%{customdata[0]:g} and %{customdata[1]:g} stars<extra></extra>",
            showlegend=False,
            marker={"color": USER, "size": 6 if shared.items.size < 400 else 4, "opacity": 0.75},
            text=[literal(ratings.title(item)) for item in shared.items.tolist()],
            customdata=np.column_stack([shared.first, shared.second]),
        ),
    ]
    many = counts >= _COUNTED_FROM
    if many.any():
        traces.append(
            trace(
                "text",
                places[many, 0] + 0.42 * step,
                places[many, 1] + 0.42 * step,
                "Films at one place",
                showlegend=False,
                text=[f"{n}" for n in counts[many]],
                textfont={"size": 11},
                textposition="middle center",
            )
        )
    reach = [low - 0.6 * step, high + 0.7 * step]
    ticks = {"range": reach, "dtick": 1 if high - low <= 10 else None, "zeroline": False}
    return chart(
        traces,
        "Ratings of shared films",
        f"User {literal(shortened(user, 24))} (stars)",
        f"User {literal(shortened(other, 24))} (stars)",
        height=430,
        xaxis=ticks,
        yaxis=ticks,
    )


def genre_pairs(genres: Sequence[GenrePair], user: str, other: str, most: int = 10) -> go.Figure:
    """The share of each user's films that belongs to a genre, beside the other's."""
    shown = list(genres[:most])[::-1]
    traces = []
    for which, name, colour in ((1, other, NEIGHBOUR), (0, user, USER)):
        details = [
            f"{one.counts[which]:,} films" + (f", {mean:.2f} stars on average" if mean is not None else "")
            for one in shown
            for mean in [one.means[which]]
        ]
        traces.append(
            trace(
                "bar",
                [100 * one.shares[which] for one in shown],
                [literal(one.genre) for one in shown],
                f"User {literal(shortened(name, 24))}",
                "%{y}: %{x:.0f} %, %{customdata}",
                orientation="h",
                marker={"color": colour},
                customdata=details,
            )
        )
    figure = chart(
        traces,
        "Genres of what each rated",
        "Share of the user's films (%)",
        None,
        height=430,
        yaxis={"type": "category"},
    )
    figure.layout.legend.traceorder = "reversed"
    return figure


def rank_shifts(pair: ListPair, titles: Sequence[str], n: int) -> go.Figure:
    """The first n films of two lists, A on the left and B on the right; a line for each film.

    A line ends below if the film is not among the first n. `titles` are those of `pair.rows`.
    """
    below = n + 1
    colours = {"Rises": TEAL, "Falls": ORANGE, "Stays": GREY, "In one list alone": BLUE}
    labels: tuple[dict[int, str], dict[int, str]] = ({}, {})
    traces = []
    for title, *ranks in zip(titles, pair.first.tolist(), pair.second.tolist(), strict=True):
        left, right = (rank if 0 < rank <= n else below for rank in ranks)
        labels[0][left] = labels[1][right] = literal(shortened(title, 20))
        kind = "Rises" if right < left else "Falls" if right > left else "Stays"
        if below in (left, right):
            kind = "In one list alone"
        hover = "<br>".join([literal(title), ", ".join(map(_rank, "AB", ranks))])
        line = {"color": colours[kind], "width": 2, "dash": "dot" if below in (left, right) else "solid"}
        looks: dict[str, Any] = {"showlegend": False, "line": line, "marker": {"size": 8}, "text": [hover] * 2}
        traces.append(trace("lines+markers", [0, 1], [left, right], kind, "%{text}<extra></extra>", **looks))
    # an axis only shows beside a trace of its own
    traces.append(trace("markers", [1], [1], yaxis="y2", opacity=0, showlegend=False))
    right_axis = {"overlaying": "y", "side": "right", "showgrid": False, "automargin": True}
    return chart(
        traces,
        "How the list changes",
        "Settings",
        None,
        height=150 + 30 * below,
        xaxis={"tickvals": [0, 1], "ticktext": ["A", "B"], "range": [-0.04, 1.04], "showgrid": False},
        yaxis=_rank_axis(labels[0], n),
        yaxis2=_rank_axis(labels[1], n) | right_axis,
    )


def _rank(side: str, rank: int) -> str:
    return f"{side}: rank {rank}" if rank else f"{side}: not there"


def _rank_axis(labels: dict[int, str], n: int) -> dict[str, Any]:
    titles = [f"{rank}. {labels[rank]}" if rank in labels else f"{rank}." for rank in range(1, n + 1)]
    return {
        "range": [n + 1.6, 0.4],
        "tickvals": list(range(1, n + 2)),
        "ticktext": [*titles, "below"],
        "tickfont": {"size": 11},
        "zeroline": False,
    }
