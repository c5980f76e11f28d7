"""The ranking rules: each turns the neighbours' tallies into one score an item.

A new rule is one more entry here: pages, command line, evaluation and sentences read the registry, in
its order. Functions that need NumPy or SciPy import them when they are called, so that `ucf --help` stays quick.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ucf_core.base.errors import SpecError
from ucf_core.recommendations.breakdown import BIAS_ESTIMATE

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


RULES: dict[str, RankingRule] = {}
"""All ranking rules by name, in the order in which they are offered."""


def register_rule(rule: RankingRule) -> None:
    """Offer a ranking rule everywhere. Raises SpecError where the name is taken."""
    if rule.name in RULES:
        raise SpecError(f"ranking {rule.name!r} is registered already; choose another name")
    RULES[rule.name] = rule


def sum_of_weights(raters: "Raters", _estimate: float, _settings: "ScoringSettings") -> "Parts":
    """Parts of a score that is the sum of its raters' weights."""
    return raters.weights, {}


def _weight(tallies: "Tallies", _estimates: "Floats", _settings: "ScoringSettings") -> "Floats":
    return tallies.weight


def _damped_parts(raters: "Raters", estimate: float, settings: "ScoringSettings") -> "Parts":
    divisor = float(raters.weights.sum()) + settings.shrinkage
    share = settings.shrinkage / divisor if divisor > 0 else 1.0
    return raters.weights * raters.ratings / (divisor or 1.0), {BIAS_ESTIMATE: estimate * share}


def _learned(neighbourhood: "Neighbourhood", settings: "ScoringSettings") -> Weighing:
    from ucf_core.recommendations.learned import learned_weights

    return Weighing(learned_weights(neighbourhood, settings.ridge)[neighbourhood.owner])


def _hybrid(neighbourhood: "Neighbourhood", settings: "ScoringSettings") -> Weighing:
    from ucf_core.recommendations.hybrid import hybrid_weights

    return Weighing(*hybrid_weights(neighbourhood, settings.ridge))


for _rule in (
    RankingRule(
        name="weighted_ratings",
        title="Weighted ratings",
        explanation="Films that many similar users rated, and rated highly, come first.",
        formula="sum(similarity x rating)",
        unit="similarity x stars",
        score=lambda tallies, _estimates, _settings: tallies.weighted_ratings,
        parts=lambda raters, _estimate, _settings: (raters.weights * raters.ratings, {}),
    ),
    RankingRule(
        name="similarity_sum",
        title="Summed similarity",
        explanation="Films that many similar users rated come first, however they rated them.",
        formula="sum(similarity)",
        unit="similarity",
        score=_weight,
        parts=sum_of_weights,
    ),
    RankingRule(
        name="damped",
        title="Damped rating",
        explanation="Orders by mean rating, pulled towards what user and film averages suggest when few neighbours "
        "rated it.",
        formula="(sum(similarity x rating) + shrinkage x bias estimate) / (sum(similarity) + shrinkage)",
        unit="stars",
        score=lambda tallies, estimates, settings: tallies.damped_mean(estimates, settings.shrinkage),
        parts=_damped_parts,
        uses=frozenset({"shrinkage"}),
    ),
    RankingRule(
        name="predicted",
        title="Weighted mean rating",
        explanation="Films that neighbours rated highest come first, however few did: one neighbour's 5 stars beat "
        "forty neighbours' 4.9, so obscure films dominate.",
        formula="sum(similarity x rating) / sum(similarity)",
        unit="stars",
        score=lambda tallies, _estimates, _settings: tallies.mean_rating(),
        parts=lambda raters, _estimate, _settings: (raters.weights * raters.ratings / raters.weights.sum(), {}),
    ),
    RankingRule(
        name="learned",
        title="Learned weights",
        explanation="What each neighbour counts is learned from the user's own films; those who say the same share a "
        "weight.",
        formula="sum(learned weight)",
        unit="share of a rating",
        score=_weight,
        parts=sum_of_weights,
        weigh=_learned,
        uses=frozenset({"ridge"}),
    ),
    RankingRule(
        name="hybrid",
        title="Hybrid",
        explanation="Learned weights, and what release years and genres of the user's own films say. A neighbour's "
        "film counts up to three times if rated in one sitting with films of the user's.",
        formula="sum(learned weight x (1 + 2 x share of the sitting)) + learned traits",
        unit="share of a rating",
        score=_weight,
        parts=sum_of_weights,
        weigh=_hybrid,
        adds_traits=True,
        uses=frozenset({"ridge"}),
        lacks=lambda ratings: (
            "Ratings of this dataset have no times, so sittings do not count." if ratings.timestamps is None else ""
        ),
    ),
):
    register_rule(_rule)
