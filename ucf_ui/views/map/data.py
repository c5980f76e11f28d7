"""Data of the Map page: the map, density, colours, points, and how far to trust it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.specs import QuerySpec, changed
from ucf_core.base.text import strip_control_chars
from ucf_core.explorer.explorer import Explorer
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.user_map.density import Crowd, crowd_of, draw_users
from ucf_core.studies.user_map.pca import Method, UserMap
from ucf_core.studies.user_map.trust import MapTrust, closest, map_trust
from ucf_core.studies.user_map.user_map import mapped, user_map
from ucf_core.studies.user_map.user_traits import favourite_genres, mean_ratings
from ucf_ui.base.text import counted
from ucf_ui.figures.frame import literal
from ucf_ui.figures.map import Colouring, Points
from ucf_ui.session import cache

Made = TypeVar("Made")

# Users drawn as points that can be clicked: a browser draws this many in a moment.
_MOST_POINTS = 5_000
# The map is measured by the nearest others of so many users, and so many of them: as many as a page offers.
_MEASURED, _MOST_NEIGHBOURS = 100, 1_000
# Genres with a colour each; the others share one.
_OWN_COLOUR = 8
COLOURS = {
    "density": "Density",
    "ratings": "Number of ratings",
    "mean": "Mean rating",
    "genre": "Favourite genre",
    "similarity": "Similarity",
}


@dataclass(frozen=True, eq=False)
class Drawn:
    """A map, ready to draw; `name` is unique."""

    name: str
    query: QuerySpec
    map: UserMap
    crowd: Crowd
    points: Points


def drawn(explorer: Explorer, query: QuerySpec, method: Method) -> Drawn:
    """The map of a query whose embedding is built; for UMAP, the map too."""
    query = mapped(query)
    name = f"{explorer.ratings.fingerprint} {query} {method}"
    return _cached(f"map {name}", lambda: _drawn(explorer, query, method, name))


def get_ready(explorer: Explorer) -> None:
    """Compute what the Map page shows first, before the first visitor asks."""
    trust(explorer, drawn(explorer, QuerySpec(dim=explorer.dim(QuerySpec())), "pca"))


def trust(explorer: Explorer, shown: Drawn) -> MapTrust | None:
    """How many neighbours a map preserves; None for a single user."""
    if explorer.ratings.n_users < 2:
        return None
    units = explorer.builds.units(shown.query)
    return _cached(
        f"trust {shown.name}", lambda: map_trust(units, shown.map.places, most=_MOST_NEIGHBOURS, sample=_MEASURED)
    )


def is_judged(shown: Drawn) -> bool:
    """Whether `trust` of a map is cached."""
    return f"trust {shown.name}" in cache.maps()


def preserved_of(explorer: Explorer, shown: Drawn, user: RawId, k: int) -> float:
    """Share of the k nearest others of a user in the embedding who are also among the k nearest on the map."""
    row = explorer.ratings.users.row(user)
    similar = explorer.neighbours(user, changed(shown.query, {"k": k, "engine": "exact"})).rows
    return float(np.isin(similar, closest(shown.map.places, row, k)).mean())


def colouring(explorer: Explorer, shown: Drawn, by: str, user: RawId) -> Colouring:
    """The colours of a map by one of `COLOURS`; only those by similarity depend on the user.

    Where all users are points, only density has cells.
    """
    ratings, crowd, rows = explorer.ratings, shown.crowd, shown.points.rows
    crowded = ratings.n_users > rows.size
    if by == "genre":
        return _by_genre(ratings, crowd, rows, crowded)
    if by == "density":
        counts = np.where(crowd.counts > 0, crowd.counts, np.nan).astype(np.float64)
        top = max(2.0, float(np.nanmax(counts)))
        return Colouring("Users in a cell", counts, None, (1.0, top), logarithmic=True)
    values, title, ends = _values(explorer, shown, by, user)
    logarithmic = by == "ratings"
    # on a logarithmic scale, the geometric mean
    averages = crowd.means(np.log(values) if logarithmic else values) if crowded else None
    if averages is not None and logarithmic:
        averages = np.exp(averages)
    return Colouring(title, averages, values[rows], ends, logarithmic=logarithmic, diverging=by == "mean")


def describe(ratings: Ratings, rows: NDArray[np.integer], similarities: NDArray[np.float32] | None = None) -> list[str]:
    """A text of several lines for each user in `rows`."""
    means, genres = mean_ratings(ratings, rows), favourite_genres(ratings, rows)
    names = (*ratings.catalogue.genre_names, "none known")
    texts = [
        f"User {strip_control_chars(str(raw))}\n{counted(number, 'rating')}, mean {mean:.2f}\n"
        f"Favourite genre: {names[genre]}"
        for raw, number, mean, genre in zip(
            ratings.users.ids[rows].tolist(),
            ratings.user_counts[rows].tolist(),
            means.tolist(),
            genres.tolist(),
            strict=True,
        )
    ]
    if similarities is None:
        return texts
    return [f"{one}\nSimilarity {similarity:.3f}" for one, similarity in zip(texts, similarities.tolist(), strict=True)]


def _drawn(explorer: Explorer, query: QuerySpec, method: Method, name: str) -> Drawn:
    made, n_users = user_map(explorer, query, method=method), explorer.ratings.n_users
    crowd = crowd_of(made.places, across=int(np.clip(0.4 * np.sqrt(n_users), 24, 160)))
    rows = draw_users(n_users, _MOST_POINTS)
    points = Points(rows, np.asarray(made.places[rows]), describe(explorer.ratings, rows))
    return Drawn(name, query, made, crowd, points)


def _values(
    explorer: Explorer, shown: Drawn, by: str, user: RawId
) -> tuple[NDArray[np.float64], str, tuple[float, float]]:
    """A value for each user, its title, and the ends of its scale."""
    ratings = explorer.ratings
    if by == "ratings":
        counts = ratings.user_counts.astype(np.float64)
        low, high = (float(end) for end in np.quantile(counts, [0.01, 0.99]))
        return counts, "Ratings of a user", (low, max(high, low + 1.0))
    if by == "mean":
        means = _cached(f"means {ratings.fingerprint}", lambda: mean_ratings(ratings))
        reach = float(np.quantile(np.abs(means - means.mean()), 0.98)) or 1.0
        return means, "Mean rating of a user (stars)", (means.mean() - reach, means.mean() + reach)
    units = explorer.builds.units(shown.query)
    row = ratings.users.row(user)
    similarities = np.clip(units @ units[row], -1, 1).astype(np.float64)
    others = np.delete(similarities, row) if similarities.size > 1 else similarities
    low, high = (float(end) for end in np.quantile(others, [0.02, 0.999]))
    return similarities, f"Similarity to user {literal(user)}", (low, max(high, low + 1e-3))


def _by_genre(ratings: Ratings, crowd: Crowd, rows: NDArray[np.int64], crowded: bool) -> Colouring:
    genres = _cached(f"genres {ratings.fingerprint}", lambda: favourite_genres(ratings))
    names = ratings.catalogue.genre_names
    amounts = np.bincount(genres[genres >= 0], minlength=len(names))
    top = np.argsort(-amounts, kind="stable")[: min(_OWN_COLOUR, np.count_nonzero(amounts))]
    places = np.full(len(names) + 1, top.size)  # the last place is for users without a genre
    places[top] = np.arange(top.size)
    kinds = places[genres]
    cells = crowd.commonest(kinds, top.size + 1).astype(np.float64) if crowded else None
    if cells is not None:
        cells[cells < 0] = np.nan
    named = (*(names[genre] for genre in top.tolist()), "Other or none")
    return Colouring("Favourite genre", cells, kinds[rows].astype(np.float64), (0, top.size), kinds=named)


def _cached(key: str, make: Callable[[], Made]) -> Made:
    made: Made = cache.maps().get_or_compute(key, make)
    return made
