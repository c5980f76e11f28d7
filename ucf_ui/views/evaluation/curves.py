"""Charts of an evaluation: which parameter is on the axis, and which ones make lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import streamlit as st

from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import PARAMETERS
from ucf_core.studies.evaluation.metric import Metric
from ucf_core.studies.evaluation.results import Evaluation, Row
from ucf_core.studies.evaluation.spec import Setting
from ucf_ui.figures.evaluation import Baseline, Line, metric_chart
from ucf_ui.views.evaluation.settings import BASELINES, described, names_of, parameters_of, settings_in, varying

EACH = "each"
"""The axis has a place for every setting."""
_BASELINES_SHOWN = ("bias", "popular", "random")
_COLUMNS = 3


@dataclass(frozen=True, eq=False)
class Curves:
    """Settings on an axis: `ticks` name the places; `lines` hold (place, row) in order, by name."""

    axis: str
    ticks: list[str]
    lines: dict[str, list[tuple[int, Row]]]


def show(evaluation: Evaluation, metrics: Sequence[Metric], ratings: Ratings) -> None:
    """Draw a chart for each metric, with controls of the axis and the baselines."""
    if not metrics:
        st.caption("Choose a metric to see charts.")
        return
    along, shown, zoom = _controls(evaluation, ratings)
    curves, n = curves_of(evaluation, along, ratings), evaluation.spec.n
    for start in range(0, len(metrics), _COLUMNS):
        for column, metric in zip(st.columns(_COLUMNS, gap="medium"), metrics[start : start + _COLUMNS], strict=False):
            chart = metric_chart(
                metric.title(n),
                metric.unit,
                curves.axis,
                curves.ticks,
                lines_of(curves, metric),
                references_of(evaluation, metric, shown),
                digits=metric.digits,
                zoom=zoom,
            )
            alt = f"{metric.title(n)} of the settings, with 95 % intervals and baselines"
            column.plotly_chart(chart, alt=alt, key=f"eval-chart-{metric.name}")


def _controls(evaluation: Evaluation, ratings: Ratings) -> tuple[str, list[str], bool]:
    """Draw the controls; returns what is on the axis, the baselines, and whether the axes fit the settings alone."""
    names = choices(evaluation, ratings)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        along: str = st.selectbox(
            "Along the axis",
            names,
            format_func=lambda name: "Each setting" if name == EACH else PARAMETERS[name].label,
            key=f"eval-along-{'-'.join(names)}",
            width=230,
            help="A parameter that varies; the other ones make lines. Or each setting in turn.",
        )
        shown: list[str] = st.pills(
            "Baselines",
            list(BASELINES),
            selection_mode="multi",
            default=list(_BASELINES_SHOWN),
            format_func=lambda name: BASELINES[name][0],
            key="eval-references",
            persist_state="session",
            help="  \n".join(f"**{title}**: {words}." for title, words in BASELINES.values()),
        )
        zoom: bool = st.toggle(
            "Zoom in on the settings",
            key="eval-zoom",
            persist_state="session",
            help="Fit the axes to the settings and their intervals. Baselines outside are named at the edge.",
        )
    return along, shown, zoom


def choices(evaluation: Evaluation, ratings: Ratings) -> list[str]:
    """What can be on the axis, the most useful first: the parameters that vary, and EACH.

    Numbers come before names. For settings that are no grid, such as presets, EACH comes first.
    """
    settings = settings_in(evaluation.models)
    names = varying(settings, ratings)
    values = {name: {parameters_of(one, ratings)[name] for one in settings} for name in names}
    names.sort(key=lambda name: (bool(PARAMETERS[name].choices), -len(values[name])))
    return [*names, EACH] if names and prod(map(len, values.values())) == len(settings) else [EACH, *names]


def curves_of(evaluation: Evaluation, along: str, ratings: Ratings) -> Curves:
    """The settings with `along`, one of `choices`, on the axis, and a line for each combination of the others."""
    rows = [(row, row.model) for row in evaluation.rows if isinstance(row.model, Setting)]
    if along == EACH:
        names = names_of(evaluation.models, ratings)
        points = list(enumerate(row for row, _ in rows))
        return Curves("Setting", [names[row.model] for _, row in points], {"": points})
    parameter = PARAMETERS[along]
    others = [name for name in varying(evaluation.models, ratings) if name != along]
    placed = [(parameters_of(model, ratings), row) for row, model in rows]
    found = {parameters[along] for parameters, _ in placed}
    values = [value for value in parameter.choices if value in found] or sorted(
        found, key=lambda value: -1 if value is None else value
    )
    lines: dict[str, list[tuple[int, Row]]] = {}
    for parameters, row in placed:
        place = values.index(parameters[along])
        lines.setdefault(described(parameters, others), []).append((place, row))
    for points in lines.values():
        points.sort(key=lambda point: point[0])
    return Curves(parameter.label, [parameter.text(value) for value in values], lines)


def lines_of(curves: Curves, metric: Metric) -> list[Line]:
    """The lines of one metric; points without a figure are left out."""
    made = []
    for name, points in curves.lines.items():
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


def references_of(evaluation: Evaluation, metric: Metric, shown: Sequence[str]) -> list[Baseline]:
    """The baselines in `shown` that have the metric."""
    return [
        Baseline(BASELINES[row.name][0], value)
        for row in evaluation.rows
        if row.name in shown and (value := row.metrics.get(metric.name)) is not None
    ]
