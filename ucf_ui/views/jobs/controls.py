"""Controls for the neighbours of all users, apart from those of the pages that show one user."""

import streamlit as st

from ucf_core.base.specs import ENGINE, SPACE, Engine, K, QuerySpec, Space
from ucf_ui.widgets import inputs


def all_neighbours_controls(n_users: int) -> QuerySpec:
    """Which neighbours: k, space and engine."""
    columns = st.columns(3, gap="medium", vertical_alignment="bottom")
    with columns[0]:
        k = inputs.box(
            K,
            "all-k",
            default=min(K.default, max(n_users - 1, 1)),
            label="Neighbours of each user (k)",
            help="How many of the most similar users to keep for each. The file grows in proportion.",
        )
    with columns[1]:
        note = "Raw ratings take longer."
        space: Space = inputs.unlinked(SPACE, "all-space", note=note)
    with columns[2]:
        engine: Engine = inputs.unlinked(ENGINE, "all-engine", disabled=space == "raw")
    return QuerySpec(k=k, space=space, engine="exact" if space == "raw" else engine)
