"""Predicted ratings: what the neighbours say about every item, as sums over their rows of the matrix."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.arrays import sum_by
from ucf_core.biases import Biases
from ucf_core.neighbours import Neighbours
from ucf_core.specs import ScoringSpec


@dataclass(frozen=True, eq=False)
class Tallies:
    """Sums over those neighbours who rated an item and have positive similarity, for all items at once.

    A neighbour whose similarity is zero or negative has no say: it neither weighs nor counts as support.

    Attributes:
        similarity: sum(sim), (n_items,) float64.
        weighted_ratings: sum(sim x rating), (n_items,) float64.
        weighted_user_bias: sum(sim x b_v), (n_items,) float64.
        support: number of such neighbours, (n_items,) int64.
    """

    similarity: NDArray[np.float64]
    weighted_ratings: NDArray[np.float64]
    weighted_user_bias: NDArray[np.float64]
    support: NDArray[np.int64]


def tally(neighbours: Neighbours, biases: Biases) -> Tallies:
    """The sums, in time proportional to the neighbours' ratings and the number of items: no loop over items."""
    weighing = neighbours.similarities > 0
    rows, similarities = neighbours.rows[weighing], neighbours.similarities[weighing].astype(np.float64)
    block = neighbours.ratings.matrix[rows]
    per_rating = np.repeat(similarities, np.diff(block.indptr))
    per_rating_bias = np.repeat(similarities * biases.user[rows], np.diff(block.indptr))
    n = neighbours.ratings.n_items
    return Tallies(
        similarity=sum_by(block.indices, per_rating, n),
        weighted_ratings=sum_by(block.indices, per_rating * block.data, n),
        weighted_user_bias=sum_by(block.indices, per_rating_bias, n),
        support=np.bincount(block.indices, minlength=n),
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
    return _where_supported(tallies.weighted_ratings, tallies.similarity, tallies)


def baseline_offset(tallies: Tallies, biases: Biases, user: int, shrinkage: float) -> NDArray[np.float64]:
    """b_ui + sum(sim x (rating - b_vi)) / (sum(sim) + shrinkage), where b_vi = mu + b_v + b_i; (n_items,).

    NaN without support. Koren 2010, equation 3, with a shrunken denominator.
    """
    residuals = tallies.weighted_ratings - (biases.mean + biases.item) * tallies.similarity - tallies.weighted_user_bias
    return biases.estimate(user) + _where_supported(residuals, tallies.similarity + shrinkage, tallies)


def _where_supported(
    numerator: NDArray[np.float64], denominator: NDArray[np.float64], tallies: Tallies
) -> NDArray[np.float64]:
    """numerator / denominator for items with support, NaN for the others."""
    quotient = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=quotient, where=tallies.support > 0)
    return quotient


def predict_ratings(neighbours: Neighbours, biases: Biases, tallies: Tallies, scoring: ScoringSpec) -> Predictions:
    """Predicted ratings by `scoring.aggregation`, clipped to the rating scale.

    Items that fewer than `scoring.min_support` neighbours rated get the bias estimate, never 0.
    """
    if scoring.aggregation == "mean":
        predicted = mean_rating(tallies)
    else:
        predicted = baseline_offset(tallies, biases, neighbours.user, scoring.shrinkage)
    fallback = tallies.support < scoring.min_support
    predicted = np.where(fallback, biases.estimate(neighbours.user), predicted)
    return Predictions(np.clip(predicted, *neighbours.ratings.scale), tallies.support, fallback)
