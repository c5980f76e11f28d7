"""Controls that several pages share. Each is bound to the URL and keeps its value from page to page."""

from typing import TypeVar

import streamlit as st

from ucf_core.explorer import Explorer
from ucf_core.ranking import RULES
from ucf_core.specs import RANKINGS, Aggregation, Engine, QuerySpec, Ranking, ScoringSpec, Space
from ucf_ui import url

Value = TypeVar("Value", bound=str)

_MOST_NEIGHBOURS = 200
_MOST_EF = 600
_LINKS = (2, 4, 8, 12, 16, 24, 32, 48, 64)
_BUILD_BREADTHS = (10, 25, 50, 100, 200, 400, 800)
SPACES: dict[Space, str] = {"svd": "SVD embedding", "raw": "Raw ratings"}
ENGINES: dict[Engine, str] = {"hnsw": "HNSW index", "exact": "Exact"}
_AGGREGATIONS: dict[Aggregation, str] = {
    "baseline_offset": "Bias plus offset",
    "mean": "Plain mean",
    "learned": "Learned",
}


def query_controls(explorer: Explorer) -> QuerySpec:
    """Which neighbours: k, dim and ef in one row, the rest behind "Advanced"."""
    columns = st.columns([3, 3, 3, 1.8], vertical_alignment="bottom", gap="medium")
    with columns[3].popover("Advanced", icon=":material/account_tree:", width="stretch"):
        space, engine, links, build_breadth = _advanced()
    approximate = engine == "hnsw"
    with columns[0]:
        k = _slider(
            "Neighbours (k)",
            "k",
            largest=min(_MOST_NEIGHBOURS, explorer.ratings.n_users - 1),
            default=50,
            help="How many of the most similar users have a say. More smooths the result, fewer makes it more "
            "personal.",
        )
    with columns[1]:
        dim = _slider(
            "Dimensions (dim)",
            "dim",
            largest=explorer.dim(QuerySpec()) or 1,
            default=128,
            disabled=space == "raw",
            help="How many of the strongest SVD factors describe a user. Fewer generalise, more keep details. "
            "A value not used before builds its index first.",
        )
    with columns[2]:
        ef = _slider(
            "Search breadth (ef)",
            "ef",
            largest=_MOST_EF,
            default=128,
            disabled=not approximate,
            help="How many candidates the HNSW index keeps while it searches. Higher finds more of the true neighbours "
            "and takes longer. Values up to k act like k + 1.",
        )
    query = QuerySpec(k=k, dim=dim, ef=ef, space=space, engine=engine, M=links, ef_construction=build_breadth)
    _say_what_is_unusual(query)
    return query


def _say_what_is_unusual(query: QuerySpec) -> None:
    """What was set behind "Advanced", where nobody sees it."""
    usual = QuerySpec()
    said = []
    if query.space != usual.space:
        said.append("users are compared by raw ratings, so dim and ef have no effect")
    elif query.engine == "exact":
        said.append("search is exact, so ef has no effect")
    elif (query.M, query.ef_construction) != (usual.M, usual.ef_construction):
        said.append(f"the graph is built with M {query.M} and ef_construction {query.ef_construction}")
    if said:
        st.caption(f"Set under Advanced: {said[0]}.")


def _advanced() -> tuple[Space, Engine, int, int]:
    space = _segments(
        "Compare users by",
        SPACES,
        key="space",
        help="SVD embedding: by their strongest factors, which finds likeness beyond shared films. Raw ratings: by "
        "the rating rows themselves.",
    )
    engine = _segments(
        "Search with",
        ENGINES,
        key="engine",
        disabled=space == "raw",
        help="HNSW looks at a small part of all users; exact search at everybody. Raw ratings are always searched "
        "exactly.",
    )
    links: int = st.select_slider(
        "Links per node (M)",
        _LINKS,
        value=32,
        key="M",
        bind="query-params",
        persist_state="session",
        help="Links that each user has in the HNSW graph. More finds better neighbours and takes more memory. Try 2 "
        "to see a poor index.",
    )
    build_breadth: int = st.select_slider(
        "Build breadth (ef_construction)",
        _BUILD_BREADTHS,
        value=200,
        key="ef_construction",
        bind="query-params",
        persist_state="session",
        help="How carefully links are chosen while the graph is built. Higher builds a better graph, more slowly.",
    )
    return space, "exact" if space == "raw" else engine, links, build_breadth


