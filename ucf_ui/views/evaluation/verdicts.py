"""The best setting of each metric in one honest sentence."""

from collections.abc import Sequence

from ucf_core.studies.evaluation.results import Evaluation, Model, Row
from ucf_core.studies.evaluation.verdict import Verdict, verdict
from ucf_ui.base import text
from ucf_ui.views.evaluation.metrics import Metric

_MOST_NAMES = 3


def verdicts(evaluation: Evaluation, metrics: Sequence[Metric]) -> dict[str, Verdict]:
    """The verdict of each metric that has a better way and that a setting has."""
    found = {metric.name: verdict(evaluation, metric.name) for metric in metrics if metric.is_better}
    return {name: one for name, one in found.items() if one is not None}


def in_words(found: Verdict, metric: Metric, n: int, names: dict[Model, str]) -> str:
    """Markdown: what is best, how good, what cannot be told from it, and which baseline is ahead of it."""
    interval = metric.interval(found.best)
    figure = metric.text(found.best.metrics[metric.name]) + (f" ({interval})" if interval else "")
    said = f"**{metric.title(n)}**: {text.plain(names[found.best.model])}, {figure}."
    if found.ahead:
        ahead = [f"{names[row.model]} ({metric.text(row.metrics[metric.name])})" for row in found.ahead]
        is_ahead = "is better" if len(ahead) == 1 else "are better"
        if metric.not_alone:
            is_ahead = "has more" if len(ahead) == 1 else "have more"
        said += f" **But {_listed(ahead)} {is_ahead}.**"
        said += f" {metric.not_alone}" if metric.not_alone else ""
    if found.alike:
        same = all(row.metrics[metric.name] == found.best.metrics[metric.name] for row in found.alike)
        words = "The same as" if same else "Not distinguishable from"
        said += f" {words} {_listed([names[row.model] for row in found.alike])}."
    elif interval and not found.ahead and len(names) > 1:
        said += " Clearly better than all others."
    return said


def references(metrics: Sequence[Metric], found: dict[str, Verdict]) -> dict[str, Row]:
    """What a row is held against in each metric: the best, or where neither way is better that of the first metric."""
    first = next((found[metric.name].best for metric in metrics if metric.name in found), None)
    bests = {name: one.best for name, one in found.items()}
    return bests if first is None else {metric.name: first for metric in metrics if not metric.is_better} | bests


def against(metrics: Sequence[Metric], found: dict[str, Verdict], n: int) -> str:
    """What `references` are, in words."""
    first = next((metric.title(n) for metric in metrics if metric.name in found), None)
    either = any(not metric.is_better for metric in metrics)
    also = f"; where neither way is better by itself, against the best by {first}" if first and either else ""
    return f"Against the best of each metric, on the same users{also}:"


def label(row: Row, names: dict[Model, str], best_of: Sequence[str]) -> str:
    """A row in a list of choices, with the metrics that it is the best of."""
    return names[row.model] + (f", best {text.listed(best_of, 9)}" if best_of else "")


def _listed(names: Sequence[str]) -> str:
    shown = [text.plain(name) for name in names[:_MOST_NAMES]]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {text.counted(more, 'other')}"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
