"""Metrics on held-out ratings: errors of predicted ratings, and how good recommendation lists are.

Everything is kept per user, so that intervals can be drawn over users. In a batch of lists, (m, n) item rows, -1 is
padding at the end of a list that is shorter than n; an item stands in a list once.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.arrays import read_only, sum_by
from ucf_core.base.errors import SpecError
from ucf_core.base.parameter import check_choice

Gain: TypeAlias = Literal["binary", "linear", "exponential"]

GAINS: tuple[Gain, ...] = get_args(Gain)


@dataclass(frozen=True, eq=False)
class RatingErrors:
    """Errors of predicted ratings, added up for each user who has held-out ratings. Arrays are (m,), read-only.

    Pooled metrics weigh all ratings alike, `mean_user_*` all users.

    Attributes:
        users: rows of the users, ascending.
        counts: held-out ratings of each.
        squared, absolute: sums of squared and of absolute errors of each, in squared rating units and rating units.
        fallbacks: how many of the predictions no neighbour supported.
    """

    users: NDArray[np.int64]
    counts: NDArray[np.int64]
    squared: NDArray[np.float64]
    absolute: NDArray[np.float64]
    fallbacks: NDArray[np.int64]

    def __post_init__(self) -> None:
        read_only(self.users, self.counts, self.squared, self.absolute, self.fallbacks)

    @property
    def rmse(self) -> float:
        """Root of the mean squared error over all ratings."""
        return float(np.sqrt(self.squared.sum() / self.counts.sum()))

    @property
    def mae(self) -> float:
        """Mean absolute error over all ratings."""
        return float(self.absolute.sum() / self.counts.sum())

    @property
    def user_rmse(self) -> NDArray[np.float64]:
        """Each user's own RMSE."""
        return np.sqrt(self.squared / self.counts)

    @property
    def user_mae(self) -> NDArray[np.float64]:
        """Each user's own MAE."""
        return self.absolute / self.counts

    @property
    def mean_user_rmse(self) -> float:
        """Mean over users of their own RMSE."""
        return float(self.user_rmse.mean())

    @property
    def mean_user_mae(self) -> float:
        """Mean over users of their own MAE."""
        return float(self.user_mae.mean())

    @property
    def fallback_share(self) -> float:
        """Share of the held-out ratings for which a fallback stood in."""
        return float(self.fallbacks.sum() / self.counts.sum())

    @property
    def coverage(self) -> float:
        """Share of the held-out ratings whose prediction neighbours support."""
        return 1.0 - self.fallback_share


def rating_errors(
    users: NDArray[np.integer],
    actual: NDArray[np.floating],
    predicted: NDArray[np.floating],
    fallback: NDArray[np.bool_] | None = None,
) -> RatingErrors:
    """Errors of `predicted` against `actual` ratings, parallel arrays (n_test,); `users` are rows, in any order.

    `fallback` marks predictions that no neighbour supports; they count as errors like all others. Raises SpecError for
    no ratings at all, and for a prediction that is not finite.
    """
    if not len(users):
        raise SpecError("there are no held-out ratings to measure errors on; hold out more")
    if not np.isfinite(predicted).all():
        n_bad = int((~np.isfinite(predicted)).sum())
        raise SpecError(f"{n_bad:,} of {len(users):,} predicted ratings are not finite; use a fallback there")
    rows, places, counts = np.unique(users, return_inverse=True, return_counts=True)
    errors = predicted.astype(np.float64) - actual
    unsupported = np.zeros(len(users), dtype=bool) if fallback is None else fallback
    return RatingErrors(
        users=rows.astype(np.int64),
        counts=counts.astype(np.int64),
        squared=sum_by(places, errors**2, len(rows)),
        absolute=sum_by(places, np.abs(errors), len(rows)),
        fallbacks=np.bincount(places[unsupported], minlength=len(rows)).astype(np.int64),
    )


