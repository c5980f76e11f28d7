"""Presets: settings that belong together, chosen by the measurements in docs/quality.md."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ucf_core.base.specs import QuerySpec, changed
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import NOTEBOOK_SCORING, ScoringSpec

PresetName: TypeAlias = Literal["default", "notebook", "best_ratings", "best_lists"]


@dataclass(frozen=True)
class Preset:
    """One choice of all settings, and what it is for."""

    name: PresetName
    title: str
    explanation: str
    query: QuerySpec
    scoring: ScoringSpec

    def query_for(self, ratings: Ratings) -> QuerySpec:
        """The query with k and dim as large as `ratings` allow: k < n_users, dim within the smaller side."""
        k = min(self.query.k, max(ratings.n_users - 1, 1))
        dim = None if self.query.dim is None else min(self.query.dim, *ratings.matrix.shape)
        return changed(self.query, {"k": k, "dim": dim})


PRESETS: dict[PresetName, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "default",
            "Default",
            "Plain similarities of raw ratings, lists by weighted ratings: quick, and easy to follow.",
            QuerySpec(),
            ScoringSpec(),
        ),
        Preset(
            "notebook",
            "Notebook",
            "The experiment that this grew from: orders by mean rating, so obscure films dominate.",
            QuerySpec(),
            NOTEBOOK_SCORING,
        ),
        Preset(
            "best_ratings",
            "Best ratings",
            "Smallest errors of predicted ratings: neighbours by residuals, and weights learned for the user.",
            QuerySpec(k=400, dim=16, weighting="residual"),
            ScoringSpec(aggregation="learned", neighbourhood="global"),
        ),
        Preset(
            "best_lists",
            "Best lists",
            "Lists with the most held-out films at their top: weights learned from what the user rated, release years "
            "and genres.",
            QuerySpec(k=400, dim=16),
            ScoringSpec(ranking="hybrid", neighbourhood="global"),
        ),
    )
}
