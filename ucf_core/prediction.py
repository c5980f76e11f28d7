"""Predicted ratings: what the neighbours say about every item, as sums over their rows of the matrix."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.arrays import sum_by
from ucf_core.biases import Biases
from ucf_core.learned import learned_residuals
from ucf_core.neighbourhood import Neighbourhood
from ucf_core.scoring import ScoringSpec


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


def tally(neighbourhood: Neighbourhood, biases: Biases, weights: NDArray[np.float64] | None = None) -> Tallies:
    """The sums, in time proportional to the neighbours' ratings and the number of items: no loop over items.

    `weights` (nnz,), one a rating of the block, stand in for those of the neighbourhood.
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


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predicted ratings of one user for all items.

    Attributes:
        ratings: (n_items,) float64, within the dataset's rating scale.
        support: (n_items,) neighbours that the prediction rests on.
        fallback: (n_items,) True where too few neighbours rated the item and the bias estimate stands in.
    """

    ratings: NDArray[np.float64]
    support: NDArray[np.int64]
    fallback: NDArray[np.bool_]


def mean_rating(tallies: Tallies) -> NDArray[np.float64]:
    """sum(sim x rating) / sum(sim), (n_items,): the notebook's prediction; NaN without support."""
    return _where_supported(tallies.weighted_ratings, tallies.weight, tallies)


def baseline_offset(tallies: Tallies, biases: Biases, user: int, shrinkage: float) -> NDArray[np.float64]:
    """b_ui + sum(sim x (rating - b_vi)) / (sum(sim) + shrinkage), where b_vi = mu + b_v + b_i; (n_items,).

    NaN without support. Koren 2010, equation 3, with a shrunken denominator. The aggregation `learned` adds to it.
    """
    residuals = tallies.weighted_ratings - (biases.mean + biases.item) * tallies.weight - tallies.weighted_user_bias
    return biases.estimate(user) + _where_supported(residuals, tallies.weight + shrinkage, tallies)


def _where_supported(
    numerator: NDArray[np.float64], denominator: NDArray[np.float64], tallies: Tallies
) -> NDArray[np.float64]:
    """numerator / denominator for items with support and weight, NaN for the others."""
    quotient = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=quotient, where=(tallies.support > 0) & (denominator > 0))
    return quotient


def predict_ratings(
    neighbourhood: Neighbourhood, biases: Biases, scoring: ScoringSpec, tallies: Tallies | None = None
) -> Predictions:
    """Predicted ratings by `scoring.aggregation`, clipped to the rating scale.

    Items that fewer than `scoring.min_support` neighbours rated get the bias estimate, never 0. `tallies` are those of
    the neighbourhood's own weights, where they are known already.
    """
    tallies = tallies or tally(neighbourhood, biases)
    neighbours = neighbourhood.neighbours
    if scoring.aggregation == "mean":
        predicted = mean_rating(tallies)
    else:
        predicted = baseline_offset(tallies, biases, neighbours.user, scoring.shrinkage)
    if scoring.aggregation == "learned":
        predicted = predicted + learned_residuals(neighbourhood, biases, scoring.rating_ridge)
    # a weight may underflow to nothing under a high power
    fallback = (tallies.support < scoring.min_support) | np.isnan(predicted)
    predicted = np.where(fallback, biases.estimate(neighbours.user), predicted)
    return Predictions(np.clip(predicted, *neighbours.ratings.scale), tallies.support, fallback)
