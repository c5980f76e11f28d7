"""One film under other conditions: without a neighbour, under another rule, with another minimum support."""

from dataclasses import dataclass, replace

import numpy as np

from ucf_core.base.errors import SpecError
from ucf_core.neighbours.neighbours import Neighbours
from ucf_core.ratings.biases import Biases
from ucf_core.recommendations.aggregations import AGGREGATIONS, bias_terms
from ucf_core.recommendations.breakdown import CLIPPING, TRAITS, Breakdown
from ucf_core.recommendations.recommendation import Evidence, Judgement, gather_evidence, judge
from ucf_core.recommendations.rules import RULES
from ucf_core.recommendations.scoring import ScoringSpec

RANKED = 1_000
"""Number of list places that are counted."""


@dataclass(frozen=True)
class Standing:
    """Score, rank and predicted rating of one item under given conditions.

    Attributes:
        score: in the unit of the ranking rule; NaN where nothing weighs anything.
        rank: its place in the list, from 1; None beyond RANKED, and for what is not recommended at all.
        predicted_rating: in rating units.
        support: neighbours who rated it.
        fallback: the bias estimate stands in for the prediction.
        scoring: how the neighbours were asked.
    """

    score: float
    rank: int | None
    predicted_rating: float
    support: int
    fallback: bool
    scoring: ScoringSpec

    @property
    def enough(self) -> bool:
        """Whether as many neighbours rated it as it takes to be recommended."""
        return self.support >= self.scoring.min_support


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why an item has the score and the predicted rating that it has. Made by `explain`; nothing of it ever changes.

    Attributes:
        item: its row.
        neighbours: who was asked.
        evidence: those of them who rated it.
        score, predicted: the two numbers as sums.
        standing: its place with these settings.
    """

    item: int
    neighbours: Neighbours
    biases: Biases
    evidence: Evidence
    score: Breakdown
    predicted: Breakdown
    standing: Standing

    def by_rule(self) -> dict[str, Standing]:
        """Its place under each rule, all else equal; learned ones are left out where each item has its own raters."""
        per_item = self.standing.scoring.neighbourhood == "per_item"
        return {name: self.what_if(ranking=name) for name, rule in RULES.items() if not (rule.learned and per_item)}

    def what_if(
        self, *, without: int | None = None, ranking: str | None = None, min_support: int | None = None
    ) -> Standing:
        """Its place without one neighbour (a row), under another rule, with another minimum support.

        The neighbour who is left out is not replaced, unless each item is judged by its own nearest raters.
        Learned weights are learned anew. Raises SpecError for a row that is no neighbour's.
        """
        if without is not None and not (self.neighbours.rows == without).any():
            raise SpecError(f"row {without} is not among the {self.neighbours.k} neighbours; choose one that is")
        fewer = self.neighbours if without is None else self.neighbours.without(without)
        scoring = self.standing.scoring
        scoring = replace(scoring, ranking=ranking or scoring.ranking, min_support=min_support or scoring.min_support)
        if without is None and scoring == self.standing.scoring:
            return self.standing
        return _standing(judge(fewer, self.biases, scoring), self.item)


def explain(neighbours: Neighbours, biases: Biases, scoring: ScoringSpec, item: int) -> Explanation:
    """Take apart what `neighbours` say of an item (a row), in the time of making one list."""
    judged = judge(neighbours, biases, scoring)
    return Explanation(
        item=item,
        neighbours=neighbours,
        biases=biases,
        evidence=gather_evidence(judged.neighbourhood, np.array([item]), judged.weighing.of_ratings)[0],
        score=_score_parts(judged, biases, item),
        predicted=_predicted_parts(judged, biases, item),
        standing=_standing(judged, item),
    )


def _score_parts(judged: Judgement, biases: Biases, item: int) -> Breakdown:
    """The score of an item (a row) under the rule that `judged` was made by."""
    total = float(judged.scores[item])
    if np.isnan(total):
        return Breakdown(np.empty(0, np.int32), np.empty(0), {}, total)
    hood, weighing, scoring = judged.neighbourhood, judged.weighing, judged.scoring
    raters = hood.raters(item)
    estimate = float(biases.estimate(hood.neighbours.user)[item])
    raters = replace(raters, weights=weighing.of_ratings[raters.entries])
    values, terms = RULES[scoring.ranking].parts(raters, estimate, scoring)
    if weighing.of_traits is not None:
        terms = {TRAITS: float(weighing.of_traits[item])} | terms
    return Breakdown(raters.rows, values, terms, total)


def _predicted_parts(judged: Judgement, biases: Biases, item: int) -> Breakdown:
    """The predicted rating of an item (a row): the bias estimate alone where too few neighbours rated it."""
    hood, scoring = judged.neighbourhood, judged.scoring
    raters, total = hood.raters(item), float(judged.predictions.ratings[item])
    if judged.predictions.fallback[item]:
        users, values, terms = raters.rows[:0], np.empty(0), bias_terms(biases, hood.neighbours.user, item)
    else:
        users = raters.rows
        values, terms = AGGREGATIONS[scoring.aggregation].parts(raters, hood, biases, scoring)
    unclipped = float(values.sum()) + sum(terms.values())
    low, high = hood.neighbours.ratings.scale
    if not low <= unclipped <= high:
        terms = terms | {CLIPPING: total - unclipped}
    return Breakdown(users, values, terms, total)


def _standing(judged: Judgement, item: int) -> Standing:
    place = np.flatnonzero(judged.best(RANKED) == item)
    return Standing(
        score=float(judged.scores[item]),
        rank=int(place[0]) + 1 if place.size else None,
        predicted_rating=float(judged.predictions.ratings[item]),
        support=int(judged.predictions.support[item]),
        fallback=bool(judged.predictions.fallback[item]),
        scoring=judged.scoring,
    )
