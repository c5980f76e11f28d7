"""Protocol of lists: a share of every user's ratings is held out, and lists over all other items must find it.

Settings are chosen on a validation part that is held out of the training part with another seed; the test part is
looked at once a model, after that.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from benchmarks.peers.clock import Stopwatch
from benchmarks.peers.model import Model, Settings, load
from benchmarks.peers.ratings import as_list
from ucf_core.base.specs import SplitSpec
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.evaluation.catalogue_metrics import item_coverage
from ucf_core.studies.evaluation.intervals import mean_interval
from ucf_core.studies.evaluation.metric import SplitResult, Values
from ucf_core.studies.evaluation.metrics import METRICS
from ucf_core.studies.evaluation.split import Split, splits

N = 10
SHARE = 0.2
# the ranking that the program offers where lists matter most
LEARNED = "ours, learned"
_METRICS = ("ndcg", "precision", "recall", "hit_rate")


@dataclass(frozen=True, eq=False)
class ListRow:
    """What a model made of the test part; times are processor seconds.

    `ours` marks this program's user-kNN, other than as a variant. `validation_ndcg` is that of the chosen settings on
    the validation part, None without a grid; `tried` is how many settings were compared there.
    """

    name: str
    library: str
    ours: bool
    settings: Settings
    metrics: dict[str, Values]
    item_coverage: float
    fit_seconds: float
    list_seconds: float
    validation_ndcg: float | None
    tried: int


def list_rows(
    ratings: Ratings, models: Sequence[Model], *, seed: int, n: int = N, tell: Callable[[str], None]
) -> list[ListRow]:
    """One row a model and variant. `seed` draws the test part, `seed` + 1 the validation part."""
    test = hold_out(ratings, seed)
    validation = hold_out(test.train, seed + 1)
    rows = []
    for model in models:
        load(model.library)
        settings, reached, tried = tune(model, validation, seed=seed, n=n, tell=tell)
        rows.append(_row(model, model.name, settings, test, seed, n, reached, tried))
        tell(_summary(rows[-1]))
        for suffix, changes in model.variants.items():
            name = f"{model.name}, {suffix}"
            rows.append(_row(model, name, {**settings, **changes}, test, seed, n, None, 0))
            tell(_summary(rows[-1]))
    return rows


def hold_out(ratings: Ratings, seed: int) -> Split:
    """`SHARE` of every user's ratings, drawn with `seed`."""
    return next(splits(ratings, SplitSpec(protocol="per_user_holdout", share=SHARE, seed=seed)))


def tune(
    model: Model, validation: Split, *, seed: int, n: int, tell: Callable[[str], None]
) -> tuple[Settings, float | None, int]:
    """The settings of the grid with the highest mean nDCG on `validation`, that nDCG, and how many were tried."""
    best, reached, tried = dict(model.settings), None, 0
    for tuned in model.grid:
        round_best, round_reached = best, -1.0
        for values in combinations(tuned):
            settings = {**best, **values}
            metrics, *_ = _measure(model, settings, validation, seed, n)
            tried += 1
            ndcg = float(metrics["ndcg"].mean())
            tell(f"  {model.name}: {values} -> {ndcg:.4f} on validation")
            if ndcg > round_reached:
                round_best, round_reached = settings, ndcg
        best, reached = round_best, round_reached
    return best, reached, tried


def combinations(tuned: Mapping[str, tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """Every combination of the values, the last name's fastest."""
    return (dict(zip(tuned, values, strict=True)) for values in product(*tuned.values()))


def _measure(
    model: Model, settings: Settings, split: Split, seed: int, n: int
) -> tuple[dict[str, Values], float, float, float]:
    """Metrics of its lists, the share of the catalogue in them, seconds to fit, seconds to make them."""
    fitting, listing = Stopwatch(), Stopwatch()
    users = np.unique(split.test_users)
    with fitting.running():
        fitted = model.fit(split.train, settings, seed)
    assert fitted.lists is not None
    with listing.running():
        lists = fitted.lists(users, n)
    result = SplitResult(
        test=split.test_matrix[users],
        lists=lists,
        item_counts=split.train.item_counts,
        n_users=split.train.n_users,
    )
    metrics = {name: METRICS[name].compute(result) for name in _METRICS}
    return metrics, item_coverage(result)[0], fitting.seconds, listing.seconds


def _row(
    model: Model, name: str, settings: Settings, test: Split, seed: int, n: int, reached: float | None, tried: int
) -> ListRow:
    return ListRow(
        name,
        model.library,
        model.ours and name == model.name,
        settings,
        *_measure(model, settings, test, seed, n),
        reached,
        tried,
    )


def _summary(row: ListRow) -> str:
    return (
        f"{row.name}: nDCG {row.metrics['ndcg'].mean():.4f} on test, {row.fit_seconds:.1f} s + {row.list_seconds:.1f} s"
    )


def list_results(rows: Sequence[ListRow]) -> dict[str, Any]:
    """The rows as numbers, with 95 % intervals, and each one's paired differences in nDCG to the references.

    The references are the one of ours that was best on the validation part (the first of ours where none was tuned),
    and `LEARNED` where it is another.
    """
    own = [row for row in rows if row.ours]
    references = [max(own, key=lambda row: row.validation_ndcg or 0.0)] if own else []
    references += [row for row in own if row.name == LEARNED and row not in references]
    return {"references": [row.name for row in references], "rows": [_numbers(row, references) for row in rows]}


def _numbers(row: ListRow, references: Sequence[ListRow]) -> dict[str, Any]:
    differences = {
        of.name: None if of is row else as_list(mean_interval(row.metrics["ndcg"] - of.metrics["ndcg"]))
        for of in references
    }
    return {
        "model": row.name,
        "library": row.library,
        "settings": dict(row.settings),
        "validation_ndcg": row.validation_ndcg,
        "settings_tried": row.tried,
        **{name: as_list(mean_interval(row.metrics[name])) for name in _METRICS},
        "ndcg_differences": differences,
        "item_coverage": row.item_coverage,
        "fit_seconds": row.fit_seconds,
        "list_seconds": row.list_seconds,
    }
