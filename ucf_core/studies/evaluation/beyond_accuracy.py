"""Beyond accuracy: how much of the catalogue lists use, how novel they are, and how popular beside their users' taste.

In a batch of lists, (m, n) item rows, -1 is padding at the end of a list that is shorter than n.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import row_sums
from ucf_core.base.parameter import check_range
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.evaluation.inequality import gini

HEAD_SHARE = 0.2


def list_means(lists: NDArray[np.integer], values: NDArray[Any]) -> NDArray[np.float64]:
    """Mean of `values`, (n_items,), over the items of each list, (m,); NaN for an empty one."""
    filled = lists >= 0
    totals = np.where(filled, values[lists], 0.0).sum(axis=1)
    return _divide(totals, filled.sum(axis=1))


@dataclass(frozen=True)
class CatalogueUse:
    """What a batch of lists makes of the catalogue.

    Attributes:
        item_coverage: share of all items that stand in at least one list.
        gini: Gini index of how often each item of the catalogue is recommended: 0 evenly, near 1 always the same few.
        popularity: training ratings of a recommended item: the mean over the places of all lists.
        novelty: see `novelty`; the mean over users who have a list.
    """

    item_coverage: float
    gini: float
    popularity: float
    novelty: float


def recommendation_counts(lists: NDArray[np.integer], n_items: int) -> NDArray[np.int64]:
    """In how many lists each item stands, (n_items,)."""
    return np.bincount(lists[lists >= 0], minlength=n_items).astype(np.int64)


def novelty(lists: NDArray[np.integer], item_counts: NDArray[np.integer], n_users: int) -> NDArray[np.float64]:
    """Mean self-information of each list, (m,), in bits; NaN for an empty list. Vargas & Castells 2011.

    That of an item is -log2 of the share of the `n_users` who rated it, by its training ratings `item_counts`,
    (n_items,). An item without ratings counts as rated by one user; else its novelty would have no bound.
    """
    return list_means(lists, -np.log2(np.maximum(item_counts, 1) / n_users))


def catalogue_use(lists: NDArray[np.integer], item_counts: NDArray[np.integer], n_users: int) -> CatalogueUse:
    """What the lists make of the catalogue whose training ratings are `item_counts`, (n_items,).

    Popularity and novelty are NaN where all lists are empty.
    """
    counts = recommendation_counts(lists, len(item_counts))
    filled = lists >= 0
    bits = novelty(lists, item_counts, n_users)[filled.any(axis=1)]
    return CatalogueUse(
        item_coverage=float(np.mean(counts > 0)),
        gini=gini(counts),
        popularity=float(item_counts[lists[filled]].mean()) if filled.any() else float("nan"),
        novelty=float(bits.mean()) if bits.size else float("nan"),
    )


def long_tail(item_counts: NDArray[np.integer], head_share: float = HEAD_SHARE) -> NDArray[np.bool_]:
    """Which items are of the long tail, (n_items,): all but the most rated `head_share` of the items, rounded up.

    Items without a rating are of the tail. Where items tie at the border the lower rows are of the head.
    """
    check_range("head_share", head_share, 0.0, 1.0)
    n_head = int(np.ceil(round(head_share * item_counts.size, 9)))  # 0.07 x 100 is a little more than 7
    tail: NDArray[np.bool_] = item_counts == 0
    tail[np.argsort(-item_counts.astype(np.int64), kind="stable")[n_head:]] = True
    return tail


@dataclass(frozen=True, eq=False)
class PopularityBias:
    """How popular the items of lists are, and those of the profiles of the same users. All arrays are (m,) float64.

    An item's popularity is the share of all users who rated it. A user without ratings, or with an empty list, has NaN
    there and is left out of the averages.

    Attributes:
        profile_popularity, list_popularity: mean popularity of the items that the user rated, or was recommended.
        profile_tail, list_tail: share of long-tail items among them.
    """

    profile_popularity: NDArray[np.float64]
    list_popularity: NDArray[np.float64]
    profile_tail: NDArray[np.float64]
    list_tail: NDArray[np.float64]

    @property
    def measured(self) -> NDArray[np.bool_]:
        """Which users have both a profile and a list, (m,)."""
        return ~(np.isnan(self.profile_popularity) | np.isnan(self.list_popularity))

    @property
    def profile_gap(self) -> float:
        """GAP of the profiles: group average popularity, the mean over users of the mean over their items."""
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


def popularity_bias(
    train: Ratings, users: NDArray[np.integer], lists: NDArray[np.integer], *, head_share: float = HEAD_SHARE
) -> PopularityBias:
    """The popularity bias of the lists, (m, n) item rows padded with -1, of `users`, (m,) rows.

    Profiles, popularity and long tail are those of the training part; see `long_tail` for what counts as that.
    """
    popularity = train.item_counts / train.n_users
    tail = long_tail(train.item_counts, head_share).astype(np.float64)
    return PopularityBias(
        profile_popularity=_profile_means(train, users, popularity),
        list_popularity=list_means(lists, popularity),
        profile_tail=_profile_means(train, users, tail),
        list_tail=list_means(lists, tail),
    )


def _profile_means(train: Ratings, users: NDArray[np.integer], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of `values`, (n_items,), over what each user rated, (m,); NaN where that is nothing."""
    profiles = train.matrix[users]
    return _divide(row_sums(profiles, values[profiles.indices]), np.diff(profiles.indptr))


def _divide(totals: NDArray[np.float64], counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """totals / counts; NaN where the count is 0."""
    means = np.full(totals.shape, np.nan)
    np.divide(totals, counts, out=means, where=counts > 0)
    return means


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else float("nan")
