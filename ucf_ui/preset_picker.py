"""The choice of a preset: settings that belong together, what they are for, and what they reached."""

import streamlit as st

from ucf_core.explorer import Explorer
from ucf_core.presets import PRESETS, PresetName
from ucf_core.specs import QuerySpec, ScoringSpec, changed
from ucf_ui import preset_figures, settings

_KEY = "_preset"
_OWN = "your own"


def picker(explorer: Explorer) -> None:
    """A button that names the preset in use, with all of them behind it; choosing one sets what all pages use."""
    current = st.session_state[_KEY] = in_use(explorer)
    title = PRESETS[current].title if current else _OWN
    with st.popover(f"Preset: {title}", width="stretch", key="presets"):
        st.radio(
            "Preset",
            list(PRESETS),
            index=None,
            format_func=lambda name: PRESETS[name].title,
            captions=[f"{preset.explanation}  \n{_reached(name)}" for name, preset in PRESETS.items()],
            key=_KEY,
            on_change=_use,
            help="Settings that belong together, for all pages at once. Move any of them afterwards, and they are your "
            "own.",
        )
        st.caption(preset_figures.PROTOCOL)


def in_use(explorer: Explorer) -> PresetName | None:
    """The preset whose settings are set now, but for those that have no effect; None where something was moved."""
    query, scoring = settings.present(explorer)
    here = _effective(query, scoring)
    for name, preset in PRESETS.items():
        # the others are not asked what they come to here: that takes an embedding of their own
        if preset.query.weighting != query.weighting:
            continue
        if here == _effective(*settings.within(explorer, preset.query, preset.scoring)):
            return name
    return None


def _use() -> None:
    chosen = PRESETS[st.session_state[_KEY]]
    settings.use(chosen.query, chosen.scoring)


def _effective(query: QuerySpec, scoring: ScoringSpec) -> tuple[QuerySpec, ScoringSpec]:
    """The same with the default in place of each setting that has no effect beside the others."""
    without = ["dim", "ef", "M", "ef_construction"] if query.space == "raw" else []
    if query.engine == "exact":
        without = [*without, "ef", "M", "ef_construction"]
    unused = [] if scoring.ranking == "learned" else ["ridge"]
    if scoring.aggregation != "learned":
        unused.append("rating_ridge")
    if scoring.aggregation == "mean" and scoring.ranking != "damped":
        unused.append("shrinkage")
    return (
        changed(query, {name: getattr(QuerySpec(), name) for name in without}),
        changed(scoring, {name: getattr(ScoringSpec(), name) for name in unused}),
    )


def _reached(name: PresetName) -> str:
    figures = preset_figures.MEASURED[name]
    return f"**RMSE {figures.rmse:.3f}, nDCG@10 {figures.ndcg:.3f}**"
