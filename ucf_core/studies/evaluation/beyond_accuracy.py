"""Beyond accuracy: how much of the catalogue lists use, how novel they are, and how popular their items are.

In a batch of lists, (m, n) item rows, -1 is padding at the end of a list that is shorter than n.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import row_sums
from ucf_core.ratings.ratings import Ratings


def gini(counts: NDArray[Any]) -> float:
    """Gini index of non-negative `counts`, (n,): mean absolute difference over twice the mean; in [0, 1 - 1/n].

    0 where all are equal, also where all are 0.
    """
    ordered = np.sort(counts.astype(np.float64))
    n, total = ordered.size, ordered.sum()
    if total == 0:
        return 0.0
    ranks = np.arange(1, n + 1)
    return max(float((2 * ranks - n - 1) @ ordered / (n * total)), 0.0)


def list_means(lists: NDArray[np.integer], values: NDArray[Any]) -> NDArray[np.float64]:
    """Mean of `values`, (n_items,), over the items of each list, (m,); NaN for an empty one."""
    filled = lists >= 0
    return _divide(np.where(filled, values[lists], 0.0).sum(axis=1), filled.sum(axis=1))


@dataclass(frozen=True)
class CatalogueUse:
    """How a batch of lists uses the catalogue.

    Attributes:
        item_coverage: share of all items that are in at least one list.
        gini: Gini index of how often each item of the catalogue is recommended: 0 evenly, near 1 always the same few.
        popularity: training ratings of a recommended item: the mean over the places of all lists.
        novelty: see `novelty`; the mean over users who have a list.
    """

    item_coverage: float
    gini: float
    popularity: float
    novelty: float


def recommendation_counts(lists: NDArray[np.integer], n_items: int) -> NDArray[np.int64]:
    """In how many lists each item is, (n_items,)."""
    return np.bincount(lists[lists >= 0], minlength=n_items).astype(np.int64)


def novelty(lists: NDArray[np.integer], item_counts: NDArray[np.integer], n_users: int) -> NDArray[np.float64]:
    """Mean self-information of each list, (m,), in bits; NaN for an empty list. Vargas & Castells 2011.

    That of an item is -log2 of the share of the `n_users` who rated it, by its training ratings `item_counts`,
    (n_items,). An item without ratings counts as rated by one user; else its novelty would have no bound.
    """
    return list_means(lists, -np.log2(np.maximum(item_counts, 1) / n_users))


def catalogue_use(lists: NDArray[np.integer], item_counts: NDArray[np.integer], n_users: int) -> CatalogueUse:
    """How the lists use the catalogue whose training ratings are `item_counts`, (n_items,).

    Popularity and novelty are NaN where all lists are empty.
    """
    counts = recommendation_counts(lists, len(item_counts))
    filled = lists >= 0
    return CatalogueUse(
        item_coverage=float(np.mean(counts > 0)),
        gini=gini(counts),
        popularity=_mean(item_counts[lists[filled]]),
        novelty=_mean(novelty(lists, item_counts, n_users)[filled.any(axis=1)]),
    )


@dataclass(frozen=True, eq=False)
class PopularityBias:
    """How popular recommended items are beside those that the same users rated.

    An item's popularity is the share of all users who rated it. A user without ratings, or with an empty list, has NaN
    there and is left out of the averages.

    Attributes:
        profile_popularity, list_popularity: (m,) mean popularity of the items that a user rated, or was recommended.
    """

    profile_popularity: NDArray[np.float64]
    list_popularity: NDArray[np.float64]

    @property
    def measured(self) -> NDArray[np.bool_]:
        """Which users have both ratings and a list, (m,)."""
        return ~(np.isnan(self.profile_popularity) | np.isnan(self.list_popularity))

    @property
    def profile_gap(self) -> float:
        """GAP of the rated items: group average popularity, the mean over users of the mean over their items."""
        return _mean(self.profile_popularity[self.measured])

    @property
    def list_gap(self) -> float:
        """GAP of the lists."""
        return _mean(self.list_popularity[self.measured])

    @property
    def gap_difference(self) -> float:
        """(list_gap - profile_gap) / profile_gap: 0 as popular as the rated items, 1 twice as popular; NaN if empty.

        Abdollahpouri, Mansoury, Burke & Mobasher 2019, "The unfairness of popularity bias in recommendation".
        """
        return (self.list_gap - self.profile_gap) / self.profile_gap


def popularity_bias(train: Ratings, users: NDArray[np.integer], lists: NDArray[np.integer]) -> PopularityBias:
    """The popularity bias of the lists, (m, n) item rows padded with -1, of `users`, (m,) rows of `train`."""
    popularity = train.item_counts / train.n_users
    rated = train.matrix[users]
    means = _divide(row_sums(rated, popularity[rated.indices]), np.diff(rated.indptr))
    return PopularityBias(means, list_means(lists, popularity))


def _divide(totals: NDArray[np.float64], counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """totals / counts; NaN where the count is 0."""
    means: NDArray[np.float64] = np.full(totals.shape, np.nan)
    np.divide(totals, counts, out=means, where=counts > 0)
    return means


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if values.size else float("nan")
