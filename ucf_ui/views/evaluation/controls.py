"""Controls of an evaluation: the settings, also a grid of values, how ratings are held out, and which users."""

import re
from collections.abc import Sequence
from typing import Any

import streamlit as st

from ucf_core.base.errors import SpecError
from ucf_core.base.parameter import lowered
from ucf_core.base.specs import (
    DEFAULT_DIM,
    FOLDS,
    LENGTH,
    PROTOCOL,
    RELEVANT_FROM,
    SAMPLE,
    SEED,
    SHARE,
    Protocol,
    SplitSpec,
)
from ucf_core.explorer.presets import PRESETS
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import PARAMETERS
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting, grid
from ucf_ui.settings.presets import MEASURED
from ucf_ui.settings.presets import PROTOCOL as PRESET_PROTOCOL
from ucf_ui.views.evaluation.settings import described, of_presets, parameters_of, plain, varying
from ucf_ui.widgets import inputs

_PRESETS, _PRESENT, _GRID = "presets", "present", "grid"
_WHAT = {_PRESETS: "The presets", _PRESENT: "The present settings", _GRID: "A grid of values"}
_SAMPLES = (100, 300, 1_000, 3_000, 10_000, 30_000)
# Up to so many users, all are the default; beyond, a sample shows nearly as much in less time.
_ALL_BY_DEFAULT = 2_000
_MANY = 1_000
_MOST_THRESHOLDS = 20
_EVERY = "every"
_FIRST = ("k", "dim", "ef"), ("weighting", "ranking", "aggregation"), ("space", "engine")
_MORE = ("neighbourhood", "amplification", "significance"), ("ridge", "rating_ridge")
_START = {"k": (25, 50, 100), "dim": (16, 64)}

Values = dict[str, list[str]]
"""For each parameter the values to try, as chosen or typed; empty: the present one."""


def what_controls(ratings: Ratings, present: Setting) -> tuple[list[Setting], str]:
    """Draw the choice of settings; returns them without repeats, and an error message for bad values of the grid."""
    chosen: list[str] = st.pills(
        "What to measure",
        list(_WHAT),
        selection_mode="multi",
        default=[_PRESETS],
        format_func=_WHAT.__getitem__,
        key="eval-what",
        persist_state="session",
        help="The presets: settings that belong together, each for one purpose. The present settings: those of the "
        "other pages. A grid: all combinations of the values that you choose. Several choices are measured "
        "together.",
    )
    settings: list[Setting] = []
    if _PRESETS in chosen:
        settings += of_presets(ratings)
        _show_presets(ratings)
    if _PRESENT in chosen:
        present = plain(present, ratings)
        settings.append(present)
        names = ("k", "dim", "weighting", "ranking", "aggregation", "space", "engine")
        here = parameters_of(present, ratings)
        title = of_presets(ratings).get(present)
        st.caption(
            f"Present settings: {described(here, [name for name in names if here[name] is not None])}; set on the "
            f"pages Neighbours, Recommendations and Tuning{f', equal to the preset {title}' if title else ''}."
        )
    if _GRID in chosen:
        values = grid_controls(ratings, present)
        try:
            settings += [plain(one, ratings) for one in combined(values, present)]
        except SpecError as error:
            return [], str(error)
    return list(dict.fromkeys(settings)), ""


def how_controls(ratings: Ratings) -> EvaluationSpec:
    """Draw the controls of held-out ratings, lists and users; returns the spec."""
    columns = st.columns((5, 3, 2), gap="medium")
    with columns[0]:
        protocol: Protocol = inputs.unlinked(PROTOCOL, "eval-protocol")
    with columns[1]:
        split = _split(protocol)
    with columns[2]:
        seed = inputs.box(SEED, "eval-seed")
    left, middle, right = st.columns(3, gap="medium")
    with left:
        n = inputs.box(LENGTH, "eval-n", largest=min(int(LENGTH.high), ratings.n_items))
    thresholds = {_EVERY: "Every held-out film"} | {
        f"{one:g}": f"Rated {one:g} or more" for one in _thresholds(ratings)
    }
    relevant: str = middle.selectbox(
        RELEVANT_FROM.label,
        list(thresholds),
        format_func=thresholds.__getitem__,
        key=f"eval-relevant-{ratings.fingerprint[:8]}",
        persist_state="session",
        help=RELEVANT_FROM.help,
    )
    samples = _sample_sizes(ratings)
    sample: int = right.selectbox(
        SAMPLE.label,
        samples,
        index=samples.index(_MANY if ratings.n_users > _ALL_BY_DEFAULT else ratings.n_users),
        format_func=lambda size: f"All {size:,}" if size == ratings.n_users else f"{size:,} drawn at random",
        key=f"eval-sample-{ratings.fingerprint[:8]}",
        persist_state="session",
        help=SAMPLE.help
        + (
            " The model still learns from the others."
            if ratings.most_evaluated is None
            else " The others are left out."
        ),
    )
    return EvaluationSpec(
        split=SplitSpec(
            protocol=protocol,
            seed=seed,
            folds=split if isinstance(split, int) else SplitSpec().folds,
            share=split if isinstance(split, float) else SplitSpec().share,
        ),
        n=n,
        sample=None if sample == ratings.n_users else sample,
        relevant_from=None if relevant == _EVERY else float(relevant),
    )


