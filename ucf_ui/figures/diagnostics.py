"""Charts of a diagnosis: hubs, similarities, recall and popularity over a whole dataset."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ucf_core.studies.diagnosis.groups import PopularityGroup, ProfileRecall
from ucf_core.studies.diagnosis.hubness import OccurrenceBins
from ucf_core.studies.diagnosis.similarity_distribution import SimilarityDistribution
from ucf_core.studies.evaluation.beyond_accuracy import PopularityBias
from ucf_ui.figures.frame import chart, trace
from ucf_ui.figures.palette import ALL_USERS, NEIGHBOUR, REFERENCE, USER

_HEIGHT = 360


def occurrence_bars(bins: OccurrenceBins, here: int | None) -> go.Figure:
    """How many users are in no, 1, 2-3, ... lists, beside chance; `here` marks the bin of one user's count."""
    labels = [_span(*ends) for ends in zip(bins.first.tolist(), bins.last.tolist(), strict=True)]
    traces = [
        trace("bar", labels, amounts, name, "In %{x} lists: %{y:,.0f} users", marker={"color": colour})
        for name, amounts, colour in (("Users", bins.rows, ALL_USERS), ("By chance", bins.by_chance, REFERENCE))
    ]
    if here is not None:
        label = labels[int(np.searchsorted(bins.first, here, side="right")) - 1]
        star = {"color": USER, "size": 14, "symbol": "star"}
        hover = f"In {here:,} lists"
        traces.append(trace("markers", [label], [0], "This user", hover, marker=star, cliponaxis=False))
    return chart(
        traces,
        "How many neighbour lists include each user",
        "Neighbour lists that include a user",
        "Users",
        height=_HEIGHT,
        xaxis={"type": "category"},
    )


def similarity_histograms(similarity: SimilarityDistribution) -> go.Figure:
    """Similarities of neighbour pairs over those of random pairs, each in per cent of its kind."""
    edges, neighbours, random = similarity.histograms()
    traces = [
        trace(
            "bar",
            (edges[:-1] + edges[1:]) / 2,
            100 * share,
            name,
            "%{customdata[0]:.2f} to %{customdata[1]:.2f}: %{y:.1f} %",
            width=np.diff(edges),
            marker={"color": colour, "line": {"width": 0}},
            opacity=0.8,
            customdata=np.stack([edges[:-1], edges[1:]], axis=1),
        )
        for name, share, colour in (
            ("Random pairs", random, REFERENCE),
            ("User and neighbour", neighbours, NEIGHBOUR),
        )
    ]
    title, x, y = "Similarity of pairs of users", "Similarity (cosine)", "Share of pairs (%)"
    return chart(traces, title, x, y, height=_HEIGHT, barmode="overlay", bargap=0)


def recall_by_profile(groups: Sequence[ProfileRecall]) -> go.Figure:
    """Index recall of users by number of ratings, with 95 % intervals."""
    means, low, high = (
        100 * np.array([getattr(group.recall, part) for group in groups]) for part in ("estimate", "low", "high")
    )
    bars = {"type": "data", "array": high - means, "arrayminus": means - low, "color": REFERENCE, "thickness": 1.5}
    points = trace(
        "markers",
        [f"{_span(group.fewest, group.most)}<br>{group.users:,} users" for group in groups],
        means,
        hover="%{x}: %{y:.1f} %, 95 % interval %{customdata[0]:.1f} to %{customdata[1]:.1f}",
        error_y=bars,
        marker={"color": ALL_USERS, "size": 10},
        customdata=np.stack([low, high], axis=1),
    )
    bottom = min(float(low.min(initial=100.0)) - 2, 90.0)
    return chart(
        [points],
        "Index recall by number of ratings",
        "Ratings of the user",
        "Exact neighbours found (%)",
        height=_HEIGHT,
        xaxis={"type": "category", "tickangle": 0, "tickfont": {"size": 11}},
        yaxis={"range": [max(bottom, -2), 101]},
    )


def popularity_scatter(bias: PopularityBias, here: int | None) -> go.Figure:
    """Each user's list against the user's profile, by mean popularity; `here` is the row of a user to mark."""
    measured = np.flatnonzero(bias.measured)
    profiles, lists = 100 * bias.profile_popularity, 100 * bias.list_popularity
    top = float(max(profiles[measured].max(initial=1), lists[measured].max(initial=1))) * 1.05
    diagonal = {"color": REFERENCE, "dash": "dash", "width": 1.5}
    traces = [trace("lines", [0, top], [0, top], "Equally popular", line=diagonal)]
    kinds = [("User", measured, {"color": ALL_USERS, "size": 5})]
    if here is not None and bias.measured[here]:
        kinds.append(("This user", np.array([here]), {"color": USER, "size": 14, "symbol": "star"}))
    hover = "Rated: known to %{x:.1f} % of users<br>Recommended: to %{y:.1f} %"
    for name, rows, marker in kinds:
        traces.append(trace("markers", profiles[rows], lists[rows], name, hover, marker=marker | {"opacity": 0.75}))
    return chart(
        traces,
        "Popularity of lists against profiles",
        "Mean popularity of films rated (% of users)",
        "Of films recommended (% of users)",
        height=_HEIGHT,
        xaxis={"range": [0, top]},
        yaxis={"range": [0, top]},
    )


def popularity_bars(groups: Sequence[PopularityGroup]) -> go.Figure:
    """Popularity of profiles and of lists, in groups of users from the rarest taste to the most popular."""
    labels = ["Rarest", *map(str, range(2, len(groups))), "Most popular"] if len(groups) > 1 else ["All users"]
    users, hover = [group.users for group in groups], "%{customdata:,} users: %{y:.1f} % of users know them"
    traces = []
    for name, part, colour in (
        ("Rated", "profile_popularity", ALL_USERS),
        ("Recommended", "list_popularity", NEIGHBOUR),
    ):
        percent = [100 * getattr(group, part) for group in groups]
        traces.append(trace("bar", labels, percent, name, hover, marker={"color": colour}, customdata=users))
    return chart(
        traces,
        "Popularity by kind of taste",
        "Users by taste, in groups of equal size",
        "Mean popularity (% of users)",
        height=_HEIGHT,
        xaxis={"type": "category"},
    )


def _span(first: int, last: int) -> str:
    return f"{first:,}" if first == last else f"{first:,}-{last:,}"
