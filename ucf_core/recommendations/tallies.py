"""Tallies: for every item the weighted sums over the neighbours who rated it, which scores and ratings are made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import sum_by
from ucf_core.ratings.biases import Biases
from ucf_core.recommendations.neighbourhood import Neighbourhood


@dataclass(frozen=True, eq=False)
class Tallies:
    """Sums over those neighbours who have a say and rated an item, for all items at once.

    Attributes:
        weight: sum(w), (n_items,) float64; w is the similarity, unless it was amplified or learned.
        weighted_ratings: sum(w x rating), (n_items,) float64.
        weighted_user_bias: sum(w x b_v), (n_items,) float64.
        support: number of such neighbours, (n_items,) int64.
    """

    weight: NDArray[np.float64]
    weighted_ratings: NDArray[np.float64]
    weighted_user_bias: NDArray[np.float64]
    support: NDArray[np.int64]

    def mean_rating(self) -> NDArray[np.float64]:
        """sum(sim x rating) / sum(sim), (n_items,): the notebook's prediction; NaN without support."""
        return self._quotient(self.weighted_ratings, self.weight)

    def damped_mean(self, estimates: NDArray[np.float64], shrinkage: float) -> NDArray[np.float64]:
        """(sum(sim x rating) + shrinkage x estimate) / (sum(sim) + shrinkage), (n_items,); else the estimate."""
        weight = self.weight + shrinkage
        # no neighbour and no shrinkage leaves nothing to average
        return np.divide(self.weighted_ratings + shrinkage * estimates, weight, out=estimates.copy(), where=weight > 0)

    def baseline_offset(self, biases: Biases, user: int, shrinkage: float) -> NDArray[np.float64]:
        """b_ui + sum(sim x (rating - b_vi)) / (sum(sim) + shrinkage), where b_vi = mu + b_v + b_i; (n_items,).

        NaN without support. Koren 2010, equation 3, with a shrunken denominator. The aggregation `learned` adds to it.
        """
        residuals = self.weighted_ratings - (biases.mean + biases.item) * self.weight - self.weighted_user_bias
        return biases.estimate(user) + self._quotient(residuals, self.weight + shrinkage)

    def _quotient(self, numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
        """numerator / denominator for items with support and weight, NaN for the others."""
        quotient = np.full(numerator.shape, np.nan)
        np.divide(numerator, denominator, out=quotient, where=(self.support > 0) & (denominator > 0))
        return quotient


def tally(neighbourhood: Neighbourhood, biases: Biases, weights: NDArray[np.float64] | None = None) -> Tallies:
    """The sums, in time proportional to the neighbours' ratings and the number of items: no loop over items.

    `weights` (nnz,), one a rating of the block, replace those of the neighbourhood.
    """
    owner, block = neighbourhood.owner, neighbourhood.block
    weights = neighbourhood.weights[owner] if weights is None else weights
    user_bias = biases.user[neighbourhood.rows][owner]
    return Tallies(
        weight=sum_by(block.indices, weights, block.shape[1]),
        weighted_ratings=sum_by(block.indices, weights * block.data, block.shape[1]),
        weighted_user_bias=sum_by(block.indices, weights * user_bias, block.shape[1]),
        support=neighbourhood.support,
    )
