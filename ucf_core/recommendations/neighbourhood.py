"""The neighbourhood: the ratings of those neighbours who have a say, and what each of them weighs."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from ucf_core.base.arrays import row_sums, sum_by
from ucf_core.neighbours.neighbours import Neighbours


class ScoringSettings(Protocol):
    """The settings of a ScoringSpec that neighbourhoods, ranking rules and aggregations read."""

    @property
    def amplification(self) -> float:
        """Power of the similarity that a neighbour weighs."""

    @property
    def significance(self) -> int:
        """Shared items below which a neighbour weighs less."""

    @property
    def shrinkage(self) -> float:
        """Pull towards the bias estimate, in units of similarity."""

    @property
    def ridge(self) -> float:
        """Regularisation of the learned ranking, in items."""

    @property
    def rating_ridge(self) -> float:
        """Regularisation of the learned ratings, in squared stars."""


@dataclass(frozen=True, eq=False)
class Raters:
    """The neighbours who rated one item, most similar first.

    Attributes:
        item: its row.
        places: (support,) their positions in the neighbourhood.
        rows: (support,) their rows.
        entries: (support,) positions of their ratings among the entries of the block.
        ratings: (support,) float64 what they gave the item.
        weights: (support,) float64 what each weighs in the neighbourhood.
    """

    item: int
    places: NDArray[np.intp]
    rows: NDArray[np.int32]
    entries: NDArray[np.intp]
    ratings: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Neighbours with positive similarity, nearest first, and their ratings.

    A neighbour whose similarity is zero or negative has no say: it neither weighs nor counts as support.

    Attributes:
        neighbours: where they come from.
        places: (m,) their positions in `neighbours`.
        weights: (m,) float64 similarity^amplification x significance.
        block: (m, n_items) CSR of their ratings; per item only those that count.
    """

    neighbours: Neighbours
    places: NDArray[np.intp]
    weights: NDArray[np.float64]
    block: csr_array

    @cached_property
    def owner(self) -> NDArray[np.intp]:
        """(nnz,) whose each rating of `block` is, as a position in `places`."""
        return np.repeat(np.arange(self.places.size), np.diff(self.block.indptr))

    @property
    def rows(self) -> NDArray[np.int32]:
        """(m,) rows of the neighbours."""
        return self.neighbours.rows[self.places]

    @cached_property
    def support(self) -> NDArray[np.int64]:
        """(n_items,) how many of the neighbours rated each item."""
        return np.bincount(self.block.indices, minlength=self.block.shape[1]).astype(np.int64, copy=False)

    def weighted_sums(self, weights: NDArray[np.float64], values: NDArray[np.floating]) -> NDArray[np.float64]:
        """For each item the sum of weight x value over the neighbours who rated it; `values` are (nnz,)."""
        return sum_by(self.block.indices, weights[self.owner] * values, self.block.shape[1])

    def raters(self, item: int) -> Raters:
        """The neighbours who rated `item` (a row) and count for it."""
        entries = np.flatnonzero(self.block.indices == item)
        places = self.owner[entries]
        ratings = self.block.data[entries].astype(np.float64)
        return Raters(item, places, self.rows[places], entries, ratings, self.weights[places])


def gather(neighbours: Neighbours, scoring: ScoringSettings | None = None) -> Neighbourhood:
    """The neighbourhood of `neighbours` under `scoring`, in time proportional to their ratings; None: as similar."""
    places = np.flatnonzero(neighbours.similarities > 0)
    block = neighbours.ratings.matrix[neighbours.rows[places]]
    weights = neighbours.similarities[places].astype(np.float64)
    if scoring is not None and scoring.amplification != 1.0:
        weights **= scoring.amplification
    if scoring is not None and scoring.significance:
        weights *= np.minimum(_co_rated(neighbours, block) / scoring.significance, 1.0)
    if neighbours.per_item is not None:
        block = nearest_raters(block, neighbours.per_item)
    return Neighbourhood(neighbours, places, weights, block)


def nearest_raters(block: csr_array, k: int) -> csr_array:
    """Of each column only the first k entries: with rows in order of similarity, the item's k nearest raters."""
    by_item = csc_array(block)  # within a column, rows stay in order
    place = np.arange(by_item.nnz) - np.repeat(by_item.indptr[:-1], np.diff(by_item.indptr))
    kept = place < k
    before = np.concatenate([[0], np.cumsum(kept)])
    cut = (by_item.data[kept], by_item.indices[kept], before[by_item.indptr])
    return csr_array(csc_array(cut, shape=block.shape))


def _co_rated(neighbours: Neighbours, block: csr_array) -> NDArray[np.float64]:
    """(m,) how many items each of the rows shares with the user."""
    seen = np.zeros(block.shape[1], dtype=bool)
    seen[neighbours.own[0]] = True
    return row_sums(block, seen[block.indices])
