"""Controls of an evaluation: how ratings are held out, who is measured, and which settings are tried."""

import streamlit as st

from ucf_core.errors import SpecError
from ucf_core.evaluation.spec import EvaluationSpec, Setting
from ucf_core.evaluation.split import MAX_FOLDS, SplitSpec
from ucf_core.presets import PRESETS
from ucf_core.ratings import Ratings
from ucf_core.specs import DEFAULT_DIM, MAX_SEED, PROTOCOLS, Protocol
from ucf_ui import text
from ucf_ui.evaluation_grid import combined, grid_controls
from ucf_ui.evaluation_settings import described, of_presets, parameters_of, plain, varying
from ucf_ui.preset_figures import MEASURED, PROTOCOL

_PROTOCOLS: dict[Protocol, tuple[str, str]] = {
    "kfold": ("Folds", "every rating is held out once, in one of some parts drawn at random"),
    "per_user_holdout": ("Share of each user", "of every user a random share of the ratings is held out"),
    "temporal": (
        "Latest ratings",
        "the latest ratings of all are held out, cut at one moment: the future, as it happened",
    ),
}
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
        protocol: Protocol = st.segmented_control(
            "Hold out",
            PROTOCOLS,
            default=PROTOCOLS[0],
            required=True,
            format_func=lambda name: _PROTOCOLS[name][0],
            key="eval-protocol",
            persist_state="session",
            help="  \n".join(f"**{title}**: {words}." for title, words in _PROTOCOLS.values()),
        )
    with columns[1]:
        split = _split(protocol)
    seed: int = columns[2].number_input(
        "Seed",
        0,
        MAX_SEED,
        0,
        key="eval-seed",
        persist_state="session",
        help="Decides which ratings are held out and which users are measured. The same seed gives the same figures.",
    )
    left, middle, right = st.columns(3, gap="medium")
    n: int = left.number_input(
        "Films to list (n)",
        1,
        min(1000, ratings.n_items),
        min(10, ratings.n_items),
        key="eval-n",
        persist_state="session",
        help="Length of the recommendation lists that are measured.",
    )
    thresholds = {_EVERY: "Every held-out film"} | {
        f"{one:g}": f"Rated {one:g} or more" for one in _thresholds(ratings)
    }
    relevant: str = middle.selectbox(
        "Relevant to a list",
        list(thresholds),
        format_func=thresholds.__getitem__,
        key=f"eval-relevant-{ratings.fingerprint[:8]}",
        persist_state="session",
        help="Which held-out films a list ought to have. Without a threshold a film counts however it was rated.",
    )
    samples = _sample_sizes(ratings)
    sample: int = right.selectbox(
        "Users to measure",
        samples,
        index=samples.index(_MANY if ratings.n_users > _ALL_BY_DEFAULT else ratings.n_users),
        format_func=lambda size: f"All {size:,}" if size == ratings.n_users else f"{size:,} drawn at random",
        key=f"eval-sample-{ratings.fingerprint[:8]}",
        persist_state="session",
        help="Time grows with it, and the intervals shrink with its root. The others are "
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
    st.caption(f"{PROTOCOL} Start tells how they do on this dataset.")


def _split(protocol: Protocol) -> int | float:
    """Number of folds, or the share that is held out."""
    if protocol == "kfold":
        folds: int = st.number_input(
            "Number of folds",
            2,
            MAX_FOLDS,
            5,
            key="eval-folds",
            persist_state="session",
            help="Everything is fitted once for each fold, on the others. More folds train on more and take longer.",
        )
        return folds
    percent: int = st.slider(
        "Held out",
        1,
        50,
        20,
        format="%d %%",
        key="eval-share",
        persist_state="session",
        help="Share of the ratings to measure on; the rest is learned from.",
    )
    return percent / 100


def _thresholds(ratings: Ratings) -> list[float]:
    """Ratings that can be a threshold: all but the lowest, or evenly many of them."""
    values: list[float] = ratings.value_counts[0].tolist()
    values = values[1:]
    step = max(1, -(-len(values) // _MOST_THRESHOLDS))
    return values[::step]
