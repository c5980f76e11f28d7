"""Metrics of recommendation lists: how many relevant items they hold, and how near to the top.

Relevant is a held-out item that the user rated `relevant_from` or more. Users without any are not measured.
Examples are of a list of 4 that holds relevant items at ranks 2 and 4, for a user who has 3 of them.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.studies.evaluation.metric import Metric, SplitResult, Values

Score: TypeAlias = Callable[[NDArray[np.bool_], NDArray[np.int64]], Values]
"""(r, n) which places hold a relevant item, (r,) relevant items of each user, at least 1 -> (r,) scores."""


def of_relevant(score: Score) -> Callable[[SplitResult], Values]:
    """The score of each user who has something relevant, as a metric computes it: (m,), NaN for the others."""

    @wraps(score)
    def compute(result: SplitResult) -> Values:
        users = np.flatnonzero(result.n_relevant)
        values = np.full(len(result.lists), np.nan)
        values[users] = score(result.hits[users], result.n_relevant[users])
        return values

    return compute


@of_relevant
def ndcg(hits: NDArray[np.bool_], n_relevant: NDArray[np.int64]) -> Values:
    """DCG / DCG of the best possible list, with DCG = sum of 1 / log2(1 + rank) over relevant places.

    Jarvelin & Kekalainen 2002, with binary gain.
    Example: (1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3) + 1 / log2(4)) = 1.062 / 2.131 = 0.498.
    """
    n = hits.shape[1]
    discounts = 1 / np.log2(np.arange(2, n + 2))
    best = np.cumsum(discounts)[np.minimum(n_relevant, n) - 1]
    share: Values = (hits.astype(np.float64) @ discounts) / best
    return share


@of_relevant
def precision(hits: NDArray[np.bool_], _n_relevant: NDArray[np.int64]) -> Values:
    """Relevant items in the list / n, also where the list is shorter than n. Example: 2 / 4 = 0.5."""
    share: Values = hits.mean(axis=1)
    return share


@of_relevant
def recall(hits: NDArray[np.bool_], n_relevant: NDArray[np.int64]) -> Values:
    """Relevant items in the list / relevant items of the user. Example: 2 / 3 = 0.667."""
    share: Values = hits.sum(axis=1) / n_relevant
    return share


@of_relevant
def hit_rate(hits: NDArray[np.bool_], _n_relevant: NDArray[np.int64]) -> Values:
    """1 where the list holds a relevant item, else 0. Example: 1."""
    return np.asarray(hits.any(axis=1), dtype=np.float64)


@of_relevant
def reciprocal_rank(hits: NDArray[np.bool_], _n_relevant: NDArray[np.int64]) -> Values:
    """1 / rank of the first relevant item, 0 without one; its mean is the MRR. Example: 1 / 2 = 0.5."""
    best: Values = np.asarray(np.max(hits / np.arange(1, hits.shape[1] + 1), axis=1))
    return best


_list_metric = partial(Metric, better="higher", kind="list")
LIST_METRICS = (
    _list_metric(
        name="ndcg",
        label="nDCG@n",
        unit="nDCG, 0 to 1",
        help="How much of what was held out stands in the list, and how near to its top: 1 is the best list possible.",
        compute=ndcg,
        headline=True,
    ),
    _list_metric(
        name="precision",
        label="Precision@n",
        unit="Share of the list",
        help="Films of the list that were held out.",
        compute=precision,
    ),
    _list_metric(
        name="recall",
        label="Recall@n",
        unit="Share of held-out films",
        help="Held-out films that the list has.",
        compute=recall,
        headline=True,
    ),
    _list_metric(
        name="hit_rate",
        label="Hit rate@n",
        unit="Share of users",
        help="Users whose list has at least one held-out film.",
        compute=hit_rate,
    ),
    _list_metric(
        name="mrr",
        label="MRR@n",
        unit="1 / rank",
        help="1 over the rank of the first held-out film, averaged; 0 for a list without.",
        compute=reciprocal_rank,
    ),
)
