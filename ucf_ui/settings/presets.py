"""The picker of a preset: named settings, with their purpose and measured quality."""

from typing import NamedTuple

import streamlit as st

from ucf_core.explorer.explorer import Explorer
from ucf_core.explorer.presets import PRESETS, PresetName
from ucf_core.studies.evaluation.spec import Setting
from ucf_ui.base.faults import safely
from ucf_ui.settings import settings

_KEY = "_preset"


class Figures(NamedTuple):
    """RMSE of predicted ratings in stars, lower is better; nDCG of lists of 10, higher is better."""

    rmse: float
    ndcg: float


# As docs/quality.md has them; a test compares the two.
MEASURED: dict[PresetName, Figures] = {
    "default": Figures(rmse=0.8862, ndcg=0.3246),
    "notebook": Figures(rmse=1.0194, ndcg=0.0077),
    "best_ratings": Figures(rmse=0.8713, ndcg=0.1919),
    "best_lists": Figures(rmse=0.8841, ndcg=0.3730),
}

PROTOCOL = (
    "Measured on MovieLens Small 2016, 671 users. RMSE: the error of predicted ratings in stars, over 5 folds; lower "
    "is better. nDCG@10: how high lists of 10 rank the held-out films, 20 % of each user's ratings; higher is better. "
    "Other data may order them differently."
)


def picker(explorer: Explorer) -> None:
    """Draw a button that names the preset in use and opens the choice of all; a choice sets all pages' settings."""
    current = st.session_state[_KEY] = in_use(explorer)
    title = PRESETS[current].title if current else "your own"
    reached = {name: f"**RMSE {rmse:.3f}, nDCG@10 {ndcg:.3f}**" for name, (rmse, ndcg) in MEASURED.items()}
    with st.popover(f"Preset: {title}", width="stretch", key="presets"):
        st.radio(
            "Preset",
            list(PRESETS),
            index=None,
            format_func=lambda name: PRESETS[name].title,
            captions=[f"{preset.explanation}  \n{reached[name]}" for name, preset in PRESETS.items()],
            key=_KEY,
            on_change=safely(_use),
            help="Settings that belong together, for all pages at once. You can change each of them afterwards.",
        )
        st.caption(PROTOCOL)


def in_use(explorer: Explorer) -> PresetName | None:
    """The preset that is set now, apart from settings without effect; None if any differs."""
    query, scoring = settings.present(explorer)
    here = Setting(query=query, scoring=scoring).effective
    for name, preset in PRESETS.items():
        # `within` would compute an embedding for another weighting
        if preset.query.weighting != query.weighting:
            continue
        query_there, scoring_there = settings.within(explorer, preset.query, preset.scoring)
        if here == Setting(query=query_there, scoring=scoring_there).effective:
            return name
    return None


def _use() -> None:
    chosen = PRESETS[st.session_state[_KEY]]
    settings.use(chosen.query, chosen.scoring)
