"""What the map page shows, put together from the core: the map, the crowd, colours, points, marks, and its honesty."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.specs import QuerySpec, changed
from ucf_core.base.text import strip_control_chars
from ucf_core.explorer.explorer import Explorer
from ucf_core.neighbours.neighbours import Neighbours
from ucf_core.neighbours.recall import as_near
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.user_map.density import Crowd, crowd_of, draw_users
from ucf_core.studies.user_map.pca import Method, UserMap
from ucf_core.studies.user_map.trust import MapTrust, closest, map_trust
from ucf_core.studies.user_map.user_map import mapped, user_map
from ucf_core.studies.user_map.user_traits import favourite_genres, mean_ratings
from ucf_ui.base.text import count, counted
from ucf_ui.figures.frame import literal
from ucf_ui.figures.map import Colouring, Points
from ucf_ui.session import cache

Made = TypeVar("Made")

# So many users at most are drawn as points that can be clicked: a browser draws them in a moment.
_MOST_POINTS = 5_000
# Of so many users, those nearest to each are looked at to judge the map, as many as a page offers neighbours.
_JUDGED, _MOST_NEIGHBOURS = 100, 1_000
# Genres with a colour of their own; the rest shares one.
_TOLD_APART = 8
COLOURS = {
    "density": "Density",
    "ratings": "Number of ratings",
    "mean": "Mean rating",
    "genre": "Favourite genre",
    "similarity": "Similarity",
}


@dataclass(frozen=True, eq=False)
class Drawn:
    """One map, ready to be drawn: `name` tells it from every other."""

    name: str
    query: QuerySpec
    map: UserMap
    crowd: Crowd
    points: Points


@dataclass(frozen=True, eq=False)
class Marks:
    """The users that the map marks: the chosen one, and rows of others.

    Attributes:
        found: the neighbours that were found, in the space that was asked for.
        true: (k,) which of them exact search lists too.
        ties: (k,) which of the others are as near as the last one that exact search lists.
        missed: rows of true neighbours that were not found, nearest first.
    """

    found: Neighbours
    true: NDArray[np.bool_]
    ties: NDArray[np.bool_]
    missed: NDArray[np.int32]
    missed_similarities: NDArray[np.float32]


def drawn(explorer: Explorer, query: QuerySpec, method: Method) -> Drawn:
    """The map of a query whose embedding is there (and by UMAP, whose map is)."""
    query = mapped(query)
    name = f"{explorer.ratings.fingerprint} {query} {method}"
    return _kept(f"map {name}", lambda: _drawn(explorer, query, method, name))


def get_ready(explorer: Explorer) -> None:
    """Make what the map page shows first, so that it is ready for the first visitor."""
    trust(explorer, drawn(explorer, QuerySpec(dim=explorer.dim(QuerySpec())), "pca"))


def trust(explorer: Explorer, shown: Drawn) -> MapTrust | None:
    """How honest a map is; None for a single user."""
    if explorer.ratings.n_users < 2:
        return None
    units = explorer.builds.units(shown.query)
    return _kept(
        _trust_key(shown),
        lambda: map_trust(units, shown.map.places, most=_MOST_NEIGHBOURS, sample=_JUDGED),
    )


def is_judged(shown: Drawn) -> bool:
    """Whether it takes no time to say how honest a map is."""
    return _trust_key(shown) in cache.maps()


def _trust_key(shown: Drawn) -> str:
    return f"trust {shown.name}"


def kept_of(explorer: Explorer, shown: Drawn, user: RawId, k: int) -> float:
    """Share of the k nearest others of a user in the embedding who are among the k nearest on the map."""
    row = explorer.ratings.users.row(user)
    similar = explorer.neighbours(user, changed(shown.query, {"k": k, "engine": "exact"})).rows
    return float(np.isin(similar, closest(shown.map.places, row, k)).mean())


def marks(explorer: Explorer, user: RawId, query: QuerySpec) -> Marks:
    """The neighbours of a user, and those that the index missed."""
    found = explorer.neighbours(user, query)
    exact = found if query.chosen_engine == "exact" else explorer.neighbours(user, changed(query, {"engine": "exact"}))
    missed, true = ~np.isin(exact.rows, found.rows), np.isin(found.rows, exact.rows)
    ties = as_near(found.similarities, exact.similarities) & ~true
    return Marks(found, true, ties, exact.rows[missed], exact.similarities[missed])


def colouring(explorer: Explorer, shown: Drawn, by: str, user: RawId) -> Colouring:
    """The colours of a map by one of `COLOURS`; only those by similarity depend on the user.

    Cells are left out where all users are points, but for density.
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
    # the mean of what the colours follow: of logarithms, the geometric mean
    averages = crowd.means(np.log(values) if logarithmic else values) if crowded else None
    if averages is not None and logarithmic:
        averages = np.exp(averages)
    return Colouring(title, averages, values[rows], ends, logarithmic=logarithmic, diverging=by == "mean")


