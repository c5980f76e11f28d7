"""Controls for the neighbours of all users, apart from those of the pages that show one user."""

import streamlit as st

from ucf_core.specs import Engine, QuerySpec, Space
from ucf_ui.query_controls import ENGINES, SPACES


def all_neighbours_controls(n_users: int) -> QuerySpec:
    """Which neighbours: k, space and engine."""
    columns = st.columns(3, gap="medium", vertical_alignment="bottom")
    k: int = columns[0].number_input(
        "Neighbours of each user (k)",
        1,
        1_000_000,
        min(50, max(n_users - 1, 1)),
        key="all-k",
        persist_state="session",
        help="How many of the most similar users to keep for each. The file grows in proportion.",
    )
    with columns[1]:
        space: Space = st.segmented_control(
            "Compare users by",
            list(SPACES),
            default="svd",
            required=True,
            format_func=SPACES.__getitem__,
            key="all-space",
            persist_state="session",
            help="SVD embedding: by their strongest factors. Raw ratings: by the rating rows themselves, which takes "
            "longer.",
        )
    with columns[2]:
        engine: Engine = st.segmented_control(
            "Search with",
            list(ENGINES),
            default="hnsw",
            required=True,
            format_func=ENGINES.__getitem__,
            key="all-engine",
            persist_state="session",
            disabled=space == "raw",
            help="HNSW looks at a small part of all users and misses a few neighbours; exact search compares every "
            "pair. Raw ratings are always searched exactly.",
        )
    return QuerySpec(k=k, space=space, engine="exact" if space == "raw" else engine)
