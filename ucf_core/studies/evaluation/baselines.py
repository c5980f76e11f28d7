"""Baselines: what any recommender has to beat. None of them uses neighbours."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import sum_by
from ucf_core.base.parameter import check_int, check_range
from ucf_core.base.specs import MAX_SEED
from ucf_core.ratings.biases import fit_biases
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.ranking import rank_items

Scores: TypeAlias = Callable[[int], NDArray[np.float64]]
"""user row -> (n_items,) scores of all items, the higher the better."""
Predict: TypeAlias = Callable[[NDArray[np.integer], NDArray[np.integer]], NDArray[np.float64]]
"""(user rows, item rows), parallel (m,) -> (m,) predicted ratings, within the training ratings' scale."""

DAMPING = 5.0


@dataclass(frozen=True, eq=False)
class Baseline:
    """A model fitted to a training part. `predict` is None where its scores are not ratings."""

    name: str
    scores: Scores
    predict: Predict | None = None


def bias(train: Ratings) -> Baseline:
    """mu + b_u + b_i, see `ucf_core.ratings.biases`; a user or item without training ratings has an offset of 0."""
    fitted = fit_biases(train.matrix)

    def predict(users: NDArray[np.integer], items: NDArray[np.integer]) -> NDArray[np.float64]:
        estimates: NDArray[np.float64] = fitted.mean + fitted.user[users] + fitted.item[items]
        return estimates.clip(*train.scale)

    return Baseline("bias", fitted.estimate, predict)


def popular(train: Ratings) -> Baseline:
    """The most rated items first, the same for every user."""
    counts = train.item_counts.astype(np.float64)
    return Baseline("popular", lambda _user: counts)


def item_mean(train: Ratings, *, damping: float = DAMPING) -> Baseline:
    """The item's mean rating, as if `damping` more users had rated it with the mean of all ratings.

    (sum(r) + damping x mu) / (n_i + damping); mu for an item without training ratings.
    """
    check_range("damping", damping, 0.0, 1e6)
    totals = sum_by(train.matrix.indices, train.matrix.data, train.n_items) + damping * train.mean
    weights = train.item_counts + damping
    means = np.divide(totals, weights, out=np.full(train.n_items, train.mean), where=weights > 0)
    return Baseline("item_mean", lambda _user: means, lambda _users, items: means[items])


def random(train: Ratings, *, seed: int = 0) -> Baseline:
    """Items in random order, another one for every user; a user's order depends on the seed and the row alone."""
    check_int("seed", seed, 0, MAX_SEED)
    return Baseline("random", lambda user: np.random.default_rng([seed, user]).random(train.n_items))


BASELINES: dict[str, Callable[[Ratings], Baseline]] = {
    "bias": bias,
    "popular": popular,
    "item_mean": item_mean,
    "random": random,
}


def top_unseen(scores: Scores, train: Ratings, users: NDArray[np.integer], n: int) -> NDArray[np.int32]:
    """The `n` best-scored items that each user has no training rating of, (m, n) item rows, best first.

    `users` are (m,) rows; -1 pads where fewer than n items are left. Ties break by training ratings, then by row.
    """
    check_int("n", n, 1, 1_000_000)
    lists = np.full((len(users), n), -1, dtype=np.int32)
    no_support = np.zeros(train.n_items, dtype=np.int64)
    for row, user in zip(lists, np.asarray(users).tolist(), strict=True):
        unseen = np.ones(train.n_items, dtype=bool)
        unseen[train.row_of(user)[0]] = False
        best = rank_items(scores(user), np.flatnonzero(unseen), no_support, train.item_counts, n)
        row[: best.size] = best
    return lists
