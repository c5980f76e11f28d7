"""Recommendations with the evidence behind each: which neighbours rated the item, how, and how similar they are."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import SpecError
from ucf_core.base.specs import LENGTH
from ucf_core.neighbours.neighbours import Neighbours
from ucf_core.ratings.biases import Biases
from ucf_core.ratings.ids import Ids
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.neighbourhood import Neighbourhood, gather
from ucf_core.recommendations.prediction import Predictions, predict_ratings
from ucf_core.recommendations.ranking import rank_items, score_items
from ucf_core.recommendations.rules import RULES, Weighing
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.recommendations.tallies import tally

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Evidence:
    """The neighbours with positive similarity who rated one item, most similar first.

    Attributes:
        users: (support,) int32 rows of the neighbours.
        similarities: (support,) float32.
        ratings: (support,) float32 what they gave the item.
        weights: (support,) float64 what each weighs in the score; the learned ones may be negative.
    """

    users: NDArray[np.int32]
    similarities: NDArray[np.float32]
    ratings: NDArray[np.float32]
    weights: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Recommendations:
    """A ranked list for one user; all arrays have one entry a recommended item, best first.

    Attributes:
        ratings: the dataset that all rows refer to.
        user: row of the user; n_users for a guest.
        items: (n,) int64 item rows; fewer than asked for where the neighbours rated too few unseen items.
        scores: (n,) float64 in the unit of the ranking rule.
        predicted_ratings: (n,) float64 in rating units.
        support: (n,) int64 neighbours who rated the item.
        evidence: one Evidence an item.
        scoring: the rule that made the list.
    """

    ratings: Ratings
    user: int
    items: NDArray[np.int64]
    scores: NDArray[np.float64]
    predicted_ratings: NDArray[np.float64]
    support: NDArray[np.int64]
    evidence: tuple[Evidence, ...]
    scoring: ScoringSpec

    @property
    def item_ids(self) -> Ids:
        """(n,) raw ids of the items."""
        return self.ratings.items.ids[self.items]

    @property
    def titles(self) -> list[str]:
        """Titles of the items, best first."""
        return [self.ratings.title(item) for item in self.items.tolist()]

    def to_frame(self) -> "pd.DataFrame":
        """A pandas frame: rank, raw item id, title, year, genres, score, predicted rating and support."""
        import pandas as pd

        catalogue, rows = self.ratings.catalogue, self.items.tolist()
        return pd.DataFrame(
            {
                "rank": range(1, len(rows) + 1),
                "item": self.item_ids,
                "title": self.titles,
                "year": pd.array([catalogue.year(row) for row in rows], dtype="Int64"),
                "genres": ["|".join(catalogue.genres[row]) for row in rows],
                "score": self.scores,
                "predicted_rating": self.predicted_ratings,
                "support": self.support,
            }
        )


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a user's neighbours say of all items.

    Attributes:
        neighbourhood: the neighbours who have a say.
        scoring: how they were asked.
        weighing: what each of their ratings weighs in the scores, and what traits add.
        scores: (n_items,) float64 in the unit of the ranking rule.
        predictions: predicted ratings of all items.
    """

    neighbourhood: Neighbourhood
    scoring: ScoringSpec
    weighing: Weighing
    scores: NDArray[np.float64]
    predictions: Predictions

    def best(self, n: int) -> NDArray[np.int64]:
        """The n best items (rows) that the user has not rated and at least `scoring.min_support` neighbours have."""
        neighbours, support = self.neighbourhood.neighbours, self.predictions.support
        candidate = support >= self.scoring.min_support
        candidate[neighbours.own[0]] = False
        return rank_items(self.scores, np.flatnonzero(candidate), support, neighbours.ratings.item_counts, n)


def judge(neighbours: Neighbours, biases: Biases, scoring: ScoringSpec) -> Judgement:
    """Score all items and predict all ratings: sparse sums over the k neighbours' rows."""
    neighbourhood = gather(neighbours, scoring)
    tallies = plain = tally(neighbourhood, biases)
    weigh = RULES[scoring.ranking].weigh
    if weigh is None:
        weighing = Weighing(neighbourhood.weights[neighbourhood.owner])
    else:
        weighing = weigh(neighbourhood, scoring)
        tallies = tally(neighbourhood, biases, weighing.of_ratings)
    return Judgement(
        neighbourhood=neighbourhood,
        scoring=scoring,
        weighing=weighing,
        scores=score_items(tallies, biases, neighbours.user, scoring, weighing.of_traits),
        predictions=predict_ratings(neighbourhood, biases, scoring, plain),
    )


def recommend(
    neighbours: Neighbours, biases: Biases, scoring: ScoringSpec, *, n: int = LENGTH.default
) -> Recommendations:
    """The n best items that the user has not rated and at least `scoring.min_support` neighbours have.

    Sparse sums over the k neighbours' rows; milliseconds at 25 million ratings. Raises SpecError unless
    1 <= n <= n_items.
    """
    ratings = neighbours.ratings
    if not 1 <= n <= ratings.n_items:
        raise SpecError(f"n={n} is out of range for {ratings.n_items:,} items; choose 1 <= n <= {ratings.n_items}")
    judged = judge(neighbours, biases, scoring)
    items = judged.best(n)
    return Recommendations(
        ratings=ratings,
        user=neighbours.user,
        items=items,
        scores=judged.scores[items],
        predicted_ratings=judged.predictions.ratings[items],
        support=judged.predictions.support[items],
        evidence=gather_evidence(judged.neighbourhood, items, judged.weighing.of_ratings),
        scoring=scoring,
    )


def gather_evidence(
    neighbourhood: Neighbourhood, items: NDArray[np.integer], weights: NDArray[np.float64] | None = None
) -> tuple[Evidence, ...]:
    """For each item the neighbours who rated it and have a say, in neighbour order.

    `weights` (nnz,), one a rating, are what the list was made with, where they are not those of the neighbourhood.
    """
    neighbours, block = neighbourhood.neighbours, neighbourhood.block
    weights = neighbourhood.weights[neighbourhood.owner] if weights is None else weights
    position = np.full(block.shape[1], -1)
    position[items] = np.arange(len(items))
    wanted = np.flatnonzero(position[block.indices] >= 0)
    which_item, owner, values = position[block.indices[wanted]], neighbourhood.owner[wanted], block.data[wanted]
    weights = weights[wanted]
    evidence = []
    for number in range(len(items)):
        of_item = which_item == number
        at = neighbourhood.places[owner[of_item]]
        evidence.append(Evidence(neighbours.rows[at], neighbours.similarities[at], values[of_item], weights[of_item]))
    return tuple(evidence)
