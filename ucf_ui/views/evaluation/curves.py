"""How the settings of an evaluation are laid out in charts: which parameter runs along the axis, which makes lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import PARAMETERS
from ucf_core.studies.evaluation.metric import Metric
from ucf_core.studies.evaluation.results import Evaluation, Row
from ucf_core.studies.evaluation.spec import Setting
from ucf_ui.figures.evaluation import Line, Reference
from ucf_ui.views.evaluation import settings as words

EACH = "each"
"""Along the axis: every setting at a place of its own."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Settings in their places. `ticks` name the places; `lines` hold (place, row) in order, by name."""

    axis: str
    ticks: list[str]
    lines: dict[str, list[tuple[int, Row]]]


def choices(evaluation: Evaluation, ratings: Ratings) -> list[str]:
    """What may run along the axis, the most telling first: the parameters that vary, and EACH.

    Numbers come before names. Settings that are no grid, such as presets, differ in too much for any one parameter to
    tell of them: there EACH comes first.
    """
    settings = words.settings_in(evaluation.models)
    names = words.varying(settings, ratings)
    values = {name: {words.parameters_of(one, ratings)[name] for one in settings} for name in names}
    size = 1
    for tried in values.values():
        size *= len(tried)
    names.sort(key=lambda name: (bool(PARAMETERS[name].choices), -len(values[name])))
    return [*names, EACH] if size == len(settings) and names else [EACH, *names]


def layout(evaluation: Evaluation, along: str, ratings: Ratings) -> Layout:
    """The settings with `along`, one of `choices`, on the axis, and a line for each combination of the others."""
    rows = [(row, row.model) for row in evaluation.rows if isinstance(row.model, Setting)]
    if along == EACH:
        names = words.names_of(evaluation.models, ratings)
        points = list(enumerate(row for row, _ in rows))
        return Layout("Setting", [names[row.model] for _, row in points], {"": points})
    parameter = PARAMETERS[along]
    others = [name for name in words.varying(evaluation.models, ratings) if name != along]
    placed = [(words.parameters_of(model, ratings), row) for row, model in rows]
    found = {parameters[along] for parameters, _ in placed}
    values = [value for value in parameter.choices if value in found] or sorted(
        found, key=lambda value: -1 if value is None else value
    )
    lines: dict[str, list[tuple[int, Row]]] = {}
    for parameters, row in placed:
        place = values.index(parameters[along])
        lines.setdefault(words.described(parameters, others), []).append((place, row))
    for points in lines.values():
        points.sort(key=lambda point: point[0])
    return Layout(parameter.label, [parameter.text(value) for value in values], lines)


def lines_of(laid_out: Layout, metric: Metric) -> list[Line]:
    """The lines of one metric; points without a figure are left out."""
    made = []
    for name, points in laid_out.lines.items():
        known = [(place, row, value) for place, row in points if (value := row.metrics.get(metric.name)) is not None]
        intervals = [row.ci95[metric.name] for _, row, _ in known if metric.name in row.ci95]
        made.append(
            Line(
                name,
                [place for place, _, _ in known],
                [value for _, _, value in known],
                intervals if len(intervals) == len(known) else None,
            )
        )
    return made


def references_of(evaluation: Evaluation, metric: Metric, shown: Sequence[str]) -> list[Reference]:
    """The baselines in `shown` that have the metric."""
    return [
        Reference(words.BASELINES[row.name][0], value)
        for row in evaluation.rows
        if row.name in shown and (value := row.metrics.get(metric.name)) is not None
    ]
