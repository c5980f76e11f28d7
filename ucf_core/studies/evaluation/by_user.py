"""Metrics as sums over users: of all users, and of the users of every resample."""

from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only
from ucf_core.base.progress import Progress
from ucf_core.studies.evaluation.bootstrap import RESAMPLES, resampled_sums

Arrays: TypeAlias = dict[str, NDArray[np.float64]]

SUMS = ("squared", "absolute", "fallbacks")
LISTS = ("ndcg", "precision", "recall", "hit_rate", "mrr")
LISTED = ("places", "raters", "novelty")
BY_USER = ("rmse", "mae", "user_rmse", "user_mae", "fallback_share", *LISTS, "popularity", "novelty")
"""Metrics that are a mean over users, ratings or places of lists, or its root."""


@dataclass(frozen=True, eq=False)
class ByUser:
    """What models made of each user. Arrays are read-only; of k folds, what a user has in each is put together.

    Attributes:
        counts: (m,) held-out ratings of each user.
        sums: by name in SUMS, (R, m): squared and absolute errors added up, and predictions without support; NaN for
            a model that predicts no ratings.
        lists: by name in LISTS, (R, m), means over folds; NaN for a user with nothing relevant held out.
        listed: by name in LISTED, (R, m): items in the user's lists, the training ratings of these added up, and
            their mean novelty, NaN for a user who has no list.
    """

    counts: NDArray[np.int64]
    sums: Arrays
    lists: Arrays
    listed: Arrays

    def __post_init__(self) -> None:
        read_only(self.counts, *self.sums.values(), *self.lists.values(), *self.listed.values())

    def figures(self) -> Arrays:
        """Each of BY_USER, (R,); NaN where the model does not have it."""
        columns, lists = self._columns(), self._measured_lists()
        found = _figures({name: each.sum(axis=1, keepdims=True) for name, each in columns.items()}, self.counts.size)
        found |= _list_means({name: each.sum(axis=1, keepdims=True) for name, each in lists.items()}, self._n_measured)
        return {name: found[name][:, 0] for name in BY_USER}

    def resampled(self, *, resamples: int = RESAMPLES, seed: int = 0, progress: Progress | None = None) -> Arrays:
        """Each of BY_USER for the users of every resample, (R, resamples), the same ones for all models.

        NaN where the model does not have it, and where nobody in a resample has a list. List metrics are resampled
        among the users who have something relevant held out. `progress` may raise to stop.
        """
        draw = partial(resampled_sums, resamples=resamples, seed=seed, progress=progress)
        columns, lists = self._columns(), self._measured_lists()
        if self._n_measured == self.counts.size:
            columns |= lists
            totals = dict(zip(columns, draw([*columns.values()]), strict=True))
        else:
            totals = dict(zip(columns, draw([*columns.values()]), strict=True))
            if self._n_measured:
                totals |= dict(zip(lists, draw([*lists.values()]), strict=True))
            else:
                totals |= {name: np.full((len(each), resamples), np.nan) for name, each in lists.items()}
        found = _figures(totals, self.counts.size) | _list_means(totals, self._n_measured)
        return {name: found[name] for name in BY_USER}

    @property
    def _measured(self) -> NDArray[np.bool_]:
        """(m,) which users have something relevant held out; the same for all models."""
        measured: NDArray[np.bool_] = ~np.isnan(self.lists["ndcg"][0])
        return measured

    @property
    def _n_measured(self) -> int:
        return int(np.count_nonzero(self._measured))

    def _measured_lists(self) -> Arrays:
        measured = self._measured
        return (
            self.lists
            if measured.all()
            else {name: each.compress(measured, axis=1) for name, each in self.lists.items()}
        )

    def _columns(self) -> Arrays:
        """What is added up over all users, (R, m) or (1, m) each."""
        has_list = ~np.isnan(self.listed["novelty"])
        return {
            **self.sums,
            "counts": self.counts[None].astype(np.float64),
            "user_rmse": np.sqrt(self.sums["squared"] / self.counts),
            "user_mae": self.sums["absolute"] / self.counts,
            "places": self.listed["places"],
            "raters": self.listed["raters"],
            "novelty": np.where(has_list, self.listed["novelty"], 0.0),
            "has_list": has_list.astype(np.float64),
        }


def _figures(totals: Arrays, n_users: int) -> Arrays:
    """Metrics from columns that were added up over `n_users` users; 0 / 0, where nobody has a list, is NaN."""
    with np.errstate(invalid="ignore"):
        return {
            "rmse": np.sqrt(totals["squared"] / totals["counts"]),
            "mae": totals["absolute"] / totals["counts"],
            "user_rmse": totals["user_rmse"] / n_users,
            "user_mae": totals["user_mae"] / n_users,
            "fallback_share": totals["fallbacks"] / totals["counts"],
            "popularity": totals["raters"] / totals["places"],
            "novelty": totals["novelty"] / totals["has_list"],
        }


def _list_means(totals: Arrays, n_measured: int) -> Arrays:
    return {name: totals[name] / n_measured if n_measured else np.full_like(totals[name], np.nan) for name in LISTS}
