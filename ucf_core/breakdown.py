"""What a score and a predicted rating are the sum of: a part for each neighbour, and terms that are nobody's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.biases import Biases
from ucf_core.learned import residual_weights
from ucf_core.recommendation import Judgement
from ucf_core.scoring import Ranking

Term: TypeAlias = Literal["all_ratings", "user_offset", "item_offset", "bias_estimate", "traits", "clipping"]
"""A part that is no neighbour's: mu, b_u and b_i; shrinkage x (mu + b_u + b_i); what release year and genres add; what
is cut off at the scale's ends."""


@dataclass(frozen=True, eq=False)
class Breakdown:
    """A number as a sum: `total` is that of `of_neighbours` and of all `terms`, but for rounding.

    Attributes:
        users: (support,) int32 rows of the neighbours who rated the item, most similar first.
        of_neighbours: (support,) float64 what each of them adds, in the unit of the number; empty where they have no
            part in it.
        terms: what is added besides, by name.
        total: the number itself; NaN where it is none, and then there are no parts.
    """

    users: NDArray[np.int32]
    of_neighbours: NDArray[np.float64]
    terms: dict[Term, float]
    total: float

    @property
    def parts(self) -> tuple[tuple[Term | int, float], ...]:
        """All parts with their names, neighbours (rows) first."""
        of_users = zip(self.users.tolist(), self.of_neighbours.tolist(), strict=True)
        return (*of_users, *self.terms.items())


@dataclass(frozen=True, eq=False)
class _Raters:
    """Those who rated one item: their places in the neighbourhood, rows, entries of the block, and ratings."""

    places: NDArray[np.intp]
    rows: NDArray[np.int32]
    entries: NDArray[np.intp]
    ratings: NDArray[np.float64]


_WEIGHED: dict[Ranking, Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]] = {
    "weighted_ratings": lambda weights, ratings: weights * ratings,
    "similarity_sum": lambda weights, _: weights,
    "damped": lambda weights, ratings: weights * ratings,
    "predicted": lambda weights, ratings: weights * ratings,
    "learned": lambda weights, _: weights,
    "hybrid": lambda weights, _: weights,
}


def score_parts(judged: Judgement, biases: Biases, item: int) -> Breakdown:
    """The score of an item (a row) under the rule that `judged` was made by."""
    raters, scoring = _raters(judged, item), judged.scoring
    weights = judged.weighing.of_ratings[raters.entries]
    values = _WEIGHED[scoring.ranking](weights, raters.ratings)
    total = float(judged.scores[item])
    terms: dict[Term, float] = {}
    if judged.weighing.of_traits is not None:
        terms["traits"] = float(judged.weighing.of_traits[item])
    if scoring.ranking in ("predicted", "damped"):
        shrinkage = scoring.shrinkage if scoring.ranking == "damped" else 0.0
        divisor = float(weights.sum()) + shrinkage
        values = np.divide(values, divisor, out=np.zeros_like(values), where=divisor > 0)
        if scoring.ranking == "damped":
            estimate = float(biases.estimate(judged.neighbourhood.neighbours.user)[item])
            terms["bias_estimate"] = estimate * (shrinkage / divisor if divisor > 0 else 1.0)
        elif not divisor > 0:
            return _nothing(total)
    return Breakdown(raters.rows, values, terms, total)


def predicted_parts(judged: Judgement, biases: Biases, item: int) -> Breakdown:
    """The predicted rating of an item (a row): what the neighbours add to the biases, and what the scale cuts off.

    Of a plain mean the neighbours are all there is. Where too few rated the item the biases are.
    """
    raters, scoring, user = _raters(judged, item), judged.scoring, judged.neighbourhood.neighbours.user
    weights = judged.neighbourhood.weights[raters.places]
    terms: dict[Term, float] = {
        "all_ratings": biases.mean,
        "user_offset": float(biases.user[user]),
        "item_offset": float(biases.item[item]),
    }
    if judged.predictions.fallback[item]:
        users, values = raters.rows[:0], np.empty(0)
    elif scoring.aggregation == "mean":
        users, values, terms = raters.rows, weights * raters.ratings / weights.sum(), {}
    else:
        rest = raters.ratings - biases.mean - biases.item[item] - biases.user[raters.rows]
        users, values = raters.rows, weights * rest / (weights.sum() + scoring.shrinkage)
        if scoring.aggregation == "learned":
            learned, residuals = residual_weights(judged.neighbourhood, biases, scoring.rating_ridge)
            values = values + learned[raters.places] * residuals[raters.entries]
    total = float(judged.predictions.ratings[item])
    unclipped = float(values.sum()) + sum(terms.values())
    low, high = judged.neighbourhood.neighbours.ratings.scale
    if not low <= unclipped <= high:
        terms["clipping"] = total - unclipped
    return Breakdown(users, values, terms, total)


def _raters(judged: Judgement, item: int) -> _Raters:
    hood = judged.neighbourhood
    entries = np.flatnonzero(hood.block.indices == item)
    places = hood.owner[entries]
    return _Raters(places, hood.rows[places], entries, hood.block.data[entries].astype(np.float64))


def _nothing(total: float) -> Breakdown:
    return Breakdown(np.empty(0, np.int32), np.empty(0), {}, total)
