"""Surprise's published figures for ML-100k, against what it gives here: does our way of measuring agree with theirs?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.peers.model import Model
from benchmarks.peers.with_surprise import LIBRARY, fit
from ucf_core.base.errors import SpecError
from ucf_core.ratings.ratings import Ratings

# RMSE of five folds with default settings, as in Surprise's README (https://surpriselib.com)
ML_100K = {"KNNBasic": 0.980, "KNNWithMeans": 0.951, "KNNBaseline": 0.931, "BaselineOnly": 0.944}
TOLERANCE = 0.003
_SHAPE = (943, 1682, 100_000)


@dataclass(frozen=True)
class Comparison:
    """A published RMSE and the one that was measured."""

    name: str
    published: float
    measured: float

    @property
    def agrees(self) -> bool:
        """Whether they are within the tolerance of each other."""
        return abs(self.measured - self.published) <= TOLERANCE


def published_models() -> list[Model]:
    """Those with a published figure, with their default settings."""
    return [Model(name, LIBRARY, fit, {"algorithm": name}) for name in ML_100K]


def check_is_ml_100k(ratings: Ratings) -> None:
    """Raise SpecError where these are not ML-100k's counts, of which alone the figures speak."""
    shape = (ratings.n_users, ratings.n_items, ratings.n_ratings)
    if shape != _SHAPE:
        found, wanted = (f"{users:,} users, {items:,} items, {n:,} ratings" for users, items, n in (shape, _SHAPE))
        raise SpecError(f"--published speaks of ml-100k ({wanted}), and this is {found}; give --dataset its folder")


def compare(measured: Mapping[str, float]) -> list[Comparison]:
    """Each published figure against `measured`, RMSE by name; a missing one is an error of the caller (KeyError)."""
    return [Comparison(name, rmse, measured[name]) for name, rmse in ML_100K.items()]


def comparison_table(comparisons: Sequence[Comparison]) -> str:
    """Published against measured, as Markdown."""
    rows = ["| algorithm | published RMSE | measured | difference | verdict |", "| --- " * 5 + "|"]
    for each in comparisons:
        verdict = "agrees" if each.agrees else f"**off by more than {TOLERANCE}**"
        difference = each.measured - each.published
        rows.append(f"| {each.name} | {each.published:.3f} | {each.measured:.4f} | {difference:+.4f} | {verdict} |")
    return "\n".join(rows) + "\n"
