"""Ranking: scores of all items by the rule that the settings name, and the best of them in order."""

import numpy as np
from numpy.typing import NDArray

from ucf_core.ratings.biases import Biases
from ucf_core.recommendations.rules import RULES
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.recommendations.tallies import Tallies

# Scores closer than this are equal: the order of a sum must not decide between 5 and 5.000000000000001.
_DECIMALS = 9
_MOST_DECIMALS = 300


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
    the row can be used in place of the id.
    """
    candidates = candidates[~np.isnan(scores[candidates])]
    if 0 < n < candidates.size:
        # only what reaches the n-th best score needs sorting
        cut = np.partition(scores[candidates], candidates.size - n)[candidates.size - n]
        candidates = candidates[scores[candidates] >= cut]
    order = np.lexsort((candidates, -popularity[candidates], -support[candidates], -scores[candidates]))
    return candidates[order[:n]].astype(np.int64)
