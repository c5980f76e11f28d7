"""The aggregations: each turns the neighbours' ratings into a predicted rating of every item.

A new aggregation is one more entry here: pages, command line, evaluation and sentences read the registry, in its
order. Functions that need NumPy or SciPy import them when they are called, as in `rules`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ucf_core.base.errors import SpecError
from ucf_core.recommendations.breakdown import ALL_RATINGS, ITEM_OFFSET, USER_OFFSET, Term

if TYPE_CHECKING:
    from collections.abc import Callable

    from ucf_core.ratings.biases import Biases
    from ucf_core.recommendations.breakdown import Floats, Parts
    from ucf_core.recommendations.neighbourhood import Neighbourhood, Raters, ScoringSettings
    from ucf_core.recommendations.tallies import Tallies

Predict: TypeAlias = "Callable[[Neighbourhood, Tallies, Biases, ScoringSettings], Floats]"
PartsOfRating: TypeAlias = "Callable[[Raters, Neighbourhood, Biases, ScoringSettings], Parts]"


@dataclass(frozen=True, kw_only=True, eq=False)
class Aggregation:
    """One way to predict ratings.

    Attributes:
        name: its value in specs, links and the command line.
        title, explanation: on screen; `explanation` is in sentences.
        predict: (neighbourhood, its tallies, biases, settings) -> ratings (n_items,), NaN where there is none. The
            caller puts bias estimates there, and cuts to the rating scale.
        parts: the rating of one item, which its raters support, as a sum: (raters, neighbourhood, biases, settings)
            -> what each rater adds, and other terms.
        learned: whether it learns from the user's own ratings.
        uses: which of the settings that not all aggregations read it reads.
    """

    name: str
    title: str
    explanation: str
    predict: Predict
    parts: PartsOfRating
    learned: bool = False
    uses: frozenset[str] = frozenset()


AGGREGATIONS: dict[str, Aggregation] = {}
"""All aggregations by name, in the order in which they are offered."""


def register_aggregation(aggregation: Aggregation) -> None:
    """Offer an aggregation everywhere. Raises SpecError where the name is taken."""
    if aggregation.name in AGGREGATIONS:
        raise SpecError(f"aggregation {aggregation.name!r} is registered already; choose another name")
    AGGREGATIONS[aggregation.name] = aggregation


def bias_terms(biases: "Biases", user: int, item: int) -> dict[Term, float]:
    """The bias estimate mu + b_u + b_i of a user and an item (rows), term by term."""
    return {
        ALL_RATINGS: biases.mean,
        USER_OFFSET: float(biases.user[user]),
        ITEM_OFFSET: float(biases.item[item]),
    }


def _offset(hood: "Neighbourhood", tallies: "Tallies", biases: "Biases", settings: "ScoringSettings") -> "Floats":
    return tallies.baseline_offset(biases, hood.neighbours.user, settings.shrinkage)


def _offset_parts(raters: "Raters", hood: "Neighbourhood", biases: "Biases", settings: "ScoringSettings") -> "Parts":
    rest = raters.ratings - biases.mean - biases.item[raters.item] - biases.user[raters.rows]
    values = raters.weights * rest / (raters.weights.sum() + settings.shrinkage)
    return values, bias_terms(biases, hood.neighbours.user, raters.item)


def _learned(hood: "Neighbourhood", tallies: "Tallies", biases: "Biases", settings: "ScoringSettings") -> "Floats":
    from ucf_core.recommendations.learned import learned_residuals

    learned = learned_residuals(hood, biases, settings.rating_ridge)
    return _offset(hood, tallies, biases, settings) + learned


def _learned_parts(raters: "Raters", hood: "Neighbourhood", biases: "Biases", settings: "ScoringSettings") -> "Parts":
    from ucf_core.recommendations.learned import residual_weights

    values, terms = _offset_parts(raters, hood, biases, settings)
    learned, residuals = residual_weights(hood, biases, settings.rating_ridge)
    return values + learned[raters.places] * residuals[raters.entries], terms


for _aggregation in (
    Aggregation(
        name="baseline_offset",
        title="Bias plus offset",
        explanation="Corrects for users who rate high or low in general.",
        predict=_offset,
        parts=_offset_parts,
        uses=frozenset({"shrinkage"}),
    ),
    Aggregation(
        name="mean",
        title="Plain mean",
        explanation="The weighted mean of the neighbours' ratings.",
        predict=lambda _hood, tallies, _biases, _settings: tallies.mean_rating(),
        parts=lambda raters, _hood, _biases, _settings: (
            raters.weights * raters.ratings / raters.weights.sum(),
            {},
        ),
    ),
    Aggregation(
        name="learned",
        title="Learned",
        explanation="Adds to bias plus offset what is learned from this user's own films: the smallest errors, for "
        "some milliseconds more.",
        predict=_learned,
        parts=_learned_parts,
        learned=True,
        uses=frozenset({"shrinkage", "rating_ridge"}),
    ),
):
    register_aggregation(_aggregation)
