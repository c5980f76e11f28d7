"""Tables of an evaluation: all rows with their intervals, differences, and the file."""

from collections.abc import Sequence
from math import isnan

import streamlit as st

from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import PARAMETERS
from ucf_core.studies.evaluation.metric import Metric
from ucf_core.studies.evaluation.metrics import page_metrics
from ucf_core.studies.evaluation.results import Evaluation, Model, Row
from ucf_core.studies.evaluation.spec import Setting
from ucf_core.studies.evaluation.verdict import is_clear
from ucf_ui.base.pandas_import import PANDAS_IS_WHOLE
from ucf_ui.settings import settings
from ucf_ui.views.evaluation.settings import parameters_of, varying
from ucf_ui.widgets.tables import Columns, Table

with PANDAS_IS_WHOLE:
    import pandas as pd


def result_table(evaluation: Evaluation, metrics: Sequence[Metric], ratings: Ratings, names: dict[Model, str]) -> Table:
    """A row for each model, in the order of `in_order`: figures, the parameters that vary, and intervals.

    The figures come first, to be seen beside each other without scrolling.
    """
    rows, n = in_order(evaluation), evaluation.spec.n
    columns: dict[str, object] = {"Model": [names[row.model] for row in rows]}
    looks: Columns = {"Model": st.column_config.TextColumn(width=150, pinned=True)}
    for metric in metrics:
        title = metric.title(n)
        columns[title] = pd.array([row.metrics.get(metric.name) for row in rows], dtype="Float64")
        looks[title] = st.column_config.NumberColumn(
            width=_wide_enough(title, 95), format=f"%.{metric.digits}f", help=f"{metric.help} Here {metric.direction}."
        )
    for name in varying(evaluation.models, ratings):
        parameter = PARAMETERS[name]
        heading = name if f"({name})" in parameter.label else parameter.label
        values = [parameters_of(row.model, ratings)[name] if isinstance(row.model, Setting) else None for row in rows]
        if parameter.choices:
            columns[heading] = ["" if value is None else parameter.text(value) for value in values]
            looks[heading] = st.column_config.TextColumn(width=130, help=parameter.help)
        else:
            columns[heading] = pd.array(values, dtype="Float64")
            looks[heading] = st.column_config.NumberColumn(
                width=60 if len(heading) < 5 else None, format="%g", help=parameter.help
            )
    for metric in metrics:
        title = metric.title(n)
        with_interval = f"{title}, 95 %"
        columns[with_interval] = [metric.interval_text(row.ci95.get(metric.name)) for row in rows]
        looks[with_interval] = st.column_config.TextColumn(
            width=_wide_enough(with_interval, 120),
            help="With as many other users, the figure would mostly be within these bounds. Empty if only one user was "
            "measured.",
        )
    return pd.DataFrame(columns), looks


def _wide_enough(heading: str, least: int) -> int:
    """Pixels that show a heading in full."""
    return max(least, round(7.2 * len(heading)) + 18)


def in_order(evaluation: Evaluation) -> list[Row]:
    """The rows, settings before baselines."""
    return sorted(evaluation.rows, key=lambda row: isinstance(row.model, str))


def full_table(evaluation: Evaluation, ratings: Ratings, names: dict[Model, str]) -> pd.DataFrame:
    """Everything in full precision, for a file: protocol, parameters, figures and their intervals."""
    split, spec = evaluation.spec.split, evaluation.spec
    kfold = split.protocol == "kfold"
    metrics, made = page_metrics(), []
    for row in evaluation.rows:
        parameters = parameters_of(row.model, ratings) if isinstance(row.model, Setting) else {}
        figures: dict[str, float | None] = {}
        for name in metrics:
            figures[name] = row.metrics.get(name)
            figures[f"{name}_low"], figures[f"{name}_high"] = row.ci95.get(name, (None, None))
        made.append(
            {
                "dataset": ratings.name,
                "protocol": split.protocol,
                "folds": split.folds if kfold else 1,
                "share": None if kfold else split.share,
                "seed": split.seed,
                "n": spec.n,
                "sample": spec.sample,
                "users_measured": len(evaluation.users),
                "relevant_from": spec.relevant_from,
                "model": row.name,
                "name": names[row.model],
                **{name: parameters.get(name) for name in settings.NAMES},
                **figures,
            }
        )
    frame = pd.DataFrame(made)
    for name in settings.NAMES:
        if PARAMETERS[name].choices:
            frame[name] = frame[name].fillna("").astype(str)
        else:
            frame[name] = pd.to_numeric(frame[name]).convert_dtypes()  # whole numbers stay whole
    numbers = [name for name in frame.columns if name in metrics or name.endswith(("_low", "_high"))]
    numbers += ["share", "sample", "relevant_from"]
    frame[numbers] = frame[numbers].apply(pd.to_numeric)
    return frame


def difference_table(
    evaluation: Evaluation, model: Model, metrics: Sequence[Metric], bests: dict[str, Row], names: dict[Model, str]
) -> Table:
    """A model compared with the row in `bests` for each metric, with users paired."""
    rows = []
    for metric in metrics:
        best = bests.get(metric.name)
        row = evaluation.rows[evaluation.models.index(model)]
        if best is None or best.model == model or row.metrics.get(metric.name) is None:
            continue
        found = evaluation.difference(metric.name, model, best.model)
        low, high = (f"{end:+.{metric.digits + 1}f}" for end in (found.low, found.high))
        rows.append(
            {
                "Metric": metric.title(evaluation.spec.n),
                "Against": names[best.model],
                "Difference": f"{found.estimate:+.{metric.digits + 1}f}",
                "95 %": "" if isnan(found.low) else f"{low} to {high}",
                "Verdict": "clearly different" if is_clear(found) else "not distinguishable",
            }
        )
    return pd.DataFrame(rows), {}
