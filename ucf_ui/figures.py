"""Charts: results in, Plotly figures out. Nothing here knows Streamlit; colours come from the page's theme.

Each figure is made from one dictionary: that takes Plotly a millisecond where adding traces one by one takes fifteen,
and a moved slider redraws several.
"""

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ucf_core.explorer import RecallPoint
from ucf_core.neighbours import SharedItems
from ucf_core.profile import GenreTaste, Profile
from ucf_core.quality.inspection import Inspection
from ucf_core.ratings import Ratings
from ucf_core.recommendation import Evidence
from ucf_ui.pandas_import import PANDAS_IS_WHOLE
from ucf_ui.text import shortened

# Readable on white and on near-black alike; four kinds of mark are enough for every chart here.
BLUE, ORANGE, TEAL, GREY = "#3f87cf", "#e0853b", "#2fa58f", "#8d97a3"
# Text on a mark.
DARK = "#0c1622"


class Chart(go.Figure):  # type: ignore[misc]  # Plotly has no types
    """A figure that is made, and handed over for display, only while nobody is importing pandas."""

    def __init__(self, parts: dict[str, Any]) -> None:
        """`parts`: data and layout."""
        with PANDAS_IS_WHOLE:
            super().__init__(parts)

    def to_dict(self) -> dict[str, Any]:
        """All parts, arrays encoded."""
        with PANDAS_IS_WHOLE:
            parts: dict[str, Any] = super().to_dict()
        return parts


def drawn(
    traces: list[dict[str, Any]],
    title: str,
    x: str,
    y: str,
    *,
    height: int = 320,
    xaxis: dict[str, Any] | None = None,
    yaxis: dict[str, Any] | None = None,
) -> go.Figure:
    """Traces in the frame that all charts share: title, axis titles, legend below the title, tight margins."""
    return Chart(
        {
            "data": traces,
            "layout": {
                "title": {"text": title, "font": {"size": 15}, "x": 0, "xanchor": "left", "y": 0.97, "yanchor": "top"},
                "height": height,
                "margin": {"l": 8, "r": 8, "t": 64, "b": 8},
                "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
                "hoverlabel": {"align": "left"},
                "bargap": 0.15,
                "xaxis": {"title": {"text": x, "standoff": 8}, "automargin": True} | (xaxis or {}),
                "yaxis": {"title": {"text": y, "standoff": 14}, "automargin": True} | (yaxis or {}),
            },
        }
    )


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
        for name, counts, colour in (("This user", profile.value_counts, BLUE), ("Everybody", everybody, GREY))
    ]
    return drawn(traces, "Ratings given", "Rating (stars)", "Share of ratings (%)", xaxis={"type": "category"})


def genre_bars(genres: Sequence[GenreTaste], most: int = 8) -> go.Figure:
    """The user's most rated genres; the mean rating is written on each bar."""
    shown = list(genres[:most])[::-1]
    bars = {
        "type": "bar",
        "x": [genre.count for genre in shown],
        "y": [_literal(genre.genre) for genre in shown],
        "orientation": "h",
        "marker": {"color": TEAL},
        "text": [f"{genre.mean:.1f} stars" for genre in shown],
        "textposition": "auto",
        # what Plotly chooses by itself is grey on teal where the page is dark
        "insidetextfont": {"color": DARK},
        "hovertemplate": "%{y}: %{x:,} films, mean %{text}<extra></extra>",
    }
    return drawn([bars], "Favourite genres", "Films rated", "Genre", yaxis={"type": "category"})


def similarity_by_rank(inspection: Inspection) -> go.Figure:
    """Similarity of the neighbours by rank: what the index found over what exact search finds."""
    found, exact = inspection.found, inspection.exact
    ranks = np.arange(1, exact.k + 1)
    hover = "Rank %{x}: user %{text}, similarity %{y:.3f}"
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": ranks,
            "y": exact.similarities,
            "mode": "lines",
            "name": "Exact search",
            "line": {"color": GREY, "width": 5},
            "opacity": 0.6,
            "text": [_literal(user) for user in exact.users.tolist()],
            "hovertemplate": hover + "<extra>Exact</extra>",
        },
        {
            "type": "scatter",
            "x": ranks,
            "y": found.similarities,
            "mode": "lines+markers",
            "name": "HNSW index" if found.engine == "hnsw" else "Shown (exact)",
            "line": {"color": BLUE, "width": 1.5},
            "marker": {"size": 5},
            "text": [_literal(user) for user in found.users.tolist()],
            "hovertemplate": hover + "<extra>Found</extra>",
        },
    ]
    missed = np.flatnonzero(~np.isin(exact.rows, found.rows))
    if missed.size:
        traces.append(
            {
                "type": "scatter",
                "x": missed + 1,
                "y": exact.similarities[missed],
                "mode": "markers",
                "name": "Missed",
                "marker": {"color": ORANGE, "size": 10, "symbol": "x"},
                "text": [_literal(user) for user in exact.users[missed].tolist()],
                "hovertemplate": "Missed: user %{text}, similarity %{y:.3f}<extra></extra>",
            }
        )
    axis = {"range": [0, exact.k + 1]}
    return drawn(traces, "Similarity by rank", "Rank of the neighbour", "Similarity (cosine)", xaxis=axis)


