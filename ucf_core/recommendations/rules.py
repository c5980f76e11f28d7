"""The ranking rules: each turns the neighbours' tallies into one score an item.

A new rule is one more entry here: pages, command line, evaluation and sentences read the registry, in
its order. Functions that need NumPy or SciPy import them when they are called, so that `ucf --help` stays quick.
"""

from typing import TYPE_CHECKING

from ucf_core.base.errors import SpecError
from ucf_core.recommendations.breakdown import BIAS_ESTIMATE
from ucf_core.recommendations.ranking_rule import RankingRule, Weighing

if TYPE_CHECKING:
    from ucf_core.recommendations.breakdown import Floats, Parts
    from ucf_core.recommendations.neighbourhood import Neighbourhood, Raters, ScoringSettings
    from ucf_core.recommendations.tallies import Tallies

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
