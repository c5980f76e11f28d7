"""Controls of an evaluation: how ratings are held out, who is measured, and which settings are tried."""

import streamlit as st

from ucf_core.base.errors import SpecError
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
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting
from ucf_ui.base import text
from ucf_ui.settings.presets import MEASURED
from ucf_ui.settings.presets import PROTOCOL as PRESET_PROTOCOL
from ucf_ui.views.evaluation.grid import combined, grid_controls
from ucf_ui.views.evaluation.settings import described, of_presets, parameters_of, plain, varying
from ucf_ui.widgets import inputs

_PRESETS, _PRESENT, _GRID = "presets", "present", "grid"
_WHAT = {_PRESETS: "The presets", _PRESENT: "The present settings", _GRID: "A grid of values"}
_SAMPLES = (100, 300, 1_000, 3_000, 10_000, 30_000)
# All users are the default up to this number; beyond, a sample says nearly as much in a part of the time.
_ALL_BY_DEFAULT = 2_000
_MANY = 1_000
_MOST_THRESHOLDS = 20
_EVERY = "every"


def what_controls(ratings: Ratings, present: Setting) -> tuple[list[Setting], str]:
    """Which settings to measure, without repeats; and why not, where the grid has values that no setting can have."""
    chosen: list[str] = st.pills(
        "What to measure",
        list(_WHAT),
        selection_mode="multi",
        default=[_PRESETS],
        format_func=_WHAT.__getitem__,
        key="eval-what",
        persist_state="session",
        help="The presets: settings that belong together, each good for one thing. The present settings: what is set "
        "on the other pages. A grid: all combinations of the values that you choose. Several are measured together.",
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
            f"Present settings: {described(here, [name for name in names if here[name] is not None])}; they are set on "
            f"the pages Neighbours, Recommendations and Tuning{f', and are the preset {title}' if title else ''}."
        )
    if _GRID in chosen:
        values = grid_controls(ratings, present)
        try:
            settings += [plain(one, ratings) for one in combined(values, present)]
        except SpecError as error:
            return [], str(error)
    return list(dict.fromkeys(settings)), ""


def how_controls(ratings: Ratings) -> EvaluationSpec:
    """How ratings are held out, the lists, and who is measured."""
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
        help=f"{SAMPLE.help} The others are "
        + ("learned from all the same." if ratings.most_evaluated is None else "left out: see below."),
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
    """How many users can be measured; of a dataset on a cluster, where nothing is learned from others, no fewer than
    an embedding needs and no more than fit."""
    if ratings.most_evaluated is None:
        return [*(size for size in _SAMPLES if size < ratings.n_users), ratings.n_users]
    allowed = [size for size in _SAMPLES if DEFAULT_DIM < size < ratings.n_users]
    return [size for size in (*allowed, ratings.n_users) if size <= ratings.most_evaluated]


def protocol_in_words(split: SplitSpec) -> str:
    """How ratings were held out: "5 folds, seed 0"."""
    if split.protocol == "kfold":
        return f"{split.folds} folds, seed {split.seed}"
    if split.protocol == "per_user_holdout":
        return f"{text.share(split.share)} of each user's ratings held out, seed {split.seed}"
    return f"the latest {text.share(split.share)} of all ratings held out"


def _show_presets(ratings: Ratings) -> None:
    """Each preset with what it is for, its settings, and the figures that chose it."""
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
    st.caption(f"{PRESET_PROTOCOL} Start tells how they do on this dataset.")


def _split(protocol: Protocol) -> int | float:
    """Number of folds, or the share that is held out."""
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
    """Ratings that can be a threshold: all but the lowest, or evenly many of them."""
    values: list[float] = ratings.value_counts[0].tolist()
    values = values[1:]
    step = max(1, -(-len(values) // _MOST_THRESHOLDS))
    return values[::step]
