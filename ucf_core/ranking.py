"""The rules that order recommendations: each turns the neighbours' tallies into one score an item."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.biases import Biases
from ucf_core.hybrid import hybrid_weights
from ucf_core.learned import learned_weights
from ucf_core.neighbourhood import Neighbourhood
from ucf_core.prediction import Tallies, mean_rating
from ucf_core.scoring import Ranking, ScoringSpec


@dataclass(frozen=True, eq=False)
class Weighing:
    """What a rule goes by where it is not the neighbours' own weights.

    Attributes:
        of_ratings: (nnz,) float64 what each of the neighbours' ratings weighs.
        of_traits: (n_items,) float64 what a film's own traits add to its score; None where they do not.
    """

    of_ratings: NDArray[np.float64]
    of_traits: NDArray[np.float64] | None = None


Weigh = Callable[[Neighbourhood, ScoringSpec], Weighing]

Score = Callable[[Tallies, NDArray[np.float64], ScoringSpec], NDArray[np.float64]]
"""(tallies, the user's bias estimates, spec) -> scores, all (n_items,). Unsupported items may get anything."""

# Scores closer than this are equal: the order of a sum must not decide between 5 and 5.000000000000001.
_DECIMALS = 9
_MOST_DECIMALS = 300


@dataclass(frozen=True)
class RankingRule:
    """One way to order a list. `unit` says what the score is measured in."""

    name: Ranking
    title: str
    explanation: str
    formula: str
    unit: str
    score: Score
    weigh: Weigh = lambda neighbourhood, _spec: Weighing(neighbourhood.weights[neighbourhood.owner])


def _damped(tallies: Tallies, estimates: NDArray[np.float64], spec: ScoringSpec) -> NDArray[np.float64]:
    weight = tallies.weight + spec.shrinkage
    # no neighbour and no shrinkage leaves nothing to average
    return np.divide(
        tallies.weighted_ratings + spec.shrinkage * estimates, weight, out=estimates.copy(), where=weight > 0
    )


RULES: dict[Ranking, RankingRule] = {
    rule.name: rule
    for rule in (
        RankingRule(
            "weighted_ratings",
            "Weighted ratings",
            "Films that many similar users rated, and rated highly, come first.",
            "sum(similarity x rating)",
            "similarity x stars",
            lambda tallies, _estimates, _spec: tallies.weighted_ratings,
        ),
        RankingRule(
            "similarity_sum",
            "Summed similarity",
            "Films that many similar users rated come first, however they rated them.",
            "sum(similarity)",
            "similarity",
            lambda tallies, _estimates, _spec: tallies.weight,
        ),
        RankingRule(
            "damped",
            "Damped rating",
            "Orders by mean rating, pulled towards what user and film averages suggest when few neighbours rated it.",
            "(sum(similarity x rating) + shrinkage x bias estimate) / (sum(similarity) + shrinkage)",
            "stars",
            _damped,
        ),
        RankingRule(
            "predicted",
            "Weighted mean rating",
            "Films that neighbours rated highest come first, however few did: one neighbour's 5 stars beat forty "
            "neighbours' 4.9, so lists fill with rarities.",
            "sum(similarity x rating) / sum(similarity)",
            "stars",
            lambda tallies, _estimates, _spec: mean_rating(tallies),
        ),
        RankingRule(
            "learned",
            "Learned weights",
            "What each neighbour counts is learned from the user's own films; those who say the same share a weight.",
            "sum(learned weight)",
            "share of a rating",
            lambda tallies, _estimates, _spec: tallies.weight,
            lambda neighbourhood, spec: Weighing(learned_weights(neighbourhood, spec.ridge)[neighbourhood.owner]),
        ),
        RankingRule(
            "hybrid",
            "Hybrid",
            "Learned weights, and what release years and genres of the user's own films say. A neighbour's film counts "
            "up to three times if rated in one sitting with films of the user's.",
            "sum(learned weight x (1 + 2 x share of the sitting)) + learned traits",
            "share of a rating",
            lambda tallies, _estimates, _spec: tallies.weight,
            lambda neighbourhood, spec: Weighing(*hybrid_weights(neighbourhood, spec.ridge)),
        ),
    )
}


def score_items(
    tallies: Tallies, biases: Biases, user: int, spec: ScoringSpec, of_traits: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Scores of all items under `spec.ranking`, (n_items,), rounded so that ties are ties.

    To 9 decimals, and to as many more as the largest score has zeros behind its point: the power of a small similarity
    may be very small. NaN where no neighbour who rated the item weighs anything and the rule is a mean.
    """
    scores = RULES[spec.ranking].score(tallies, biases.estimate(user), spec)
    return _rounded(scores if of_traits is None else scores + of_traits)


def _rounded(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    largest = np.max(np.abs(scores), initial=0.0, where=np.isfinite(scores))
    zeros = max(-int(np.floor(np.log10(largest))) - 1, 0) if largest > 0 else 0
    return np.round(scores, min(_DECIMALS + zeros, _MOST_DECIMALS))


def rank_items(
    scores: NDArray[np.float64],
    candidates: NDArray[np.integer],
    support: NDArray[np.int64],
    popularity: NDArray[np.integer],
    n: int,
) -> NDArray[np.int64]:
    """The best n of `candidates` (item rows), best first; ties break by support, then popularity, then id.

    What has no score (NaN) has no place either. All but `candidates` are (n_items,) arrays. Ids ascend with rows, so
    the row stands for the id.
    """
    candidates = candidates[~np.isnan(scores[candidates])]
    if 0 < n < candidates.size:
        # only what reaches the n-th best score needs sorting
        cut = np.partition(scores[candidates], candidates.size - n)[candidates.size - n]
        candidates = candidates[scores[candidates] >= cut]
    order = np.lexsort((candidates, -popularity[candidates], -support[candidates], -scores[candidates]))
    return candidates[order[:n]].astype(np.int64)
