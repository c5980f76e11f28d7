"""The choice of a preset: settings that belong together, what they are for, and what they reached."""

import streamlit as st

from ucf_core.explorer.explorer import Explorer
from ucf_core.explorer.presets import PRESETS, PresetName
from ucf_core.studies.evaluation.spec import Setting
from ucf_ui.base.faults import safely
from ucf_ui.settings import preset_figures, settings

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
            on_change=safely(_use),
            help="Settings that belong together, for all pages at once. Move any of them afterwards, and they are your "
            "own.",
        )
        st.caption(preset_figures.PROTOCOL)


def in_use(explorer: Explorer) -> PresetName | None:
    """The preset whose settings are set now, but for those that have no effect; None where something was moved."""
    query, scoring = settings.present(explorer)
    here = Setting(query=query, scoring=scoring).effective
    for name, preset in PRESETS.items():
        # the others are not asked what they come to here: that takes an embedding of their own
        if preset.query.weighting != query.weighting:
            continue
        query_there, scoring_there = settings.within(explorer, preset.query, preset.scoring)
        if here == Setting(query=query_there, scoring=scoring_there).effective:
            return name
    return None


def _use() -> None:
    chosen = PRESETS[st.session_state[_KEY]]
    settings.use(chosen.query, chosen.scoring)


def _reached(name: PresetName) -> str:
    figures = preset_figures.MEASURED[name]
    return f"**RMSE {figures.rmse:.3f}, nDCG@10 {figures.ndcg:.3f}**"
