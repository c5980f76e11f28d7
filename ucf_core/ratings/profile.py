"""Profile of one user's ratings, and suggested users to start with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.ratings.ratings import Ratings


@dataclass(frozen=True, eq=False)
class GenreTaste:
    """How much and how well a user rates one genre."""

    genre: str
    count: int
    mean: float


@dataclass(frozen=True, eq=False)
class Profile:
    """One user's ratings in a nutshell.

    Attributes:
        user: row of the user; n_users for a guest.
        count: number of ratings.
        mean: mean rating.
        values, value_counts: the distinct ratings of the whole dataset, ascending, and how often this user gave each.
        genres: the user's genres by number of ratings, most first.
        top_items, top_ratings: rated item rows, best rated first (among equals the more popular), and the ratings.
    """

    user: int
    count: int
    mean: float
    values: NDArray[np.float32]
    value_counts: NDArray[np.int64]
    genres: tuple[GenreTaste, ...]
    top_items: NDArray[np.int64]
    top_ratings: NDArray[np.float32]


def user_profile(ratings: Ratings, user: int) -> Profile:
    """The profile of one user (a row)."""
    return profile_of(ratings, user, *ratings.row_of(user))


def profile_of(ratings: Ratings, user: int, items: NDArray[np.int32], values: NDArray[np.float32]) -> Profile:
    """The profile of a person who rated `items` (rows, ascending) with `values`, both (m,).

    A rating absent from the dataset counts as the next higher one that occurs.
    """
    scale, _ = ratings.value_counts
    block = ratings.catalogue.genre_matrix[items]
    counts = np.asarray(block.sum(axis=0)).ravel()
    totals = np.asarray(block.T @ values).ravel()
    names = ratings.catalogue.genre_names
    genres = tuple(
        GenreTaste(names[column], int(counts[column]), float(totals[column] / counts[column]))
        for column in np.lexsort((np.arange(counts.size), -counts))
        if counts[column]
    )
    best_first = np.lexsort((items, -ratings.item_counts[items], -values))
    return Profile(
        user=user,
        count=int(items.size),
        mean=float(values.mean(dtype=np.float64)),
        values=scale,
        value_counts=np.bincount(np.searchsorted(scale, values), minlength=scale.size),
        genres=genres,
        top_items=items[best_first].astype(np.int64),
        top_ratings=values[best_first],
    )


@dataclass(frozen=True)
class QuickPicks:
    """Rows of users worth a first look."""

    most_ratings: int
    fewest_ratings: int
    most_typical: int


def quick_picks(ratings: Ratings) -> QuickPicks:
    """The users with most and fewest ratings, and the one most like the average user (ties: the lowest row).

    Most typical: the highest cosine between the user's ratings and the sum of all users' unit rating rows.
    """
    return QuickPicks(
        most_ratings=int(ratings.user_counts.argmax()),
        fewest_ratings=int(ratings.user_counts.argmin()),
        most_typical=ratings.most_typical,
    )
