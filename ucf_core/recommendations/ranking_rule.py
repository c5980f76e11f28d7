"""What a ranking rule declares: its words on screen, how it scores, and what its scores are the sum of."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from ucf_core.ratings.ratings import Ratings
    from ucf_core.recommendations.breakdown import Floats, Parts
    from ucf_core.recommendations.neighbourhood import Neighbourhood, Raters, ScoringSettings
    from ucf_core.recommendations.tallies import Tallies


@dataclass(frozen=True, eq=False)
class Weighing:
    """What a rule goes by where it is not the neighbours' own weights.

    Attributes:
        of_ratings: (nnz,) float64 what each of the neighbours' ratings weighs.
        of_traits: (n_items,) float64 what a film's own traits add to its score; None where they do not.
    """

    of_ratings: "Floats"
    of_traits: "Floats | None" = None


Score: TypeAlias = "Callable[[Tallies, Floats, ScoringSettings], Floats]"
PartsOfScore: TypeAlias = "Callable[[Raters, float, ScoringSettings], Parts]"
Weigh: TypeAlias = "Callable[[Neighbourhood, ScoringSettings], Weighing]"


@dataclass(frozen=True, kw_only=True, eq=False)
class RankingRule:
    """One way to order a list.

    Attributes:
        name: its value in specs, links and the command line.
        title, explanation: on screen; `explanation` is in sentences.
        formula, unit: of the score.
        score: (tallies, the user's bias estimates, settings) -> scores, all (n_items,). Items without support may get
            anything; NaN where a mean has nothing to average.
        parts: the score of one item as a sum: (its raters with their weights in the score, its bias estimate, settings)
            -> what each rater adds, and other terms. What `weigh` adds for traits is a term already.
        weigh: learns for this user what each rating of the neighbours weighs; None: what the neighbour weighs.
        adds_traits: whether `weigh` also learns what the traits of films add to their scores.
        uses: which of the settings that not all rules read it reads.
        lacks: a sentence on what of the rule a dataset does not allow; empty where it allows all.
    """

    name: str
    title: str
    explanation: str
    formula: str
    unit: str
    score: Score
    parts: PartsOfScore
    weigh: "Weigh | None" = None
    adds_traits: bool = False
    uses: frozenset[str] = frozenset()
    lacks: "Callable[[Ratings], str]" = lambda _ratings: ""

    @property
    def learned(self) -> bool:
        """Whether its weights are learned from the user's own ratings."""
        return self.weigh is not None
