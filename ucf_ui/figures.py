"""Charts: results in, Plotly figures out. Nothing here knows Streamlit; colours come from the page's theme."""

import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ucf_core.explorer import RecallPoint
from ucf_core.neighbours import SharedItems
from ucf_core.profile import GenreTaste, Profile
from ucf_core.quality.inspection import Inspection
from ucf_core.ratings import Ratings
from ucf_core.recommendation import Evidence
from ucf_ui.text import shortened

# Readable on white and on near-black alike; three kinds of mark are enough for every chart here.
BLUE, ORANGE, TEAL, GREY = "#3f87cf", "#e0853b", "#2fa58f", "#8d97a3"


def framed(figure: go.Figure, title: str, x: str, y: str, *, height: int = 320) -> go.Figure:
    """The frame that all charts share: title, axis titles, legend below the title, tight margins."""
    figure.update_layout(
        title={"text": title, "font": {"size": 15}, "x": 0, "xanchor": "left", "y": 0.97, "yanchor": "top"},
        height=height,
        margin={"l": 8, "r": 8, "t": 64, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "title": None},
        hoverlabel={"align": "left"},
        bargap=0.15,
    )
    figure.update_xaxes(title={"text": x, "standoff": 8}, automargin=True)
    figure.update_yaxes(title={"text": y, "standoff": 8}, automargin=True)
    return figure


def rating_histogram(profile: Profile, ratings: Ratings) -> go.Figure:
    """How often the user gives each rating, beside how often everybody does, in per cent."""
    everybody = np.bincount(np.searchsorted(profile.values, ratings.matrix.data), minlength=profile.values.size)
    labels = [f"{value:g}" for value in profile.values]
    figure = go.Figure()
    for name, counts, colour in (("This user", profile.value_counts, BLUE), ("Everybody", everybody, GREY)):
        figure.add_bar(
            x=labels,
            y=100 * counts / counts.sum(),
            name=name,
            marker_color=colour,
            customdata=counts,
            hovertemplate="%{x} stars: %{y:.1f} % (%{customdata:,} ratings)<extra>" + name + "</extra>",
        )
    figure.update_xaxes(type="category")
    return framed(figure, "Ratings given", "Rating (stars)", "Share of ratings (%)")


def genre_bars(genres: Sequence[GenreTaste], most: int = 8) -> go.Figure:
    """The user's most rated genres; the mean rating is written on each bar."""
    shown = list(genres[:most])[::-1]
    figure = go.Figure(
        go.Bar(
            x=[genre.count for genre in shown],
            y=[_literal(genre.genre) for genre in shown],
            orientation="h",
            marker_color=TEAL,
            text=[f"{genre.mean:.1f} stars" for genre in shown],
            textposition="auto",
            hovertemplate="%{y}: %{x:,} films, mean %{text}<extra></extra>",
        )
    )
    return framed(figure, "Favourite genres", "Films rated", "")


def similarity_by_rank(inspection: Inspection) -> go.Figure:
    """Similarity of the neighbours by rank: what the index found over what exact search finds."""
    found, exact = inspection.found, inspection.exact
    figure = go.Figure()
    figure.add_scatter(
        x=np.arange(1, exact.k + 1),
        y=exact.similarities,
        mode="lines",
        name="Exact search",
        line={"color": GREY, "width": 5},
        opacity=0.6,
        text=[_literal(str(user)) for user in exact.users.tolist()],
        hovertemplate="Rank %{x}: user %{text}, similarity %{y:.3f}<extra>Exact</extra>",
    )
    figure.add_scatter(
        x=np.arange(1, found.k + 1),
        y=found.similarities,
        mode="lines+markers",
        name="HNSW index" if found.engine == "hnsw" else "Shown list (exact)",
        line={"color": BLUE, "width": 1.5},
        marker={"size": 5},
        text=[_literal(str(user)) for user in found.users.tolist()],
        hovertemplate="Rank %{x}: user %{text}, similarity %{y:.3f}<extra>Found</extra>",
    )
    missed = np.flatnonzero(~np.isin(exact.rows, found.rows))
    if missed.size:
        figure.add_scatter(
            x=missed + 1,
            y=exact.similarities[missed],
            mode="markers",
            name="Missed by the index",
            marker={"color": ORANGE, "size": 10, "symbol": "x"},
            text=[_literal(str(user)) for user in exact.users[missed].tolist()],
            hovertemplate="Missed: user %{text}, similarity %{y:.3f}<extra></extra>",
        )
    figure.update_xaxes(range=[0, exact.k + 1])
    return framed(figure, "Similarity by rank", "Rank of the neighbour", "Similarity (cosine)")