def _sample_sizes(ratings: Ratings) -> list[int]:
    """Sizes of the sample; on a cluster at least as many users as an embedding needs, and at most as many as fit."""
    if ratings.most_evaluated is None:
        return [*(size for size in _SAMPLES if size < ratings.n_users), ratings.n_users]
    allowed = [size for size in _SAMPLES if DEFAULT_DIM < size < ratings.n_users]
    return [size for size in (*allowed, ratings.n_users) if size <= ratings.most_evaluated]


def _show_presets(ratings: Ratings) -> None:
    """Draw each preset with its purpose, its settings, and the figures behind its choice."""
    presets = {each: Setting(query=each.query_for(ratings), scoring=each.scoring) for each in PRESETS.values()}
    differing = varying(presets.values(), ratings)
    lines = []
    for preset, setting in presets.items():
        reached = MEASURED.get(preset.name)
        figures = [("RMSE", reached.rmse), ("nDCG@10", reached.ndcg)] if reached else []
        chosen_by = "; ".join(f"{what} {value:.3f}" for what, value in figures if value is not None)
        lines.append(
            f"- **{preset.title}**: {preset.explanation} *{described(parameters_of(setting, ratings), differing)}.*"
            + (f" {chosen_by}." if chosen_by else "")
        )
    st.markdown("\n".join(lines))
    st.caption(f"{PRESET_PROTOCOL} Start measures them on this dataset.")


def _split(protocol: Protocol) -> int | float:
    """Draw the control of the protocol: number of folds, or the share held out."""
    if protocol == "kfold":
        return inputs.box(FOLDS, "eval-folds")
    percent: int = st.slider(
        SHARE.label,
        1,
        50,
        round(100 * SHARE.default),
        format="%d %%",
        key="eval-share",
        persist_state="session",
        help=SHARE.help,
    )
    return percent / 100


def _thresholds(ratings: Ratings) -> list[float]:
    """Ratings that can be a threshold: all but the lowest, evenly thinned to `_MOST_THRESHOLDS`."""
    values: list[float] = ratings.value_counts[0].tolist()[1:]
    return values[:: max(1, -(-len(values) // _MOST_THRESHOLDS))]


def grid_controls(ratings: Ratings, present: Setting) -> Values:
    """Draw the values to try for each parameter."""
    st.caption("All combinations of these values are measured. An empty box uses the present value.")
    here = parameters_of(present, ratings)
    values: Values = {}
    for row in _FIRST:
        values |= _row(row, here, ratings)
    with st.expander("More: neighbourhood, amplification, significance, ridge", icon=":material/tune:"):
        for row in _MORE:
            values |= _row(row, here, ratings)
    return values


def combined(values: Values, present: Setting) -> list[Setting]:
    """All combinations of the values; other parameters are those of `present`. Raises SpecError for bad values."""
    return grid({name: [_value(name, one) for one in chosen] for name, chosen in values.items() if chosen}, present)


def _row(names: Sequence[str], here: dict[str, Any], ratings: Ratings) -> Values:
    columns = st.columns(3, gap="medium")
    return {name: _chosen(column, name, here[name], ratings) for column, name in zip(columns, names, strict=False)}


def _chosen(column: Any, name: str, here: Any, ratings: Ratings) -> list[str]:
    parameter = PARAMETERS[name]
    placeholder = "As set" if here is None else f"As set: {lowered(parameter.text(here))}"
    chosen: list[str]
    if parameter.choices:
        chosen = column.multiselect(
            parameter.label,
            list(parameter.choices),
            format_func=parameter.text,
            key=f"eval-{name}",
            persist_state="session",
            placeholder=placeholder,
            help=parameter.help,
        )
        return chosen
    most = {"k": ratings.n_users - 1, "dim": min(ratings.matrix.shape)}.get(name)
    start = [value for value in _START.get(name, ()) if most is None or value <= most]
    # numbers are typed, because a box with suggestions would take 128 when 12 is typed
    typed: str = column.text_input(
        parameter.label,
        ", ".join(map(str, start)),
        key=f"eval-{name}",
        persist_state="session",
        placeholder=placeholder,
        help=f"{parameter.help} Numbers separated by commas, such as {', '.join(map(str, parameter.examples))}."
        + (f" At most {most:,} for this dataset." if most else ""),
    )
    return [one for one in re.split(r"[,;\s]+", typed) if one]


def _value(name: str, chosen: str) -> str | int | float:
    parameter = PARAMETERS[name]
    try:
        value: str | int | float = parameter.kind(chosen)
    except ValueError:
        kind = "a whole number" if parameter.kind is int else "a number"
        raise SpecError(f"{name}={chosen!r} is not {kind}; take it out, or write it in digits") from None
    return value
