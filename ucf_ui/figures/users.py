"""Charts of one user, and of two side by side."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ucf_core.neighbours.neighbours import SharedItems
from ucf_core.ratings.profile import GenreTaste, Profile
from ucf_core.ratings.ratings import Ratings
from ucf_ui.base.text import shortened
from ucf_ui.figures.frame import drawn, literal
from ucf_ui.figures.palette import DARK, EVERYBODY, NEIGHBOUR, REFERENCE, USER


def rating_histogram(profile: Profile, everybody: NDArray[np.int64]) -> go.Figure:
    """How often the user gives each rating, beside how often everybody does, in per cent."""
    traces = [
        {
            "type": "bar",
            "x": [f"{value:g}" for value in profile.values],
            "y": 100 * counts / counts.sum(),
            "name": name,
            "marker": {"color": colour},
            "customdata": counts,
            "hovertemplate": "%{x} stars: %{y:.1f} % (%{customdata:,} ratings)<extra>" + name + "</extra>",
        }
        for name, counts, colour in (("This user", profile.value_counts, USER), ("All users", everybody, EVERYBODY))
    ]
    return drawn(traces, "Ratings given", "Rating (stars)", "Share of ratings (%)", xaxis={"type": "category"})


def genre_bars(genres: Sequence[GenreTaste], most: int = 8) -> go.Figure:
    """The user's most rated genres; the mean rating is written on each bar."""
    shown = list(genres[:most])[::-1]
    bars = {
        "type": "bar",
        "x": [genre.count for genre in shown],
        "y": [literal(genre.genre) for genre in shown],
        "orientation": "h",
        "marker": {"color": USER},
        "text": [f"{genre.mean:.1f} stars" for genre in shown],
        "textposition": "auto",
        # what Plotly chooses by itself is grey on blue where the page is dark
        "insidetextfont": {"color": DARK},
        "hovertemplate": "%{y}: %{x:,} films, mean %{text}<extra></extra>",
    }
    return drawn([bars], "Favourite genres", "Films rated", "Genre", yaxis={"type": "category"})


def shared_ratings(shared: SharedItems, ratings: Ratings, user: str, neighbour: str, most: int = 20) -> go.Figure:
    """The films both rated, one line each, with both ratings; the most popular ones where there are many."""
    popular = np.argsort(-ratings.item_counts[shared.items], kind="stable")[:most]
    shown = popular[np.lexsort((shared.second[popular], shared.first[popular]))]
    titles = [literal(shortened(ratings.title(item))) for item in shared.items[shown].tolist()]
    # two films may have one title: positions keep them apart, titles only label them
    places = np.arange(shown.size)
    gap = np.full(shown.size, np.nan)
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": np.stack([shared.first[shown], shared.second[shown], gap], axis=1).ravel(),
            "y": np.stack([places, places, gap], axis=1).ravel(),
            "mode": "lines",
            "line": {"color": REFERENCE, "width": 2},
            "hoverinfo": "skip",
            "showlegend": False,
        }
    ]
    traces += [
        {
            "type": "scatter",
            "x": values[shown],
            "y": places,
            "mode": "markers",
            "name": f"User {literal(name)}",
            "marker": {"color": colour, "size": 10, "symbol": symbol},
            "text": titles,
            "hovertemplate": "%{text}: %{x:g} stars<extra>%{fullData.name}</extra>",
        }
        for name, values, colour, symbol in (
            (user, shared.first, USER, "circle"),
            (neighbour, shared.second, NEIGHBOUR, "diamond"),
        )
    ]
    low, high = ratings.scale
    total = shared.items.size
    return drawn(
        traces,
        "Films both rated" if total <= most else f"The {most} best known of {total} shared films",
        "Rating (stars)",
        "Film",
        height=120 + 22 * max(shown.size, 4),
        xaxis={"range": [low - 0.25, high + 0.25], "dtick": 1 if high - low <= 10 else None},
        yaxis={"tickvals": places, "ticktext": titles, "range": [-0.7, shown.size - 0.3]},
    )
