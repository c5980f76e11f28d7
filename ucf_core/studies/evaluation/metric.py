"""One metric of an evaluation: its name, which way is better, how it is shown, and how it is computed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.errors import SpecError
from ucf_core.base.parameter import check_choice

Values: TypeAlias = NDArray[np.float64]
Better: TypeAlias = Literal["higher", "lower", "neither"]
Kind: TypeAlias = Literal["rating", "user", "list", "place", "catalogue"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric. All that measures, stores or shows metrics reads it from here.

    | kind | `compute` returns | the figure is the mean over |
    | --- | --- | --- |
    | rating | (n_test,), a value for each held-out rating | all held-out ratings |
    | user | the same | users, of the mean over their held-out ratings |
    | list | (m,), a value for each user's list | users, of the mean over the folds |
    | place | (m, n), a value for each place of the lists | all places of all lists |
    | catalogue | the figure of all lists together, and (m,) how much it changes without each list | folds |

    NaN is left out of means. Intervals are by bootstrap over users, of catalogue metrics by jackknife.

    Attributes:
        name: in JSON, files and Python.
        label: on screen; "@n" becomes the length of the lists.
        unit: of its axis.
        help: one or two sentences in plain words.
        better: which way is better; "neither" where that depends on what is wanted, and there is no best setting.
        kind: what `compute` returns a value for.
        compute: one model's result of one split -> values.
        transform: of the mean, for kind "user" of each user's mean: the square root in RMSE.
        bounds: of the figure; jackknife intervals are cut there.
        digits: decimals on screen.
        caveat: why a useless model can be ahead in it; added wherever something is ahead.
        headline: whether it is shown at first, on the page and by `ucf evaluate`.
        on_page: whether the page offers it; JSON and Python have it anyway.
    """

    name: str
    label: str
    unit: str
    help: str
    better: Better
    kind: Kind
    compute: Callable[["SplitResult"], Any]
    transform: Callable[[Values], Values] = lambda mean: mean
    bounds: tuple[float, float] = (-np.inf, np.inf)
    digits: int = 3
    caveat: str = ""
    headline: bool = False
    on_page: bool = True

    def __post_init__(self) -> None:
        check_choice("better", self.better, ("higher", "lower", "neither"))
        check_choice("kind", self.kind, ("rating", "user", "list", "place", "catalogue"))

    def title(self, n: int) -> str:
        """Its label for lists of n."""
        return self.label.replace("@n", f"@{n}")

    @property
    def direction(self) -> str:
        """Which way is better, in words."""
        if self.better == "neither":
            return "neither way is better by itself"
        if self.caveat:
            return f"{self.better} is better where the other figures are no worse for it"
        return f"{self.better} is better"

    def text(self, value: float | None) -> str:
        """A figure as people read it."""
        return "-" if value is None else f"{value:.{self.digits}f}"

    def interval_text(self, interval: tuple[float, float] | None) -> str:
        """An interval as people read it; empty where there is none."""
        return "" if interval is None else " to ".join(map(self.text, interval))


@dataclass(frozen=True, eq=False, kw_only=True)
class SplitResult:
    """Predictions and lists of one model on one split for m users, and their held-out ratings.

    Attributes:
        test: (m, n_items) CSR of the held-out ratings, n_test in all.
        lists: (m, n) item rows, best first, each item once; -1 at the end of shorter lists.
        predicted: (n_test,) predicted ratings in the order of `test.data`; None where the model predicts none.
        fallback: (n_test,) whether no neighbour supports a prediction; None for a model without neighbours.
        item_counts: (n_items,) training ratings of each item.
        n_users: users of the training part.
        relevant_from: rating from which a held-out item is relevant to a list; None: every held-out item.
    """

    test: csr_array
    lists: NDArray[np.integer]
    item_counts: NDArray[np.integer]
    n_users: int
    predicted: Values | None = None
    fallback: NDArray[np.bool_] | None = None
    relevant_from: float | None = None

    def __post_init__(self) -> None:
        if len(self.lists) != self.test.shape[0]:
            raise SpecError(
                f"{len(self.lists)} lists do not fit held-out ratings of {self.test.shape[0]} users; give one each"
            )
        if self.predicted is not None and not np.isfinite(self.predicted).all():
            n_bad = int((~np.isfinite(self.predicted)).sum())
            raise SpecError(
                f"{n_bad:,} of {self.predicted.size:,} predicted ratings are not finite; use a fallback there"
            )

    @cached_property
    def owners(self) -> NDArray[np.intp]:
        """(n_test,) position of the user who gave each held-out rating, ascending."""
        return np.repeat(np.arange(self.test.shape[0]), np.diff(self.test.indptr))

    @cached_property
    def errors(self) -> Values:
        """(n_test,) predicted minus held-out ratings, in rating units; NaN where the model predicts none."""
        if self.predicted is None:
            return np.full(self.test.nnz, np.nan)
        errors: Values = self.predicted.astype(np.float64) - self.test.data
        return errors

    @cached_property
    def n_relevant(self) -> NDArray[np.int64]:
        """(m,) relevant items of each user."""
        return np.bincount(self.owners[self._relevant], minlength=len(self.lists)).astype(np.int64)

    @cached_property
    def hits(self) -> NDArray[np.bool_]:
        """(m, n) which places of the lists hold a relevant item."""
        n_items = self.test.shape[1]
        # one number for each (user, item), so that all lists are looked up at once
        known = np.sort(self.owners[self._relevant].astype(np.int64) * n_items + self.test.indices[self._relevant])
        if not known.size:
            return np.zeros(self.lists.shape, dtype=bool)
        listed = np.arange(len(self.lists), dtype=np.int64)[:, None] * n_items + self.lists
        at = np.minimum(np.searchsorted(known, listed), known.size - 1)
        hits: NDArray[np.bool_] = (known[at] == listed) & (self.lists >= 0)
        return hits

    @cached_property
    def _relevant(self) -> NDArray[np.bool_]:
        relevant: NDArray[np.bool_] = self.test.data >= (-np.inf if self.relevant_from is None else self.relevant_from)
        return relevant
