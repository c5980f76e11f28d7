"""Charts of what ails the neighbours of a whole dataset, and the lists that they make."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ucf_core.studies.diagnosis.groups import PopularityGroup, ProfileRecall
from ucf_core.studies.diagnosis.hubness import OccurrenceBins
from ucf_core.studies.diagnosis.similarity_distribution import SimilarityDistribution
from ucf_core.studies.evaluation.beyond_accuracy import PopularityBias
from ucf_ui.figures.frame import drawn
from ucf_ui.figures.palette import EVERYBODY, NEIGHBOUR, REFERENCE, USER


def occurrence_bars(bins: OccurrenceBins, here: int | None) -> go.Figure:
    """How many users are in no, 1, 2-3, ... lists, beside chance; `here` marks the bin of one user's count."""
    labels = [_span(*ends) for ends in zip(bins.first.tolist(), bins.last.tolist(), strict=True)]
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "x": labels,
            "y": amounts,
            "name": name,
            "marker": {"color": colour},
            "hovertemplate": "In %{x} lists: %{y:,.0f} users<extra>" + name + "</extra>",
        }
        for name, amounts, colour in (("Users", bins.rows, EVERYBODY), ("By chance", bins.by_chance, REFERENCE))
    ]
    if here is not None:
        place = int(np.searchsorted(bins.first, here, side="right")) - 1
        traces.append(
            {
                "type": "scatter",
                "x": [labels[place]],
                "y": [0],
                "mode": "markers",
                "name": "This user",
                "marker": {"color": USER, "size": 14, "symbol": "star"},
                "cliponaxis": False,
                "hovertemplate": f"In {here:,} lists<extra>This user</extra>",
            }
        )
    return drawn(
        traces,
        "How many neighbour lists include each user",
        "Neighbour lists that include a user",
        "Users",
        height=360,
        xaxis={"type": "category"},
    )


def similarity_histograms(similarity: SimilarityDistribution) -> go.Figure:
    """Similarities of neighbour pairs over those of random pairs, each in per cent of its kind."""
    edges, *shares = similarity.histograms()
    middles = (edges[:-1] + edges[1:]) / 2
    traces = [
        {
            "type": "bar",
            "x": middles,
            "y": 100 * share,
            "width": np.diff(edges),
            "name": name,
            "marker": {"color": colour, "line": {"width": 0}},
            "opacity": 0.8,
            "customdata": np.stack([edges[:-1], edges[1:]], axis=1),
            "hovertemplate": "%{customdata[0]:.2f} to %{customdata[1]:.2f}: %{y:.1f} %<extra>" + name + "</extra>",
        }
        for name, share, colour in zip(
            ("Random pairs", "User and neighbour"), reversed(shares), (REFERENCE, NEIGHBOUR), strict=True
        )
    ]
    figure = drawn(traces, "Similarity of pairs of users", "Similarity (cosine)", "Share of pairs (%)", height=360)
    figure.update_layout(barmode="overlay", bargap=0)
    return figure


def recall_by_profile(groups: Sequence[ProfileRecall]) -> go.Figure:
    """Index recall of users by number of ratings, with 95 % intervals."""
    means, low, high = (
        100 * np.array([getattr(group.recall, part) for group in groups]) for part in ("estimate", "low", "high")
    )
    marks = {
        "type": "scatter",
        "x": [f"{_span(group.fewest, group.most)}<br>{group.users:,} users" for group in groups],
        "y": means,
        "error_y": {
            "type": "data",
            "array": high - means,
            "arrayminus": means - low,
            "color": REFERENCE,
            "thickness": 1.5,
        },
        "mode": "markers",
        "marker": {"color": EVERYBODY, "size": 10},
        "customdata": np.stack([low, high], axis=1),
        "hovertemplate": "%{x}: %{y:.1f} %, 95 % interval %{customdata[0]:.1f} to %{customdata[1]:.1f}<extra></extra>",
    }
    bottom = min(float(low.min(initial=100.0)) - 2, 90.0)
    return drawn(
        [marks],
        "Index recall by number of ratings",
        "Ratings of the user",
        "Exact neighbours found (%)",
        height=360,
        xaxis={"type": "category", "tickangle": 0, "tickfont": {"size": 11}},
        yaxis={"range": [max(bottom, -2), 101]},
    )


def popularity_scatter(bias: PopularityBias, here: int | None) -> go.Figure:
    """Each user's lists against the user's profile, by mean popularity; `here` is the place of one user."""
    measured = np.flatnonzero(bias.measured)
    profiles, lists = 100 * bias.profile_popularity, 100 * bias.list_popularity
    top = float(max(profiles[measured].max(initial=1), lists[measured].max(initial=1))) * 1.05
    hover = "Rated: known to %{x:.1f} % of users<br>Recommended: to %{y:.1f} %"
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": [0, top],
            "y": [0, top],
            "mode": "lines",
            "name": "Equally popular",
            "line": {"color": REFERENCE, "dash": "dash", "width": 1.5},
            "hoverinfo": "skip",
        },
        _dots(profiles[measured], lists[measured], "User", EVERYBODY, 5, hover),
    ]
    if here is not None and bias.measured[here]:
        traces.append(_dots(profiles[[here]], lists[[here]], "This user", USER, 14, hover, "star"))
    return drawn(
        traces,
        "Popularity of lists against profiles",
        "Mean popularity of films rated (% of users)",
        "Of films recommended (% of users)",
        height=360,
        xaxis={"range": [0, top]},
        yaxis={"range": [0, top]},
    )


def popularity_bars(groups: Sequence[PopularityGroup]) -> go.Figure:
    """Popularity of profiles and of lists, in groups of users from the rarest taste to the most popular."""
    labels = [_taste(place, len(groups)) for place in range(len(groups))]
    traces = [
        {
            "type": "bar",
            "x": labels,
            "y": [100 * getattr(group, part) for group in groups],
            "name": name,
            "marker": {"color": colour},
            "customdata": [group.users for group in groups],
            "hovertemplate": "%{customdata:,} users: %{y:.1f} % of users know them<extra>" + name + "</extra>",
        }
        for name, part, colour in (
            ("Rated", "profile_popularity", EVERYBODY),
            ("Recommended", "list_popularity", NEIGHBOUR),
        )
    ]
    return drawn(
        traces,
        "Popularity by kind of taste",
        "Users by taste, in groups of equal size",
        "Mean popularity (% of users)",
        height=360,
        xaxis={"type": "category"},
    )


def _dots(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    name: str,
    colour: str,
    size: int,
    hover: str,
    symbol: str = "circle",
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "markers",
        "name": name,
        "marker": {"color": colour, "size": size, "opacity": 0.75, "symbol": symbol},
        "hovertemplate": hover + f"<extra>{name}</extra>",
    }


def _span(first: int, last: int) -> str:
    return f"{first:,}" if first == last else f"{first:,}-{last:,}"


def _taste(place: int, groups: int) -> str:
    if groups == 1:
        return "All users"
    return {0: "Rarest", groups - 1: "Most popular"}.get(place, str(place + 1))
