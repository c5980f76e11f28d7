"""Charts of two users, and of two lists, side by side."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ucf_core.neighbours.comparison import GenrePair
from ucf_core.neighbours.neighbours import SharedItems
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.list_pairs import ListPair
from ucf_ui.base.text import shortened
from ucf_ui.figures.frame import drawn, literal
from ucf_ui.figures.palette import BLUE, GREY, NEIGHBOUR, ORANGE, REFERENCE, TEAL, USER

# Points of one cell lie on Vogel's spiral: evenly spread for any number of them, and the same every time.
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
_COUNTED_FROM = 5


def agreement_scatter(shared: SharedItems, ratings: Ratings, user: str, other: str) -> go.Figure:
    """One point a shared film, at both users' ratings; a crowd is spread around its cell, and counted."""
    low, high = ratings.scale
    step = _step(ratings.value_counts[0])
    x, y, cells = _spread(shared, 0.36 * step)
    titles = [literal(ratings.title(item)) for item in shared.items.tolist()]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": [low, high],
            "y": [low, high],
            "mode": "lines",
            "name": "Same rating",
            "showlegend": False,
            "line": {"color": REFERENCE, "width": 1, "dash": "dot"},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "x": x,
            "y": y,
            "mode": "markers",
            "name": "Shared film",
            "showlegend": False,
            "marker": {"color": USER, "size": 6 if shared.items.size < 400 else 4, "opacity": 0.75},
            "text": titles,
            "customdata": np.column_stack([shared.first, shared.second]),
            "hovertemplate": "%{text}<br>%{customdata[0]:g} and %{customdata[1]:g} stars<extra></extra>",
        },
    ]
    crowds = [(first, second, n) for (first, second), n in cells if n >= _COUNTED_FROM]
    if crowds:
        traces.append(
            {
                "type": "scatter",
                "x": [first + 0.42 * step for first, *_ in crowds],
                "y": [second + 0.42 * step for _, second, _ in crowds],
                "mode": "text",
                "name": "Films at one place",
                "showlegend": False,
                "text": [f"{n}" for *_, n in crowds],
                "textfont": {"size": 11},
                "textposition": "middle center",
                "hoverinfo": "skip",
            }
        )
    reach = [low - 0.6 * step, high + 0.7 * step]
    ticks = {"range": reach, "dtick": 1 if high - low <= 10 else None, "zeroline": False}
    return drawn(
        traces,
        "Ratings of shared films",
        f"User {literal(shortened(user, 24))} (stars)",
        f"User {literal(shortened(other, 24))} (stars)",
        height=430,
        xaxis=ticks,
        yaxis=ticks,
    )


def _step(values: NDArray[np.float32]) -> float:
    """The smallest distance of two ratings that occur; 1 where there is one alone."""
    return float(np.diff(values).min()) if values.size > 1 else 1.0


def _spread(
    shared: SharedItems, radius: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[tuple[tuple[float, float], int]]]:
    """Where each point is drawn: at most `radius` from its ratings; and how many there are at each place."""
    x, y = shared.first.astype(np.float64), shared.second.astype(np.float64)
    places, cell, counts = np.unique(np.column_stack([x, y]), axis=0, return_inverse=True, return_counts=True)
    cell = cell.ravel()
    order = np.argsort(cell, kind="stable")
    number = np.empty(order.size)
    number[order] = np.arange(order.size) - np.repeat(np.cumsum(counts) - counts, counts)
    far = radius * np.sqrt(number / np.maximum(counts[cell] - 1, 1))
    return (
        x + far * np.cos(number * _GOLDEN_ANGLE),
        y + far * np.sin(number * _GOLDEN_ANGLE),
        [((first, second), n) for (first, second), n in zip(places.tolist(), counts.tolist(), strict=True)],
    )


