"""What lists make of the catalogue, user by user: what each list holds, and what would change without it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only
from ucf_core.studies.evaluation.beyond_accuracy import catalogue_use, novelty, recommendation_counts

# Places of lists that are looked at in one go.
_PLACES = 1 << 21


@dataclass(frozen=True, eq=False)
class Listed:
    """The catalogue in a batch of lists. Arrays are (m,), one value a list, read-only.

    Attributes:
        item_coverage, gini: of all lists together, see `ucf_core.studies.evaluation.beyond_accuracy.CatalogueUse`.
        item_coverage_without, gini_without: how much these change where the list is left out.
        places: items in the list.
        raters: their training ratings, added up.
        novelty: their mean self-information in bits; NaN for an empty list.
    """

    item_coverage: float
    gini: float
    item_coverage_without: NDArray[np.float64]
    gini_without: NDArray[np.float64]
    places: NDArray[np.int64]
    raters: NDArray[np.float64]
    novelty: NDArray[np.float64]

    def __post_init__(self) -> None:
        read_only(self.item_coverage_without, self.gini_without, self.places, self.raters, self.novelty)


def listed(lists: NDArray[np.integer], item_counts: NDArray[np.integer], n_users: int) -> Listed:
    """What `lists`, (m, n) item rows with -1 at the end of shorter ones, make of the catalogue.

    `item_counts`, (n_items,), are training ratings, of `n_users` users.
    """
    counts = recommendation_counts(lists, item_counts.size)
    filled = lists >= 0
    use = catalogue_use(lists, item_counts, n_users)
    step = max(1, _PLACES // max(lists.shape[1], 1))
    without = [_gini_without(lists[start : start + step], counts) for start in range(0, len(lists), step)]
    return Listed(
        item_coverage=use.item_coverage,
        gini=use.gini,
        # the items that no other list has
        item_coverage_without=-((counts[lists] == 1) & filled).sum(axis=1) / counts.size,
        gini_without=np.concatenate([np.empty(0), *without]) - use.gini,
        places=filled.sum(axis=1, dtype=np.int64),
        raters=np.where(filled, item_counts[lists], 0).sum(axis=1).astype(np.float64),
        novelty=novelty(lists, item_counts, n_users),
    )


def _gini_without(lists: NDArray[np.integer], counts: NDArray[np.int64]) -> NDArray[np.float64]:
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
