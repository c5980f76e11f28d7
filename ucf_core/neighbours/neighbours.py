"""A user's neighbours, and what two users have in common."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only, sum_by
from ucf_core.base.errors import SpecError
from ucf_core.base.specs import Engine
from ucf_core.index.base import Hits, NeighbourIndex
from ucf_core.ratings.guest import Guest
from ucf_core.ratings.ids import Ids
from ucf_core.ratings.ratings import Ratings

if TYPE_CHECKING:
    import pandas as pd

Queries = TypeVar("Queries")
Row: TypeAlias = tuple[NDArray[np.int32], NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The k users most similar to one user, nearest first, never that user itself. Arrays are read-only.

    Attributes:
        ratings: the dataset that all rows refer to.
        user: row of the user; n_users for a guest.
        rows: (k,) int32 rows of the neighbours.
        similarities: (k,) float32 cosines in [-1, 1].
        engine: which engine answered; "exact" where hnsw was asked for means that the graph gave too few.
        ef: the search breadth that answered, None for exact search.
        per_item: where each item is judged by the nearest among its own raters: by how many. Then `rows` are all
            other users, because any of them may be among an item's nearest raters.
        guest: the guest whose neighbours these are; None for a user of the dataset.
    """

    ratings: Ratings
    user: int
    rows: NDArray[np.int32]
    similarities: NDArray[np.float32]
    engine: Engine
    ef: int | None = None
    per_item: int | None = None
    guest: Guest | None = None

    def __post_init__(self) -> None:
        read_only(self.rows, self.similarities)

    @property
    def k(self) -> int:
        """Number of neighbours."""
        return int(self.rows.size)

    @property
    def users(self) -> Ids:
        """(k,) raw ids of the neighbours."""
        return self.ratings.users.ids[self.rows]

    @property
    def own(self) -> Row:
        """The item rows that the user or guest rated, ascending, and the ratings."""
        return (self.guest.items, self.guest.given) if self.guest else self.ratings.row_of(self.user)

    def to_frame(self) -> "pd.DataFrame":
        """A pandas frame with raw user ids, similarities, co-rated items and mean absolute difference on them."""
        import pandas as pd

        shared = agreement(self)
        return pd.DataFrame(
            {
                "user": self.users,
                "similarity": self.similarities,
                "co_rated": shared.co_rated,
                "mean_absolute_difference": shared.mean_absolute_difference,
            }
        )

    def without(self, row: int) -> "Neighbours":
        """The same neighbours less one."""
        kept = self.rows != row
        return replace(self, rows=self.rows[kept], similarities=self.similarities[kept])


def find_neighbours(
    ratings: Ratings, index: NeighbourIndex[Queries], query: Queries, user: int, *, k: int, ef: int
) -> Neighbours:
    """The k nearest users of `user` (a row), whose vector (or sparse row) is the one row of `query`.

    Searches for k + 1 and drops the user by row: with duplicates of its vector it need not come back first, nor
    at all. Raises SpecError unless 1 <= k <= n_users - 1.
    """
    check_neighbour_count(k, index.n_rows)
    hits = index.search(query, k=k + 1, ef=ef)
    rows, similarities = without_self(hits, np.array([user]), k)
    return Neighbours(ratings, user, rows[0], similarities[0], hits.engine, hits.ef)


def check_neighbour_count(k: int, n_users: int) -> None:
    """Raise SpecError unless a user can have k neighbours among n_users."""
    if n_users < 2:
        raise SpecError(f"this dataset has {n_users} user, and neighbours need at least 2; add users")
    if not 1 <= k <= n_users - 1:
        raise SpecError(f"k={k} exceeds the {n_users - 1} other users; choose 1 <= k <= {n_users - 1}")


def without_self(hits: Hits, users: NDArray[np.integer], k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The first k hits of each query that are not the querying user: two (n_queries, k) arrays.

    `hits` must hold k + 1 rows a query; where the user is not among them, the last one goes.
    """
    keep = hits.rows != users[:, None]
    keep[keep.all(axis=1), -1] = False
    return hits.rows[keep].reshape(len(users), k), hits.similarities[keep].reshape(len(users), k)


@dataclass(frozen=True, eq=False)
class SharedItems:
    """The items that two users both rated, ascending, and what each gave them.

    Attributes:
        items: (co_rated,) int32 item rows.
        first, second: (co_rated,) float32 ratings.
    """

    items: NDArray[np.int32]
    first: NDArray[np.float32]
    second: NDArray[np.float32]

    @property
    def mean_absolute_difference(self) -> float | None:
        """Mean of |first - second| in rating units; None without shared items."""
        return float(np.abs(self.first - self.second).mean()) if self.items.size else None


def compare_users(ratings: Ratings, first: int, second: int) -> SharedItems:
    """What two users (rows) have both rated."""
    return shared_items(ratings.row_of(first), ratings.row_of(second))


def shared_items(first: Row, second: Row) -> SharedItems:
    """What two rows have in common: the items that each holds, ascending, and its ratings."""
    (items_a, values_a), (items_b, values_b) = first, second
    items, at_a, at_b = np.intersect1d(items_a, items_b, assume_unique=True, return_indices=True)
    return SharedItems(items, values_a[at_a], values_b[at_b])


@dataclass(frozen=True, eq=False)
class Agreement:
    """How much each neighbour shares with the user, in the order of the neighbours.

    Attributes:
        co_rated: (k,) int32 items both rated.
        mean_absolute_difference: (k,) float64 in rating units; NaN where co_rated is 0.
    """

    co_rated: NDArray[np.int32]
    mean_absolute_difference: NDArray[np.float64]


def agreement(neighbours: Neighbours) -> Agreement:
    """Co-rated items and mean absolute difference on them for all neighbours at once: one sparse row selection."""
    ratings = neighbours.ratings
    items, values = neighbours.own
    own = np.full(ratings.n_items, np.nan)
    own[items] = values
    block = ratings.matrix[neighbours.rows]
    owner = np.repeat(np.arange(neighbours.k), np.diff(block.indptr))
    difference = np.abs(block.data - own[block.indices])
    shared = ~np.isnan(difference)
    co_rated = np.bincount(owner[shared], minlength=neighbours.k)
    total = sum_by(owner[shared], difference[shared], neighbours.k)
    mean = np.divide(total, co_rated, out=np.full(neighbours.k, np.nan), where=co_rated > 0)
    return Agreement(co_rated.astype(np.int32), mean)
