"""The verdict: which setting is best in a metric, and which others do not differ from it significantly."""

from dataclasses import dataclass

from ucf_core.studies.evaluation.intervals import Interval
from ucf_core.studies.evaluation.metrics import METRICS
from ucf_core.studies.evaluation.results import Evaluation, Row
from ucf_core.studies.evaluation.spec import Setting


@dataclass(frozen=True, eq=False)
class Verdict:
    """The best setting in one metric.

    Of many settings the best one is a little lucky: measured again on other users it tends to fall back.

    Attributes:
        metric: by which it is the best.
        best: the setting with the best figure; the first of those with the same.
        alike: models, baselines among them, that do not differ from it: the 95 % interval of the paired difference
            holds 0.
        ahead: baselines with a better figure that are not alike.
    """

    metric: str
    best: Row
    alike: tuple[Row, ...]
    ahead: tuple[Row, ...]


def verdict(evaluation: Evaluation, metric: str) -> Verdict | None:
    """The verdict by `metric`; None where no setting has a figure, and where neither way is better."""
    rows = [(row, value) for row in evaluation.rows if (value := row.metrics.get(metric)) is not None]
    better = METRICS[metric].better
    sign = 1.0 if better == "lower" else -1.0
    candidates = [(row, value) for row, value in rows if isinstance(row.model, Setting)]
    if not candidates or better == "neither":
        return None
    best, top = min(candidates, key=lambda pair: sign * pair[1])
    others = [(row, value) for row, value in rows if row is not best]
    alike = [row for row, _ in others if not is_clear(evaluation.difference(metric, row.model, best.model))]
    ahead = [row for row, value in others if sign * value < sign * top and row not in alike]
    return Verdict(metric, best, tuple(alike), tuple(ahead))


def is_clear(difference: Interval) -> bool:
    """Whether a difference has 0 outside its interval; nothing is clear without an interval, whose ends are NaN."""
    return difference.low > 0.0 or difference.high < 0.0