def describe(ratings: Ratings, rows: NDArray[np.integer], similarities: NDArray[np.float32] | None = None) -> list[str]:
    """The text of each user in `rows`, in lines."""
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
    """A value for every user, what it is, and the ends of its scale."""
    ratings = explorer.ratings
    if by == "ratings":
        counts = ratings.user_counts.astype(np.float64)
        low, high = (float(end) for end in np.quantile(counts, [0.01, 0.99]))
        return counts, "Ratings of a user", (low, max(high, low + 1.0))
    if by == "mean":
        means = _means(ratings)
        reach = float(np.quantile(np.abs(means - means.mean()), 0.98)) or 1.0
        return means, "Mean rating of a user (stars)", (means.mean() - reach, means.mean() + reach)
    units = explorer.builds.units(shown.query)
    row = ratings.users.row(user)
    similarities = np.clip(units @ units[row], -1, 1).astype(np.float64)
    others = np.delete(similarities, row) if similarities.size > 1 else similarities
    low, high = (float(end) for end in np.quantile(others, [0.02, 0.999]))
    return similarities, f"Similarity to user {literal(user)}", (low, max(high, low + 1e-3))


def _by_genre(ratings: Ratings, crowd: Crowd, rows: NDArray[np.int64], crowded: bool) -> Colouring:
    genres = _kept(f"genres {ratings.fingerprint}", lambda: favourite_genres(ratings))
    names = ratings.catalogue.genre_names
    amounts = np.bincount(genres[genres >= 0], minlength=len(names))
    top = np.argsort(-amounts, kind="stable")[: min(_TOLD_APART, np.count_nonzero(amounts))]
    places = np.full(len(names) + 1, top.size)  # the last place is that of users without a genre
    places[top] = np.arange(top.size)
    kinds = places[genres]
    cells = crowd.commonest(kinds, top.size + 1).astype(np.float64) if crowded else None
    if cells is not None:
        cells[cells < 0] = np.nan
    named = (*(names[genre] for genre in top.tolist()), "Other or none")
    return Colouring("Favourite genre", cells, kinds[rows].astype(np.float64), (0, top.size), kinds=named)


def _means(ratings: Ratings) -> NDArray[np.float64]:
    return _kept(f"means {ratings.fingerprint}", lambda: mean_ratings(ratings))


def _kept(key: str, make: Callable[[], Made]) -> Made:
    made: Made = cache.maps().get_or_compute(key, make)
    return made


def shown_share(shown: Drawn) -> str:
    """Share of the variance that a map by PCA shows."""
    share = 100 * sum(shown.map.explained or (np.nan,))
    return "none" if np.isnan(share) else f"{share:.1f} %"


def axes(shown: Drawn) -> tuple[str, str]:
    """Titles of the two axes."""
    if shown.map.explained is None:
        return "First direction of UMAP (no unit)", "Second direction (no unit)"
    first, second = (0.0 if np.isnan(share) else 100 * share for share in shown.map.explained)
    return f"First principal component ({first:.1f} % of the variance)", f"Second ({second:.1f} %)"


def crowd_in_words(shown: Drawn, n_users: int) -> str:
    """How many of the users are points."""
    if shown.points.rows.size == n_users:
        return f"All {counted(n_users, 'user')} are points; click one to go to that user."
    return (
        f"Cells hold all {count(n_users)} users. The points are {count(shown.points.rows.size)} of them, drawn at "
        "random; click one to go to that user."
    )