def shared_ratings(shared: SharedItems, ratings: Ratings, user: str, neighbour: str, most: int = 20) -> go.Figure:
    """The films both rated, one line each, with both ratings; the most popular ones where there are many."""
    popular = np.argsort(-ratings.item_counts[shared.items], kind="stable")[:most]
    shown = popular[np.lexsort((shared.second[popular], shared.first[popular]))]
    titles = [_literal(shortened(ratings.title(item))) for item in shared.items[shown].tolist()]
    # two films may have one title: positions keep them apart, titles only label them
    places = np.arange(shown.size)
    figure = go.Figure()
    gaps_x: list[float | None] = []
    gaps_y: list[float | None] = []
    for place, at in enumerate(shown.tolist()):
        gaps_x += [float(shared.first[at]), float(shared.second[at]), None]
        gaps_y += [place, place, None]
    figure.add_scatter(
        x=gaps_x, y=gaps_y, mode="lines", line={"color": GREY, "width": 2}, hoverinfo="skip", showlegend=False
    )
    for name, values, colour, symbol in (
        (f"User {_literal(user)}", shared.first, BLUE, "circle"),
        (f"User {_literal(neighbour)}", shared.second, ORANGE, "diamond"),
    ):
        figure.add_scatter(
            x=values[shown],
            y=places,
            mode="markers",
            name=name,
            marker={"color": colour, "size": 10, "symbol": symbol},
            text=titles,
            hovertemplate="%{text}: %{x:g} stars<extra>%{fullData.name}</extra>",
        )
    low, high = ratings.scale
    figure.update_xaxes(range=[low - 0.25, high + 0.25], dtick=1 if high - low <= 10 else None)
    figure.update_yaxes(tickvals=places, ticktext=titles, range=[-0.7, shown.size - 0.3])
    title = (
        "Films both rated"
        if shared.items.size <= most
        else f"The {most} best known of {shared.items.size} shared films"
    )
    return framed(figure, title, "Rating (stars)", "", height=120 + 22 * max(shown.size, 4))


def recall_curve(points: Sequence[RecallPoint], here: RecallPoint) -> go.Figure:
    """Index recall over ef, with the present setting marked."""
    figure = go.Figure()
    for name, attribute, colour, dash in (
        ("By id", "recall_by_id", BLUE, "solid"),
        ("By distance (ties count)", "recall_by_distance", TEAL, "dot"),
    ):
        figure.add_scatter(
            x=[point.ef for point in points],
            y=[100 * getattr(point.recall, attribute) for point in points],
            mode="lines+markers",
            name=name,
            line={"color": colour, "dash": dash},
            customdata=[point.milliseconds_per_query for point in points],
            hovertemplate="ef %{x}: %{y:.2f} %, %{customdata:.3f} ms a query<extra>" + name + "</extra>",
        )
    figure.add_scatter(
        x=[here.ef],
        y=[100 * here.recall.recall_by_id],
        mode="markers",
        name="You are here",
        marker={"color": ORANGE, "size": 14, "symbol": "star"},
        hovertemplate=f"ef {here.ef}: " + "%{y:.2f} %<extra>You are here</extra>",
    )
    lowest = min(100 * point.recall.recall_by_id for point in (*points, here))
    figure.update_xaxes(type="log", tickvals=[point.ef for point in points], ticktext=[str(p.ef) for p in points])
    figure.update_yaxes(range=[min(lowest - 2, 90), 101])
    return framed(figure, "Index recall against exact search", "ef (search breadth)", "Exact neighbours found (%)")


