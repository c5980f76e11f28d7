"""Charts of one user, and of a user beside a neighbour."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ucf_core.neighbours.neighbours import SharedItems
from ucf_core.ratings.profile import GenreTaste, Profile
from ucf_core.ratings.ratings import Ratings
from ucf_ui.base.text import shortened
from ucf_ui.figures.frame import chart, literal, segments, trace
from ucf_ui.figures.palette import ALL_USERS, DARK, NEIGHBOUR, REFERENCE, USER


def rating_histogram(profile: Profile, all_users: NDArray[np.int64]) -> go.Figure:
    """How often the user gives each rating, beside how often all users do, in per cent."""
    values, hover = [f"{value:g}" for value in profile.values], "%{x} stars: %{y:.1f} % (%{customdata:,} ratings)"
    traces = [
        trace("bar", values, 100 * counts / counts.sum(), name, hover, marker={"color": colour}, customdata=counts)
        for name, counts, colour in (("This user", profile.value_counts, USER), ("All users", all_users, ALL_USERS))
    ]
    return chart(traces, "Ratings given", "Rating (stars)", "Share of ratings (%)", xaxis={"type": "category"})


def genre_bars(genres: Sequence[GenreTaste], most: int = 8) -> go.Figure:
    """The user's most rated genres; the mean rating is written on each bar."""
    shown = list(genres[:most])[::-1]
    bars = trace(
        "bar",
        [genre.count for genre in shown],
        [literal(genre.genre) for genre in shown],
        hover="%{y}: %{x:,} films, mean %{text}",
        orientation="h",
        marker={"color": USER},
        text=[f"{genre.mean:.1f} stars" for genre in shown],
        textposition="auto",
        insidetextfont={"color": DARK},  # in the dark theme, Plotly's own choice is grey on blue
    )
    return chart([bars], "Favourite genres", "Films rated", "Genre", yaxis={"type": "category"})


def shared_ratings(shared: SharedItems, ratings: Ratings, user: str, neighbour: str, most: int = 20) -> go.Figure:
    """The films both rated, a row each, with both ratings; if there are more than `most`, the most popular."""
    popular = np.argsort(-ratings.item_counts[shared.items], kind="stable")[:most]
    shown = popular[np.lexsort((shared.second[popular], shared.first[popular]))]
    first, second = shared.first[shown], shared.second[shown]
    titles = [literal(shortened(ratings.title(item))) for item in shared.items[shown].tolist()]
    # two films may have the same title: positions separate them, titles only label them
    places = np.arange(shown.size)
    line = {"color": REFERENCE, "width": 2}
    ends = segments(np.column_stack([first, places]), np.column_stack([second, places]))
    traces = [trace("lines", *ends, line=line, showlegend=False)]
    hover = "%{text}: %{x:g} stars"
    for name, values, colour, symbol in (
        (user, first, USER, "circle"),
        (neighbour, second, NEIGHBOUR, "diamond"),
    ):
        marker = {"color": colour, "size": 10, "symbol": symbol}
        traces.append(trace("markers", values, places, f"User {literal(name)}", hover, marker=marker, text=titles))
    low, high = ratings.scale
    total = shared.items.size
    return chart(
        traces,
        "Films both rated" if total <= most else f"The {most} best known of {total} shared films",
        "Rating (stars)",
        "Film",
        height=120 + 22 * max(shown.size, 4),
        xaxis={"range": [low - 0.25, high + 0.25], "dtick": 1 if high - low <= 10 else None},
        yaxis={"tickvals": places, "ticktext": titles, "range": [-0.7, shown.size - 0.3]},
    )
