"""Scoring: which rule orders a list, how ratings are predicted, and what each neighbour weighs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias, get_args

from ucf_core.aggregations import AGGREGATIONS, Aggregation
from ucf_core.errors import SpecError
from ucf_core.ranking_rule import RankingRule
from ucf_core.rules import RULES
from ucf_core.specs import QuerySpec, _as_python, _tunable, check_choice, check_int, check_range

Scope: TypeAlias = Literal["global", "per_item"]

SCOPES: tuple[Scope, ...] = get_args(Scope)
Registry: TypeAlias = Mapping[str, RankingRule | Aggregation]
CHOICES: dict[str, Registry] = {"ranking": RULES, "aggregation": AGGREGATIONS}
"""Settings whose values are the names of a registry."""

# These matter only to the rules and aggregations that declare them, the other settings to all.
_NOT_FOR_ALL = {"shrinkage", "ridge", "rating_ridge"}


@dataclass(frozen=True, kw_only=True)
class ScoringSpec:
    """What the neighbours' ratings are made into.

    `ranking` orders a recommendation list; `aggregation` makes a predicted rating; `shrinkage` is in units of
    similarity (a neighbourhood whose similarities sum to it is trusted by half); items that fewer than
    `min_support` neighbours rated are neither recommended nor predicted from neighbours. With `neighbourhood` per_item
    every item is judged by the k nearest among its own raters (as Surprise and LensKit do) instead of by the user's k
    nearest: the user is compared exactly with everybody. A neighbour weighs
    similarity^amplification (Breese et al. 1998, case amplification), times min(co_rated / significance, 1)
    (Herlocker et al. 1999, significance weighting; 0 leaves it out). `ridge` and `rating_ridge` regularise the
    weights of the ranking and of the aggregation that are learned.
    """

    ranking: str = _tunable("weighted_ratings", "rule that orders the list")
    aggregation: str = _tunable("baseline_offset", "how the neighbours' ratings become a predicted rating")
    shrinkage: float = _tunable(5.0, "pull towards the bias estimate, in units of similarity")
    min_support: int = _tunable(1, "neighbours that must have rated an item")
    neighbourhood: Scope = _tunable("global", "the user's k nearest, or for each item the k nearest of its raters")
    amplification: float = _tunable(1.0, "power of the similarity that a neighbour weighs")
    significance: int = _tunable(0, "co-rated items below which a neighbour weighs less; 0: no matter")
    ridge: float = _tunable(200.0, "regularisation of the learned ranking, in items")
    rating_ridge: float = _tunable(100.0, "regularisation of the learned ratings, in squared stars")

    def __post_init__(self) -> None:
        for name, registry in CHOICES.items():
            check_choice(name, getattr(self, name), tuple(registry))
        check_range("shrinkage", self.shrinkage, 0.0, 1e6)
        check_int("min_support", self.min_support, 1, 1_000_000)
        check_choice("neighbourhood", self.neighbourhood, SCOPES)
        if self.neighbourhood == "per_item" and self.learns:
            raise SpecError(
                "learned weights belong to the user's own neighbours; choose neighbourhood='global', or neither "
                f"ranking {_learned(RULES)} nor aggregation {_learned(AGGREGATIONS)}"
            )
        check_range("amplification", self.amplification, 0.0, 20.0)
        check_int("significance", self.significance, 0, 1_000_000)
        check_range("ridge", self.ridge, 1e-3, 1e9)
        check_range("rating_ridge", self.rating_ridge, 1e-3, 1e9)
        _as_python(self)

    @property
    def learns(self) -> bool:
        """Whether anything is learned from the user's own ratings: weights of the list, or of predicted ratings."""
        return RULES[self.ranking].learned or AGGREGATIONS[self.aggregation].learned

    @property
    def unused(self) -> set[str]:
        """Settings that neither the ranking rule nor the aggregation reads."""
        return _NOT_FOR_ALL - RULES[self.ranking].uses - AGGREGATIONS[self.aggregation].uses


def _learned(registry: Registry) -> str:
    return " or ".join(repr(name) for name, entry in registry.items() if entry.learned)


NOTEBOOK_SCORING = ScoringSpec(ranking="predicted", aggregation="mean")
"""The experiment this program grew from: lists ordered by the plain weighted mean of the neighbours' ratings."""


def refuse_unknown(changes: dict[str, Any]) -> None:
    """Raise SpecError when a keyword belongs to no spec."""
    if changes:
        known = sorted(known.name for spec in (QuerySpec, ScoringSpec) for known in fields(spec))
        raise SpecError(f"{', '.join(sorted(changes))}: no such parameter; choose from {', '.join(known)}")
