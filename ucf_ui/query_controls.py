"""Controls that decide which neighbours are found."""

import streamlit as st

from ucf_core.explorer import Explorer
from ucf_core.specs import Engine, QuerySpec, Space, Weighting
from ucf_ui import inputs, preset_picker, settings
from ucf_ui.fragment import after_the_answer

_NEIGHBOURS = (*range(1, 61), *range(65, 101, 5), *range(110, 201, 10), *range(225, 401, 25), *range(450, 1001, 50))
_MOST_EF = 600
_LINKS = (2, 4, 8, 12, 16, 24, 32, 48, 64)
_BUILD_BREADTHS = (10, 25, 50, 100, 200, 400, 800)
SPACES: dict[Space, str] = {"svd": "SVD embedding", "raw": "Raw ratings"}
ENGINES: dict[Engine, str] = {"hnsw": "HNSW index", "exact": "Exact"}
_WEIGHTINGS: dict[Weighting, str] = {"raw": "As given", "centred": "Centred", "residual": "Residual"}


def query_controls(explorer: Explorer) -> QuerySpec:
    """Which neighbours: k, dim and ef in one row, presets and the rest behind buttons.

    What somebody has set is in the session before the controls are drawn, so a fragment can answer first.
    """
    after_the_answer(lambda: _draw(explorer), once=("k", "dim", "ef", "M", "ef_construction"))
    query, _ = settings.present(explorer)
    return query


def _draw(explorer: Explorer) -> None:
    columns = st.columns([3, 3, 3, 2.7], vertical_alignment="bottom", gap="medium")
    with columns[3].container(gap="small"):
        presets = st.container()
        with st.popover("Advanced", icon=":material/account_tree:", width="stretch"):
            weighting, space, engine = _advanced()
    most = settings.most_neighbours(explorer)
    with columns[0]:
        inputs.steps(
            "Neighbours (k)",
            "k",
            (*_NEIGHBOURS, most),
            lowest=1,
            largest=most,
            default=50,
            live=True,
            help="How many of the most similar users have a say. More smooths the result, fewer makes it more "
            "personal.",
        )
    with columns[1]:
        _dimensions(explorer, weighting, disabled=space == "raw")
    with columns[2]:
        inputs.slider(
            "Search breadth (ef)",
            "ef",
            largest=_MOST_EF,
            default=128,
            disabled=engine == "exact",
            live=True,
            help="How many candidates the HNSW index keeps while it searches. Higher finds more of the true neighbours "
            "and takes longer. Values up to k act like k + 1.",
        )
    with presets:  # now that all of them are known, also those of a link
        preset_picker.picker(explorer)
    query, _ = settings.present(explorer)
    _say_what_is_unusual(query)


def _dimensions(explorer: Explorer, weighting: Weighting, *, disabled: bool) -> None:
    words = "How many of the strongest SVD factors describe a user. Fewer generalise, more keep details. "
    largest, served = settings.most_dimensions(explorer, weighting), explorer.builds.dims
    if served:
        inputs.steps(
            "Dimensions (dim)",
            "dim",
            served,
            lowest=served[0],
            largest=max(largest, served[-1]),
            default=largest,
            disabled=disabled,
            live=True,
            help=f"{words}These are the values that were built on the cluster.",
        )
        return
    inputs.slider(
        "Dimensions (dim)",
        "dim",
        largest=largest,
        default=128,
        disabled=disabled,
        live=True,
        settles=True,
        help=f"{words}A value not used before builds its index first.",
    )


def _say_what_is_unusual(query: QuerySpec) -> None:
    """What was set behind "Advanced", where nobody sees it."""
    usual = QuerySpec()
    said = []
    if query.weighting == "centred":
        said.append("ratings count less their user's mean")
    elif query.weighting == "residual":
        said.append("ratings count less what user and film averages suggest")
    if query.space != usual.space:
        said.append("users are compared by raw ratings, so dim and ef have no effect")
    elif query.engine == "exact":
        said.append("search is exact, so ef has no effect")
    elif (query.M, query.ef_construction) != (usual.M, usual.ef_construction):
        said.append(f"the graph is built with M {query.M} and ef_construction {query.ef_construction}")
    if said:
        st.caption(f"Set under Advanced: {'; '.join(said)}.")


def _advanced() -> tuple[Weighting, Space, Engine]:
    weighting = inputs.segments(
        "Weigh ratings",
        _WEIGHTINGS,
        key="weighting",
        help="What users are compared by. As given: those are alike who rated the same films. Centred: each rating "
        "less its user's mean, so strict and generous users can be alike. Residual: less what user and film averages "
        "suggest, so that taste counts alone; best for predicted ratings. One not used before needs an embedding of "
        "its own first: up to half a minute at 25 million ratings, once.",
    )
    space = inputs.segments(
        "Compare users by",
        SPACES,
        key="space",
        help="SVD embedding: by their strongest factors, which finds likeness beyond shared films. Raw ratings: by "
        "the rating rows themselves.",
    )
    engine = inputs.segments(
        "Search with",
        ENGINES,
        key="engine",
        disabled=space == "raw",
        help="HNSW looks at a small part of all users; exact search at everybody. Raw ratings are always searched "
        "exactly.",
    )
    st.select_slider(
        "Links per node (M)",
        _LINKS,
        value=32,
        key="M",
        bind="query-params",
        persist_state="session",
        help="Links that each user has in the HNSW graph. More finds better neighbours and takes more memory. Try 2 "
        "to see a poor index.",
    )
    st.select_slider(
        "Build breadth (ef_construction)",
        _BUILD_BREADTHS,
        value=200,
        key="ef_construction",
        bind="query-params",
        persist_state="session",
        help="How carefully links are chosen while the graph is built. Higher builds a better graph, more slowly.",
    )
    inputs.live_switch()
    return weighting, space, "exact" if space == "raw" else engine