def evidence_bars(evidence: Evidence, names: Sequence[str], most: int = 25) -> go.Figure:
    """What each neighbour gave the film; the bar's height is the rating, its shade the similarity."""
    similarities = evidence.similarities[:most]
    figure = go.Figure(
        go.Bar(
            x=[f"User {_literal(name)}" for name in names[:most]],
            y=evidence.ratings[:most],
            marker={
                "color": similarities,
                "colorscale": "Blues",
                "cmin": 0,
                "cmax": float(similarities.max()) if similarities.size else 1,
                "line": {"color": BLUE, "width": 1},
                "colorbar": {"title": {"text": "Similarity", "side": "right"}, "thickness": 10},
            },
            hovertemplate="%{x}: %{y:g} stars, similarity %{marker.color:.3f}<extra></extra>",
        )
    )
    figure.update_xaxes(type="category")
    title = "What the neighbours gave it, most similar first"
    return framed(figure, title, "", "Rating (stars)")


def dataset_histogram(ratings: Ratings, values: NDArray[np.float32]) -> go.Figure:
    """How often each rating occurs in the dataset."""
    counts = np.bincount(np.searchsorted(values, ratings.matrix.data), minlength=values.size)
    figure = go.Figure(
        go.Bar(
            x=[f"{value:g}" for value in values],
            y=counts,
            marker_color=BLUE,
            hovertemplate="%{x} stars: %{y:,} ratings<extra></extra>",
        )
    )
    figure.update_xaxes(type="category")
    return framed(figure, "Ratings by value", "Rating (stars)", "Ratings")


def activity_histogram(ratings: Ratings, here: int | None) -> go.Figure:
    """Users by number of ratings, on a logarithmic axis; `here` marks one user's count."""
    counts = ratings.user_counts
    low, high = max(int(counts.min()), 1), int(counts.max())
    edges = np.unique(np.geomspace(low, high + 1, 24).round().astype(int)) if high > low else np.array([low, low + 1])
    amounts, _ = np.histogram(counts, bins=edges)
    figure = go.Figure(
        go.Bar(
            x=np.sqrt(edges[:-1] * edges[1:]),
            y=amounts,
            width=np.diff(edges) * 0.94,
            marker_color=TEAL,
            customdata=np.stack([edges[:-1], edges[1:] - 1], axis=1),
            hovertemplate="%{customdata[0]:,} to %{customdata[1]:,} ratings: %{y:,} users<extra></extra>",
            showlegend=False,
        )
    )
    if here is not None:
        figure.add_scatter(
            x=[here, here],
            y=[0, int(amounts.max())],
            mode="lines",
            line={"color": ORANGE, "width": 2, "dash": "dash"},
            name="This user",
            hovertemplate=f"{here:,} ratings<extra>This user</extra>",
        )
    figure.update_xaxes(type="log", **_decades(low, high))
    return framed(figure, "Users by activity", "Ratings per user (log scale)", "Users")


def popularity_curve(ratings: Ratings) -> go.Figure:
    """The long tail: ratings per item, items ordered by popularity, both axes logarithmic."""
    counts = np.sort(ratings.item_counts)[::-1]
    at = np.unique(np.geomspace(1, counts.size, 200).round().astype(int)) - 1
    figure = go.Figure(
        go.Scatter(
            x=at + 1,
            y=counts[at],
            mode="lines",
            fill="tozeroy",
            line={"color": ORANGE},
            hovertemplate="The film at rank %{x:,} has %{y:,} ratings<extra></extra>",
        )
    )
    figure.update_xaxes(type="log", **_decades(1, counts.size))
    figure.update_yaxes(type="log", **_decades(1, int(counts[0])))
    return framed(figure, "The long tail", "Film by popularity rank (log scale)", "Ratings (log scale)")


def _literal(text: str) -> str:
    """Text from data, so that Plotly shows its signs instead of taking them for HTML."""
    return html.escape(text, quote=False)


def _decades(low: int, high: int) -> dict[str, list[float] | list[str]]:
    """Ticks of a logarithmic axis at 1, 10, 100, ... or at 1, 2, 5, 10, ... where there is room for them."""
    steps = (1, 2, 5) if high / max(low, 1) < 200 else (1,)
    ticks = [step * 10.0**power for power in range(10) for step in steps]
    ticks = [tick for tick in ticks if low <= tick <= high]
    return {"tickvals": ticks, "ticktext": [f"{tick:,.0f}" for tick in ticks]}