def genre_pairs(genres: Sequence[GenrePair], user: str, other: str, most: int = 10) -> go.Figure:
    """What share of each one's films belongs to a genre, beside the other's."""
    shown = list(genres[:most])[::-1]
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": f"User {literal(shortened(name, 24))}",
            "y": [literal(one.genre) for one in shown],
            "x": [100 * one.shares[which] for one in shown],
            "marker": {"color": colour},
            "customdata": [
                f"{one.counts[which]:,} films" + (f", {mean:.2f} stars on average" if mean is not None else "")
                for one in shown
                for mean in [one.means[which]]
            ],
            "hovertemplate": "%{y}: %{x:.0f} %, %{customdata}<extra>%{fullData.name}</extra>",
        }
        for which, name, colour in ((1, other, NEIGHBOUR), (0, user, USER))
    ]
    figure = drawn(
        traces,
        "Genres of what each rated",
        "Share of the user's films (%)",
        "Genre",
        height=430,
        yaxis={"type": "category", "title": None},
    )
    figure.layout.legend.traceorder = "reversed"
    return figure


def rank_shifts(pair: ListPair, titles: Sequence[str], n: int) -> go.Figure:
    """The first n films of two lists, A at the left and B at the right; a line a film, ending below if it is not there.

    `titles` are those of `pair.rows`.
    """
    below = n + 1
    traces: list[dict[str, Any]] = []
    kinds = (("Rises", TEAL), ("Falls", ORANGE), ("Stays", GREY), ("In one list alone", BLUE))
    for title, first, second in zip(titles, pair.first.tolist(), pair.second.tolist(), strict=True):
        left, right = (place if 0 < place <= n else below for place in (first, second))
        if below in (left, right):
            kind = "In one list alone"
        else:
            kind = "Rises" if right < left else "Falls" if right > left else "Stays"
        traces.append(
            {
                "type": "scatter",
                "x": [0, 1],
                "y": [left, right],
                "mode": "lines+markers",
                "name": kind,
                "showlegend": False,
                "line": {"color": dict(kinds)[kind], "width": 2, "dash": "dot" if below in (left, right) else "solid"},
                "marker": {"size": 8},
                "text": [f"{literal(title)}<br>{_place('A', first)}, {_place('B', second)}"] * 2,
                "hovertemplate": "%{text}<extra></extra>",
            }
        )
    labels: dict[str, dict[int, str]] = {"A": {}, "B": {}}
    for title, first, second in zip(titles, pair.first.tolist(), pair.second.tolist(), strict=True):
        for side, place in (("A", first), ("B", second)):
            if 0 < place <= n:
                labels[side][place] = literal(shortened(title, 20))
    figure = drawn(
        traces,
        "How the list changes",
        "Settings",
        "Rank",
        height=150 + 30 * below,
        xaxis={"tickvals": [0, 1], "ticktext": ["A", "B"], "range": [-0.04, 1.04], "showgrid": False},
        yaxis=_rank_axis(labels["A"], n),
    )
    # the titles of B stand at the right, on an axis of their own, which only shows beside a trace of its own
    figure.add_trace(
        {"type": "scatter", "x": [1], "y": [1], "yaxis": "y2", "opacity": 0, "hoverinfo": "skip", "showlegend": False}
    )
    figure.layout.yaxis2 = _rank_axis(labels["B"], n) | {
        "overlaying": "y",
        "side": "right",
        "showgrid": False,
        "automargin": True,
    }
    return figure


def _place(side: str, place: int) -> str:
    return f"{side}: rank {place}" if place else f"{side}: not there"


def _rank_axis(labels: dict[int, str], n: int) -> dict[str, Any]:
    titles = [f"{place}. {labels[place]}" if place in labels else f"{place}." for place in range(1, n + 1)]
    return {
        "range": [n + 1.6, 0.4],
        "tickvals": list(range(1, n + 2)),
        "ticktext": [*titles, "below"],
        "tickfont": {"size": 11},
        "title": None,
        "zeroline": False,
    }
