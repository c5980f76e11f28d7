"""Compare two users: agreement, genres, films that only one has rated, and similarity."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.index.exact import BLAS_ERROR, exact_cosines
from ucf_core.neighbours.neighbours import Neighbours, SharedItems, compare_users
from ucf_core.ratings.ratings import Ratings

# Half a star, with room for rounding.
_HALF = 0.5 + 1e-6


@dataclass(frozen=True)
class Accord:
    """How far two users agree on the films that both rated.

    Attributes:
        shared: how many those are.
        pearson: correlation of their ratings, from -1 to 1; None where either gave all of them the same, or where
            fewer than 2 are shared.
        mean_absolute_difference: in rating units; None without shared films.
        within_half: share of the shared films on which they are half a rating unit apart or less; None without any.
    """

    shared: int
    pearson: float | None
    mean_absolute_difference: float | None
    within_half: float | None


@dataclass(frozen=True)
class GenrePair:
    """One genre as two users rate it: how many of its films, what share of all that each rated, and the mean."""

    genre: str
    counts: tuple[int, int]
    shares: tuple[float, float]
    means: tuple[float | None, float | None]


@dataclass(frozen=True, eq=False)
class Unseen:
    """Films that one user loved and the other has not rated, best first, among equals the more popular.

    Attributes:
        items: (m,) int64 item rows.
        ratings: (m,) float32 the rating of the first user.
    """

    items: NDArray[np.int64]
    ratings: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Pair:
    """Two users (rows) compared by their ratings.

    Attributes:
        first, second: the users.
        shared: what both rated.
        accord: how far they agree on it.
        genres: those that either rated, by their larger share, largest first.
        loved_by: what the first loved and the second has not rated, and the other way round.
        loved_from: the rating from which a film counts as loved.
    """

    first: int
    second: int
    shared: SharedItems
    accord: Accord
    genres: tuple[GenrePair, ...]
    loved_by: tuple[Unseen, Unseen]
    loved_from: float


def loved_from(ratings: Ratings) -> float:
    """The lowest rating given that is in the top quarter of the scale, from which a film counts as loved: 4 of 5."""
    low, high = ratings.scale
    given = ratings.value_counts[0]
    return float(given[given >= high - (high - low) / 4][0])


def compare_pair(ratings: Ratings, first: int, second: int) -> Pair:
    """Compare two users, given as rows, in time proportional to their ratings."""
    shared = compare_users(ratings, first, second)
    return Pair(
        first=first,
        second=second,
        shared=shared,
        accord=accord_on(shared),
        genres=_genres(ratings, first, second),
        loved_by=(_unseen(ratings, first, second), _unseen(ratings, second, first)),
        loved_from=loved_from(ratings),
    )


def accord_on(shared: SharedItems) -> Accord:
    """How far two users agree on what they share."""
    n = int(shared.items.size)
    if not n:
        return Accord(0, None, None, None)
    apart = np.abs(shared.first.astype(np.float64) - shared.second)
    return Accord(n, _pearson(shared), float(apart.mean()), float((apart <= _HALF).mean()))


def _pearson(shared: SharedItems) -> float | None:
    if shared.items.size < 2 or np.ptp(shared.first) == 0 or np.ptp(shared.second) == 0:
        return None
    return float(np.clip(np.corrcoef(shared.first.astype(np.float64), shared.second.astype(np.float64))[0, 1], -1, 1))


def _genres(ratings: Ratings, *users: int) -> tuple[GenrePair, ...]:
    counts, totals, sizes = [], [], []
    for user in users:
        items, values = ratings.row_of(user)
        block = ratings.catalogue.genre_matrix[items]
        counts.append(np.asarray(block.sum(axis=0)).ravel().astype(int))
        totals.append(np.asarray(block.T @ values.astype(np.float64)).ravel())
        sizes.append(items.size)
    shares = np.stack(counts) / np.array(sizes)[:, None]
    order = np.lexsort((np.arange(shares.shape[1]), -shares.max(axis=0)))
    names = ratings.catalogue.genre_names

    def both(column: int) -> GenrePair:
        own = [int(count[column]) for count in counts]
        means = [float(total[column]) / count if count else None for total, count in zip(totals, own, strict=True)]
        first, second = shares[:, column].tolist()
        return GenrePair(names[column], (own[0], own[1]), (first, second), (means[0], means[1]))

    return tuple(both(column) for column in order.tolist() if shares[:, column].any())


def _unseen(ratings: Ratings, lover: int, other: int) -> Unseen:
    items, values = ratings.row_of(lover)
    kept = (values >= loved_from(ratings)) & ~np.isin(items, ratings.row_of(other)[0], assume_unique=True)
    items, values = items[kept], values[kept]
    best = np.lexsort((items, -ratings.item_counts[items], -values))
    return Unseen(items[best].astype(np.int64), values[best])


@dataclass(frozen=True)
class Nearness:
    """How near one user stands to another.

    Attributes:
        similarity: cosine, from -1 to 1.
        place: from 1, in the list of all other users, nearest first.
        others: how many that list has.
    """

    similarity: float
    place: int
    others: int


def nearness(all_others: Neighbours, other: int) -> Nearness:
    """Where `other` (a row) stands in a list of all other users."""
    place = int(np.flatnonzero(all_others.rows == other)[0])
    return Nearness(float(all_others.similarities[place]), place + 1, all_others.k)


def nearness_of_units(units: NDArray[np.float32], user: int, other: int) -> Nearness:
    """The same without building the list; `units` are all users' vectors, (n_users, dim).

    One matrix-vector product; only near ties, within the error of BLAS, are computed exactly.
    """
    rough = units @ units[user]
    rough[user] = -2.0  # less than any cosine
    near = np.flatnonzero(np.abs(rough - rough[other]) <= 2 * BLAS_ERROR)
    cosines = exact_cosines(units[near], units[user])
    own = cosines[np.searchsorted(near, other)]
    before = np.count_nonzero((cosines > own) | ((cosines == own) & (near < other)))
    nearer = np.count_nonzero(rough > rough[other] + 2 * BLAS_ERROR)
    return Nearness(float(own), int(nearer + before) + 1, len(units) - 1)
