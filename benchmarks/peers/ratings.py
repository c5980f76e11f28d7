"""Protocol of ratings: every rating is predicted once, in k folds; errors are pooled, intervals drawn over users."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.clock import Stopwatch
from benchmarks.peers.model import Model, Settings, load
from ucf_core.base.arrays import sum_by
from ucf_core.base.specs import SplitSpec
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.evaluation.intervals import Interval, percentiles, pooled_interval, resampled_sums
from ucf_core.studies.evaluation.split import Split, splits

FOLDS = 5


@dataclass(frozen=True, eq=False)
class RatingErrors:
    """Held-out ratings of each user, and their squared and absolute errors added up, (m,) each."""

    counts: NDArray[np.int64]
    squared: NDArray[np.float64]
    absolute: NDArray[np.float64]

    @property
    def rmse(self) -> float:
        """Root of the mean squared error over all ratings."""
        return float(np.sqrt(self.squared.sum() / self.counts.sum()))


@dataclass(frozen=True, eq=False)
class RatingRow:
    """What a model made of all folds; times are processor seconds over all of them.

    `ours` marks this program's user-kNN, other than as a variant."""

    name: str
    library: str
    ours: bool
    settings: Settings
    errors: RatingErrors
    fit_seconds: float
    predict_seconds: float


def rating_rows(
    ratings: Ratings, models: Sequence[Model], *, seed: int, folds: int = FOLDS, tell: Callable[[str], None]
) -> list[RatingRow]:
    """One row a model and variant, all on the same folds, which are drawn with `seed`."""
    parts = list(splits(ratings, SplitSpec(protocol="kfold", folds=folds, seed=seed)))
    rows = []
    for model in models:
        load(model.library)
        rows.append(_row(model, model.name, model.settings, parts, seed, tell))
        for suffix, changes in model.variants.items():
            rows.append(_row(model, f"{model.name}, {suffix}", {**model.settings, **changes}, parts, seed, tell))
    return rows


def _row(
    model: Model, name: str, settings: Settings, parts: Sequence[Split], seed: int, tell: Callable[[str], None]
) -> RatingRow:
    fitting, predicting = Stopwatch(), Stopwatch()
    predicted: list[NDArray[np.float64]] = []
    for split in parts:
        with fitting.running():
            fitted = model.fit(split.train, settings, seed)
        assert fitted.predict is not None
        with predicting.running():
            predicted.append(fitted.predict(split.test_users, split.test_items))
    users = np.concatenate([split.test_users for split in parts])
    off = np.concatenate(predicted).astype(np.float64) - np.concatenate([split.test_ratings for split in parts])
    rows, places, counts = np.unique(users, return_inverse=True, return_counts=True)
    errors = RatingErrors(counts, sum_by(places, off**2, rows.size), sum_by(places, np.abs(off), rows.size))
    tell(f"{name}: RMSE {errors.rmse:.4f}, {fitting.seconds:.1f} s + {predicting.seconds:.1f} s")
    return RatingRow(
        name, model.library, model.ours and name == model.name, settings, errors, fitting.seconds, predicting.seconds
    )


def rating_results(rows: Sequence[RatingRow]) -> dict[str, Any]:
    """The rows as numbers, with 95 % intervals, and each one's paired difference to the best of ours by RMSE."""
    own = [row for row in rows if row.ours]
    best = min(own, key=lambda row: row.errors.rmse) if own else None
    return {"reference": best.name if best else None, "rows": [_numbers(row, best) for row in rows]}


def _numbers(row: RatingRow, best: RatingRow | None) -> dict[str, Any]:
    errors = row.errors
    differences: dict[str, list[float] | None] = {"rmse_difference": None, "mae_difference": None}
    if best is not None and best is not row:
        theirs = best.errors
        rmse = pooled_difference(errors.squared, theirs.squared, errors.counts, root=True)
        mae = pooled_difference(errors.absolute, theirs.absolute, errors.counts)
        differences = {"rmse_difference": as_list(rmse), "mae_difference": as_list(mae)}
    return {
        "model": row.name,
        "library": row.library,
        "settings": dict(row.settings),
        "rmse": as_list(pooled_interval(errors.squared, errors.counts, root=True)),
        "mae": as_list(pooled_interval(errors.absolute, errors.counts)),
        **differences,
        "fit_seconds": row.fit_seconds,
        "predict_seconds": row.predict_seconds,
    }


def pooled_difference(
    first: NDArray[np.float64], second: NDArray[np.float64], counts: NDArray[np.int64], *, root: bool = False
) -> Interval:
    """Paired interval of the difference first - second between two models, each as in `pooled_interval`.

    `first` and `second` are sums of the same users, (n_users,), over the same ratings, `counts` of each user.
    """
    values = np.stack([first, second, counts]).astype(np.float64)
    (totals,) = resampled_sums([values])

    def difference(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        ratios = sums[:2] / sums[2]
        one, other = np.sqrt(ratios) if root else ratios
        return one - other

    low, high = percentiles(difference(totals))
    return Interval(float(difference(values.sum(axis=1, keepdims=True))[0]), float(low), float(high))


def as_list(interval: Interval) -> list[float]:
    """Estimate, low end and high end."""
    return [interval.estimate, interval.low, interval.high]
