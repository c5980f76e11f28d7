"""Metrics of the catalogue: how much of it all lists use together, and how popular and how novel their items are.

Examples are of three lists, [0, 1], [0] and an empty one, of four items with 8, 4, 1 and 0 ratings of 8 users.
"""

import numpy as np
from numpy.typing import NDArray

from ucf_core.studies.evaluation import beyond_accuracy
from ucf_core.studies.evaluation.beyond_accuracy import recommendation_counts
from ucf_core.studies.evaluation.metric import Metric, SplitResult, Values

# Places of lists that are looked at in one go.
_PLACES = 1 << 21


def item_coverage(result: SplitResult) -> tuple[float, Values]:
    """Items in at least one list / all items, and what changes without each list: the items that no other list has.

    Example: 2 / 4 = 0.5; without the lists -0.25, 0 and 0.
    """
    counts = recommendation_counts(result.lists, result.item_counts.size)
    alone = (counts[result.lists] == 1) & (result.lists >= 0)
    return float(np.mean(counts > 0)), -alone.sum(axis=1) / counts.size


def gini(result: SplitResult) -> tuple[float, Values]:
    """Gini index of how often each item is in a list, and what changes without each list.

    Example: counts 2, 1, 0, 0 give 7 / 12 = 0.583. Without the first list 1, 0, 0, 0 give 3 / 4: 0.167 more; without
    the second 1, 1, 0, 0 give 1 / 2: 0.083 less; without the third nothing changes.
    """
    lists = result.lists
    counts = recommendation_counts(lists, result.item_counts.size)
    whole = beyond_accuracy.gini(counts)
    step = max(1, _PLACES // max(lists.shape[1], 1))
    without = [_gini_without(lists[start : start + step], counts) for start in range(0, len(lists), step)]
    return whole, np.concatenate([np.empty(0), *without]) - whole


def _gini_without(lists: NDArray[np.integer], counts: NDArray[np.int64]) -> Values:
    """Gini index of `counts`, (n_items,), less each of `lists` once, (m,).

    The index is (2 S / C - n - 1) / n, with S the sum of rank x count over the counts in ascending order and C that of
    the counts. Of equal counts those that fall by one may come first, which keeps the order: without a list, S is
    smaller by the first ranks of its counts, one further for every count that the list has again.
    """
    first_rank = np.concatenate([[1], 1 + np.cumsum(np.bincount(counts))])  # by count, of the items that have it
    own = np.sort(np.where(lists >= 0, counts[lists], 0), axis=1)
    places = np.broadcast_to(np.arange(own.shape[1]), own.shape)
    starts = np.zeros(own.shape, dtype=np.int64)
    starts[:, 1:] = np.where(own[:, 1:] != own[:, :-1], places[:, 1:], 0)
    again = places - np.maximum.accumulate(starts, axis=1)
    less = np.where(own > 0, first_rank[own] + again, 0).sum(axis=1)
    ordered, n = np.sort(counts), counts.size
    ranked = int(np.arange(1, n + 1) @ ordered) - less
    total = counts.sum() - (own > 0).sum(axis=1)
    ginis = np.zeros(len(lists))
    np.divide(2.0 * ranked - (n + 1.0) * total, n * total, out=ginis, where=total > 0)
    return np.maximum(ginis, 0.0)


def popularity(result: SplitResult) -> Values:
    """Training ratings of the item at each place, (m, n). Example: 8, 4 and 8; their mean is 20 / 3 = 6.67."""
    return np.where(result.lists >= 0, result.item_counts[result.lists], np.nan)


def novelty(result: SplitResult) -> Values:
    """Mean of -log2(ratings of the item / users) over each list, in bits; NaN for an empty one. Vargas & Castells 2011.

    Example: items 0 and 1 have 0 and 1 bits; the lists have 0.5, 0 and NaN, on average 0.25.
    """
    return beyond_accuracy.novelty(result.lists, result.item_counts, result.n_users)


ITEM_COVERAGE = Metric(
    name="item_coverage",
    label="Film coverage@n",
    unit="Share of all films",
    help="Films that stand in at least one list. It grows with the number of users measured.",
    better="higher",
    kind="catalogue",
    compute=item_coverage,
    bounds=(0.0, 1.0),
    caveat="More alone is no merit: lists drawn at random reach the most films, and suit no user.",
    headline=True,
)
GINI = Metric(
    name="gini",
    label="Concentration@n (Gini)",
    unit="Gini index, 0 to 1",
    help="How unevenly films are recommended: 0 all equally often, near 1 always the same few.",
    better="neither",
    kind="catalogue",
    compute=gini,
    bounds=(0.0, 1.0),
)
POPULARITY = Metric(
    name="popularity",
    label="Popularity@n",
    unit="Ratings a film",
    help="Training ratings of the recommended films, on average.",
    better="neither",
    kind="place",
    compute=popularity,
    digits=1,
)
NOVELTY = Metric(
    name="novelty",
    label="Novelty@n",
    unit="Bits",
    help="How rare the recommended films are: one bit more is half as many raters.",
    better="neither",
    kind="list",
    compute=novelty,
    digits=2,
)
CATALOGUE_METRICS = (ITEM_COVERAGE, GINI, POPULARITY, NOVELTY)