def all_neighbours_controls(n_users: int) -> QuerySpec:
    """k, space and engine for the neighbours of all users; apart from those of the pages that show one user."""
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


def ranking_rule(label: str, key: str, *, optional: bool = False) -> Ranking | None:
    """Which rule orders the list; None only where it is optional."""
    default: Ranking | None = None if optional else RANKINGS[0]
    url.seed(key, RANKINGS, default)
    chosen: Ranking | None = st.selectbox(
        label,
        RANKINGS,
        index=None if optional else 0,
        format_func=lambda name: RULES[name].title,
        key=key,
        persist_state="session",
        placeholder="None",
        help="  \n".join(f"**{rule.title}**: {rule.explanation}" for rule in RULES.values()),
    )
    url.keep(key, chosen, default)
    return chosen or default


def list_length(n_items: int) -> int:
    """How many films to list."""
    return _slider(
        "Films to list (n)", "n", largest=min(100, n_items), default=10, help="Length of the recommendation list."
    )


def scoring_options(ranking: Ranking) -> ScoringSpec:
    """Support, shrinkage and aggregation, beside the rule that was chosen."""
    columns = st.columns(3, gap="medium")
    support = columns[0].slider(
        "Minimum support",
        1,
        20,
        1,
        key="min_support",
        bind="query-params",
        persist_state="session",
        help="Leave out films that fewer neighbours than this have rated.",
    )
    shrinkage = columns[1].slider(
        "Shrinkage",
        0.0,
        20.0,
        5.0,
        0.5,
        key="shrinkage",
        bind="query-params",
        persist_state="session",
        help="How strongly damped scores and predicted ratings are pulled towards what user and film averages "
        "suggest, in units of similarity. 0 trusts even a single neighbour.",
    )
    with columns[2]:
        aggregation = _segments(
            "Predicted rating",
            _AGGREGATIONS,
            key="aggregation",
            help="How the neighbours' ratings become a predicted rating. The first corrects for users who rate high or "
            "low in general; the second is the plain weighted mean; the third adds to the first what is learned from "
            "this user's own films.",
        )
    return ScoringSpec(ranking=ranking, min_support=support, shrinkage=shrinkage, aggregation=aggregation)


def _segments(
    label: str,
    titles: dict[Value, str],
    *,
    key: str,
    help: str,  # noqa: A002  Streamlit's word
    disabled: bool = False,
) -> Value:
    """One of a few values; the first is the default."""
    values = list(titles)
    url.seed(key, values, values[0])
    chosen: Value | None = st.segmented_control(
        label,
        values,
        required=True,
        format_func=titles.__getitem__,
        key=key,
        persist_state="session",
        disabled=disabled,
        help=help,
    )
    url.keep(key, chosen, values[0])
    return chosen or values[0]


def _slider(
    label: str,
    key: str,
    *,
    largest: int,
    default: int,
    help: str,  # noqa: A002  Streamlit's word
    disabled: bool = False,
) -> int:
    if largest <= 1:
        st.caption(f"{label}: 1, all that this dataset allows")
        return 1
    if st.session_state.get(key, 1) > largest:
        st.session_state[key] = largest  # a value from a larger dataset
    value: int = st.slider(
        label,
        1,
        largest,
        min(default, largest),
        key=key,
        bind="query-params",
        persist_state="session",
        help=help,
        disabled=disabled,
    )
    return value