def shared_ratings(shared: SharedItems, ratings: Ratings, user: str, neighbour: str, most: int = 20) -> go.Figure:
    """The films both rated, one line each, with both ratings; the most popular ones where there are many."""
    popular = np.argsort(-ratings.item_counts[shared.items], kind="stable")[:most]
    shown = popular[np.lexsort((shared.second[popular], shared.first[popular]))]
    titles = [_literal(shortened(ratings.title(item))) for item in shared.items[shown].tolist()]
    # two films may have one title: positions keep them apart, titles only label them
    places = np.arange(shown.size)
    gap = np.full(shown.size, np.nan)
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": np.stack([shared.first[shown], shared.second[shown], gap], axis=1).ravel(),
            "y": np.stack([places, places, gap], axis=1).ravel(),
            "mode": "lines",
            "line": {"color": GREY, "width": 2},
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
            "name": f"User {_literal(name)}",
            "marker": {"color": colour, "size": 10, "symbol": symbol},
            "text": titles,
            "hovertemplate": "%{text}: %{x:g} stars<extra>%{fullData.name}</extra>",
        }
        for name, values, colour, symbol in (
            (user, shared.first, BLUE, "circle"),
            (neighbour, shared.second, ORANGE, "diamond"),
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


def recall_curve(points: Sequence[RecallPoint], here: RecallPoint) -> go.Figure:
    """Index recall over ef, with the present setting marked."""
    breadths = [point.ef for point in points]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": breadths,
            "y": [100 * getattr(point.recall, attribute) for point in points],
            "mode": "lines+markers",
            "name": name,
            "line": {"color": colour, "dash": dash},
            "customdata": [point.milliseconds_per_query for point in points],
            "hovertemplate": "ef %{x}: %{y:.2f} %, %{customdata:.3f} ms a query<extra>" + name + "</extra>",
        }
        for name, attribute, colour, dash in (
            ("By id", "recall_by_id", BLUE, "solid"),
            ("By distance", "recall_by_distance", TEAL, "dot"),
        )
    ]
    traces.append(
        {
            "type": "scatter",
            "x": [here.ef],
            "y": [100 * here.recall.recall_by_id],
            "mode": "markers",
            "name": "Now",
            "marker": {"color": ORANGE, "size": 14, "symbol": "star"},
            "hovertemplate": f"ef {here.ef}: " + "%{y:.2f} %<extra>Now</extra>",
        }
    )
    lowest = min(100 * point.recall.recall_by_id for point in (*points, here))
    return drawn(
        traces,
        "Index recall against exact search",
        "ef (search breadth, log scale)",
        "Exact neighbours found (%)",
        xaxis={"type": "log", "tickvals": breadths, "ticktext": [str(breadth) for breadth in breadths]},
        yaxis={"range": [min(lowest - 2, 90), 101]},
    )


def evidence_bars(evidence: Evidence, names: Sequence[str], most: int = 25) -> go.Figure:
    """What each neighbour gave the film; the bar's height is the rating, its shade the similarity."""
    similarities = evidence.similarities[:most]
    bars = {
        "type": "bar",
        "x": [f"User {_literal(name)}" for name in names[:most]],
        "y": evidence.ratings[:most],
        "marker": {
            "color": similarities,
            "colorscale": "Blues",
            "cmin": 0,
            "cmax": float(similarities.max(initial=0.0)) or 1.0,
            "line": {"color": BLUE, "width": 1},
            "colorbar": {"title": {"text": "Similarity", "side": "right"}, "thickness": 10},
        },
        "hovertemplate": "%{x}: %{y:g} stars, similarity %{marker.color:.3f}<extra></extra>",
    }
    total = len(names)
    title = "What the neighbours gave it" if total <= most else f"What the nearest {most} of {total} neighbours gave it"
    return drawn([bars], title, "Neighbour, most similar first", "Rating (stars)", xaxis={"type": "category"})


def dataset_histogram(values: NDArray[np.float32], counts: NDArray[np.int64]) -> go.Figure:
    """How often each rating occurs in the dataset."""
    bars = {
        "type": "bar",
        "x": [f"{value:g}" for value in values],
        "y": counts,
        "marker": {"color": BLUE},
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
            "marker": {"color": TEAL},
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
                "line": {"color": ORANGE, "width": 2, "dash": "dash"},
                "name": "This user",
                "showlegend": True,
                "hovertemplate": f"{here:,} ratings<extra>This user</extra>",
            }
        )
    axis = {"type": "log"} | _decades(low, high)
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
        "line": {"color": ORANGE},
        "hovertemplate": "The film at rank %{x:,} has %{y:,} ratings<extra></extra>",
    }
    return drawn(
        [curve],
        "The long tail",
        "Film by popularity rank (log scale)",
        "Ratings (log scale)",
        xaxis={"type": "log"} | _decades(1, counts.size),
        yaxis={"type": "log"} | _decades(1, int(counts[0])),
    )


def _literal(text: object) -> str:
    """Text from data, so that Plotly shows its signs instead of taking them for HTML."""
    return html.escape(str(text), quote=False)


def _decades(low: int, high: int) -> dict[str, list[float] | list[str]]:
    """Ticks of a logarithmic axis at 1, 10, 100, ... or at 1, 2, 5, 10, ... where there is room for them."""
    steps = (1, 2, 5) if high / max(low, 1) < 200 else (1,)
    ticks = [step * 10.0**power for power in range(10) for step in steps]
    ticks = [tick for tick in ticks if low <= tick <= high]
    return {"tickvals": ticks, "ticktext": [f"{tick:,.0f}" for tick in ticks]}
