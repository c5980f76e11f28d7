"""Predicted ratings of all items, by the aggregation that the settings name."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.ratings.biases import Biases
from ucf_core.recommendations.aggregations import AGGREGATIONS
from ucf_core.recommendations.neighbourhood import Neighbourhood
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.recommendations.tallies import Tallies, tally


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


def predict_ratings(
    neighbourhood: Neighbourhood, biases: Biases, scoring: ScoringSpec, tallies: Tallies | None = None
) -> Predictions:
    """Predicted ratings by `scoring.aggregation`, clipped to the rating scale.

    Items that fewer than `scoring.min_support` neighbours rated get the bias estimate, never 0. `tallies` are those of
    the neighbourhood's own weights, where they are known already.
    """
    tallies = tallies or tally(neighbourhood, biases)
    neighbours = neighbourhood.neighbours
    predicted = AGGREGATIONS[scoring.aggregation].predict(neighbourhood, tallies, biases, scoring)
    # a weight may underflow to nothing under a high power
    fallback = (tallies.support < scoring.min_support) | np.isnan(predicted)
    predicted = np.where(fallback, biases.estimate(neighbours.user), predicted)
    return Predictions(np.clip(predicted, *neighbours.ratings.scale), tallies.support, fallback)