@dataclass(frozen=True, eq=False)
class ListMetrics:
    """How good lists are for the users who have something relevant held out. Arrays are (m,), read-only.

    Attributes:
        users: positions in the batch, ascending, of those users; who has nothing relevant held out is not measured.
        ndcg: discounted gain of the list over that of the best possible list of n (Jarvelin & Kekalainen 2002), in
            [0, 1]; 0 where even the best has no gain.
        precision: relevant items in the list over n, also where the list is shorter than n.
        recall: relevant items in the list over all relevant items of the user.
        hit_rate: 1 where the list holds a relevant item, else 0.
        reciprocal_rank: 1 / rank of the first relevant item, 0 without one; its mean is the MRR.
    """

    users: NDArray[np.int64]
    ndcg: NDArray[np.float64]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    hit_rate: NDArray[np.float64]
    reciprocal_rank: NDArray[np.float64]

    def __post_init__(self) -> None:
        read_only(self.users, self.ndcg, self.precision, self.recall, self.hit_rate, self.reciprocal_rank)


def list_metrics(
    lists: NDArray[np.integer], test: csr_array, *, relevant_from: float | None = None, gain: Gain = "binary"
) -> ListMetrics:
    """Metrics of `lists`, (m, n), against the held-out ratings of the same users, `test`, (m, n_items) CSR.

    Relevant is every held-out item that the user rated, however badly; with `relevant_from`, those rated at least that.
    The gain of a relevant item in nDCG is 1 (binary), its rating (linear) or 2^rating - 1 (exponential; Burges et al.
    2005), nowhere below 0; of any other item it is 0. Raises SpecError where the numbers of users differ.
    """
    check_choice("gain", gain, GAINS)
    if lists.shape[0] != test.shape[0]:
        raise SpecError(f"{lists.shape[0]} lists do not fit held-out ratings of {test.shape[0]} users; give one each")
    per_user = np.repeat(np.arange(test.shape[0], dtype=np.int64), np.diff(test.indptr))
    relevant = np.ones(test.nnz, dtype=bool) if relevant_from is None else test.data >= relevant_from
    owners, items, gains = per_user[relevant], test.indices[relevant], _gains(test.data[relevant], gain)
    n_relevant = np.bincount(owners, minlength=test.shape[0])
    users = np.flatnonzero(n_relevant)

    n = lists.shape[1]
    found, hit = _found(lists, owners, items, gains, test.shape[1])
    found, hit = found[users], hit[users]
    discounts = 1 / np.log2(np.arange(2, n + 2))
    best = _best_possible(owners, gains, n_relevant, discounts)[users]
    ranks = np.arange(1, n + 1)
    return ListMetrics(
        users=users.astype(np.int64),
        ndcg=np.divide(found @ discounts, best, out=np.zeros(len(users)), where=best > 0),
        precision=hit.mean(axis=1),
        recall=hit.sum(axis=1) / n_relevant[users],
        hit_rate=hit.max(axis=1).astype(np.float64),
        reciprocal_rank=np.max(hit / ranks, axis=1),
    )


def _gains(ratings: NDArray[Any], gain: Gain) -> NDArray[np.float64]:
    values = ratings.astype(np.float64)
    if gain == "binary":
        return np.ones(values.shape)
    return np.maximum(values if gain == "linear" else np.exp2(values) - 1, 0.0)


def _found(
    lists: NDArray[np.integer],
    owners: NDArray[np.int64],
    items: NDArray[np.integer],
    gains: NDArray[np.float64],
    n_items: int,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The gains of the listed items, and which of them are relevant, both (m, n)."""
    if not owners.size:
        return np.zeros(lists.shape), np.zeros(lists.shape, dtype=bool)
    # one key for each (user, item), so that all lists are looked up at once
    known = owners * n_items + items
    order = np.argsort(known, kind="stable")  # they are nearly always sorted already
    asked = np.arange(len(lists), dtype=np.int64)[:, None] * n_items + lists
    at = order[np.minimum(np.searchsorted(known, asked, sorter=order), known.size - 1)]
    hit = (known[at] == asked) & (lists >= 0)
    return np.where(hit, gains[at], 0.0), hit


def _best_possible(
    owners: NDArray[np.int64],
    gains: NDArray[np.float64],
    n_relevant: NDArray[np.int64],
    discounts: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The discounted gain of each user's best list, (m,): the relevant items by gain, as many as a list takes."""
    ordered = gains[np.lexsort((-gains, owners))]  # owners ascend, so they stay where they are
    ranks = np.arange(len(owners)) - np.repeat(np.cumsum(n_relevant) - n_relevant, n_relevant)
    listed = ranks < len(discounts)
    return sum_by(owners[listed], ordered[listed] * discounts[ranks[listed]], len(n_relevant))
