"""Scoring: which rule orders a list, how ratings are predicted, and what each neighbour weighs."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from ucf_core.base.errors import SpecError
from ucf_core.base.parameter import Parameter, check, declared, parameters
from ucf_core.base.specs import QuerySpec
from ucf_core.recommendations.aggregations import AGGREGATIONS
from ucf_core.recommendations.rules import RULES

Scope: TypeAlias = Literal["global", "per_item"]

SCOPES: tuple[Scope, ...] = get_args(Scope)

# These matter only to the rules and aggregations that declare them, the other settings to all.
_NOT_FOR_ALL = frozenset({"shrinkage", "ridge", "rating_ridge"})

RANKING = Parameter(
    default="weighted_ratings",
    label="Order by",
    help="Which rule orders recommendations. It has no effect on RMSE and MAE.",
    brief="rule that orders the list",
    choices=RULES,
    words="list by {}",
)
AGGREGATION = Parameter(
    default="baseline_offset",
    label="Predicted rating",
    help="How the neighbours' ratings become a predicted rating.",
    brief="how the neighbours' ratings become a predicted rating",
    choices=AGGREGATIONS,
    words="predicted by {}",
)
SHRINKAGE = Parameter(
    default=5.0,
    label="Shrinkage",
    help="How strongly damped scores and predicted ratings are pulled towards what user and film averages suggest, "
    "in units of similarity. 0 trusts even a single neighbour.",
    brief="pull towards the bias estimate, in units of similarity",
    low=0.0,
    high=1e6,
    step=0.5,
    most=20.0,
)
MIN_SUPPORT = Parameter(
    default=1,
    label="Minimum support",
    help="Leave out films that fewer neighbours than this have rated.",
    brief="neighbours that must have rated an item",
    low=1,
    high=1_000_000,
    most=20,
    words="minimum support {}",
)
NEIGHBOURHOOD = Parameter(
    default="global",
    label="Neighbourhood",
    help="The user's nearest: those of the k neighbours who rated it. Each film's nearest: the k most similar "
    "among all who rated the film, by exact search, as Surprise and LensKit do; more films get a prediction, and "
    "it takes longer. Not with learned weights, which belong to the user's own neighbours.",
    brief="the user's k nearest, or for each item the k nearest of its raters",
    choices={"global": "The user's nearest", "per_item": "Each film's nearest"},
    words={
        "global": "films judged by the user's nearest",
        "per_item": "each film judged by its own nearest raters",
    },
)
AMPLIFICATION = Parameter(
    default=1.0,
    label="Amplification",
    help="The power of the similarity that a neighbour weighs. Above 1 the nearest count for more; at 0 all count "
    "the same. Learned weights replace it in the list, not in predicted ratings.",
    brief="power of the similarity that a neighbour weighs",
    low=0.0,
    high=20.0,
    stops=(0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0),
    examples=(1, 2, 4, 8),
)
SIGNIFICANCE = Parameter(
    default=0,
    label="Significance",
    help="Neighbours who share fewer films than this with the user weigh less, in proportion. 0 leaves it out. "
    "Learned weights replace it in the list, not in predicted ratings.",
    brief="co-rated items below which a neighbour weighs less; 0: no matter",
    low=0,
    high=1_000_000,
    stops=(0, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200),
    most=100_000,
    examples=(0, 10, 25, 50),
)
_RIDGES = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0)
RIDGE = Parameter(
    default=200.0,
    label="Ridge of the list",
    help="How cautious the learned list is, in films. Small: neighbours who fit what the user rated weigh much, "
    "and chance weighs with them. Large: all weights are small and even.",
    brief="regularisation of the learned ranking, in items",
    low=1e-3,
    high=1e9,
    stops=_RIDGES,
    most=1e6,
    examples=(50, 100, 200, 400),
    words="ridge of the list {}",
)
RATING_RIDGE = Parameter(
    default=100.0,
    label="Ridge of the ratings",
    help="How cautious learned predicted ratings are, in squared stars. Large: they come close to bias plus offset.",
    brief="regularisation of the learned ratings, in squared stars",
    low=1e-3,
    high=1e9,
    stops=_RIDGES,
    most=1e6,
    examples=(25, 50, 100, 200),
    words="ridge of the ratings {}",
)


@dataclass(frozen=True, kw_only=True)
class ScoringSpec:
    """What the neighbours' ratings are made into.

    `ranking` orders a recommendation list; `aggregation` makes a predicted rating; `shrinkage` is in units of
    similarity (a neighbourhood whose similarities sum to it is trusted by half); items that fewer than
    `min_support` neighbours rated are neither recommended nor predicted from neighbours. With `neighbourhood` per_item
    every item is judged by the k nearest among its own raters (as Surprise and LensKit do) instead of by the user's k
    nearest: the user is compared exactly with all others. A neighbour weighs
    similarity^amplification (Breese et al. 1998, case amplification), times min(co_rated / significance, 1)
    (Herlocker et al. 1999, significance weighting; 0 leaves it out). `ridge` and `rating_ridge` regularise the
    weights of the ranking and of the aggregation that are learned.
    """

    ranking: str = declared(RANKING)
    aggregation: str = declared(AGGREGATION)
    shrinkage: float = declared(SHRINKAGE)
    min_support: int = declared(MIN_SUPPORT)
    neighbourhood: Scope = declared(NEIGHBOURHOOD)
    amplification: float = declared(AMPLIFICATION)
    significance: int = declared(SIGNIFICANCE)
    ridge: float = declared(RIDGE)
    rating_ridge: float = declared(RATING_RIDGE)

    def __post_init__(self) -> None:
        check(self)
        if self.neighbourhood == "per_item" and self.learns:
            raise SpecError(
                "learned weights belong to the user's own neighbours; choose neighbourhood='global', or neither "
                f"ranking {_learned(RANKING)} nor aggregation {_learned(AGGREGATION)}"
            )

    @property
    def learns(self) -> bool:
        """Whether anything is learned from the user's own ratings: weights of the list, or of predicted ratings."""
        return RULES[self.ranking].learned or AGGREGATIONS[self.aggregation].learned

    @property
    def unused(self) -> frozenset[str]:
        """Fields that neither the ranking rule nor the aggregation reads."""
        return _NOT_FOR_ALL - RULES[self.ranking].uses - AGGREGATIONS[self.aggregation].uses


def _learned(parameter: Parameter) -> str:
    return " or ".join(repr(name) for name, entry in parameter.choices.items() if entry.learned)


NOTEBOOK_SCORING = ScoringSpec(ranking="predicted", aggregation="mean")
"""The experiment this program grew from: lists ordered by the plain weighted mean of the neighbours' ratings."""

PARAMETERS: dict[str, Parameter] = parameters(QuerySpec) | parameters(ScoringSpec)
"""Everything that decides neighbours and lists, by the names of the fields."""


def refuse_unknown(changes: dict[str, Any]) -> None:
    """Raise SpecError when a keyword belongs to no spec."""
    if changes:
        raise SpecError(f"{', '.join(sorted(changes))}: no such parameter; choose from {', '.join(sorted(PARAMETERS))}")
