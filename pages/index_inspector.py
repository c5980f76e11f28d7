"""The HNSW index opened: its layers, its links, and one search in it, step by step."""

import streamlit as st

from ucf_core.explorer.traced_search import TracedSearch
from ucf_core.index.graph.summary import GraphSummary
from ucf_ui.base import as_python, pages, text
from ucf_ui.base.fragment import fragment
from ucf_ui.base.widgets import copy_as_python
from ucf_ui.figures.index import degree_histogram, layer_bars
from ucf_ui.figures.index_map import search_map
from ucf_ui.figures.index_search import approach_curve, frontier_curve, hits_curve
from ucf_ui.session import ready_query, sidebar
from ucf_ui.settings.query_controls import query_controls
from ucf_ui.shell import page
from ucf_ui.views.index import tables as index_tables
from ucf_ui.views.index import words as index_words

page.guard()
view, user = sidebar.user_view()
ratings, explorer = view.ratings, view.explorer


@fragment
def show_index() -> None:
    """k, dim and ef, the search that they make, and the graph."""
    asked = query_controls(explorer)
    query = ready_query.settled(explorer, asked)
    if query.space == "raw" or query.chosen_engine == "exact":
        st.info(index_words.why_there_is_no_graph(asked), icon=":material/account_tree:")
        return
    traced = explorer.trace(user, query)
    st.subheader(f"The search for the neighbours of user {text.plain(str(user))}", anchor=False)
    _show_numbers(traced)
    for remark in index_words.remarks(traced):
        st.caption(f":material/info: {remark}")
    show_replay(traced)
    left, right = st.columns(2, gap="medium")
    left.plotly_chart(hits_curve(traced), alt="True neighbours seen, over distances computed", key="hits")
    right.plotly_chart(
        frontier_curve(traced),
        alt="Similarity of the users whose links are followed, and of the worst user kept, step by step",
        key="frontier",
    )
    right.caption(
        f"On the bottom layer the search keeps the {max(traced.trace.ef, traced.trace.k)} nearest users it has seen, "
        "and follows the links of the nearest one not followed yet. It stops when that one is farther than all of them."
    )
    _show_misses(traced)
    copy_as_python(as_python.traced(view.dataset, user, query))
    _show_graph(traced.summary)


def _show_numbers(traced: TracedSearch) -> None:
    trace, k = traced.trace, traced.exact.k
    down = len(trace.descent)
    with st.container(horizontal=True):
        st.metric(
            "True neighbours found",
            f"{k - len(traced.misses)} of {k}",
            border=True,
            height="stretch",
            help="Of the k nearest users by exact search in the same space.",
        )
        st.metric(
            "Users looked at",
            text.count(trace.visits.rows.size),
            f"of {text.count(trace.n_rows)}",
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help="Users whose vector was compared with that of the user in question, each counted once.",
        )
        st.metric(
            "Distances computed",
            text.count(trace.n_distances),
            f"{text.share(traced.share_computed)} of exact search",
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help="Comparisons of two vectors; a user met on several layers is compared again. Exact search compares "
            "with everybody once.",
        )
        st.metric(
            "Hops",
            text.count(len(trace.steps)),
            f"{down} down, {len(trace.steps) - down} at the bottom",
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help="Users whose links were followed: on the way down through the upper layers, and on the bottom layer.",
        )


@fragment
def show_replay(traced: TracedSearch) -> None:
    """The search up to a step, as a map and as a curve."""
    trace, ids = traced.trace, ratings.users.ids
    steps = len(trace.steps)
    done: int = st.slider(
        "Replay up to step",
        0,
        steps,
        steps,
        # another search begins with its own last step
        key=f"step-{view.dataset}-{user}-{hash((traced.found.k, trace.ef, trace.entry, steps, trace.n_distances))}",
        help="Each step follows the links of one user. Drag it, or use the arrow keys, to watch the search.",
    )
    st.caption(index_words.step_in_words(trace, done, str(ids[trace.steps[done - 1].row]) if done else ""))
    left, right = st.columns([6, 5], gap="medium")
    left.plotly_chart(
        search_map(traced, done, ids[trace.visits.rows].tolist(), [ids[miss.row] for miss in traced.misses]),
        alt="Map of the search: the user in the middle, users looked at around, links that were followed",
        key="map",
    )
    right.plotly_chart(
        approach_curve(traced, done),
        alt="Similarity of the most similar users seen so far, over distances computed",
        key="approach",
    )
    right.caption(
        "On the map, how far somebody is from the middle is their true distance; the direction is a flat picture of "
        "many dimensions (PCA). The search enters at the top layer, takes the long links of the few users there, and "
        "then looks around on the bottom layer, where everybody is."
    )


def _show_misses(traced: TracedSearch) -> None:
    st.subheader("What it missed, and why", anchor=False)
    if not traced.misses:
        st.caption(
            f"Nothing: all {traced.exact.k} true neighbours were found. Lower ef, or a graph with fewer links "
            "(M under Advanced), makes a search that misses some."
        )
        return
    frame, looks = index_tables.missed_table(traced)
    st.caption(
        "True neighbours that the search did not return. "
        + (
            "All that it returned are as near as these: it is a tie, and a higher ef or M finds nothing better."
            if traced.only_ties
            else "A higher ef or M finds more of them."
        )
    )
    st.dataframe(
        frame,
        column_config=looks,
        hide_index=True,
        height="content",
        placeholder="",
        alt="Missed true neighbours, nearest first",
    )


def _show_graph(summary: GraphSummary) -> None:
    st.subheader("The graph", anchor=False)
    bottom = summary.layers[0]
    with st.container(horizontal=True):
        st.metric(
            "Layers",
            text.count(len(summary.layers)),
            border=True,
            height="stretch",
            help="All users are on the bottom layer; each layer above holds about one in M of the users below it.",
        )
        st.metric(
            "Links at the bottom",
            text.count(bottom.links),
            f"{bottom.mean_links:.1f} a user",
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help=f"A user has room for {bottom.room} links there, twice M, and for M on each layer above.",
        )
        st.metric(
            "Entry point",
            f"User {text.plain(str(ratings.users.raw(summary.entry)))}",
            border=True,
            height="stretch",
            help="The user at which every search begins; one on the top layer.",
        )
        st.metric(
            "Unreachable users",
            text.count(summary.unreachable.size),
            border=True,
            height="stretch",
            help="Users to whom no way leads from where a search can enter the bottom layer. No search finds them.",
        )
    left, right = st.columns(2, gap="medium")
    left.plotly_chart(layer_bars(summary), alt="Bar chart of the users on each layer", key="layers")
    right.plotly_chart(
        degree_histogram(summary),
        alt="Bar chart of users by their links on the bottom layer, to and from others",
        key="degrees",
    )
    right.caption(
        "Each user's own links are limited in number. Links from others are not: users whom many "
        "chose are met by many searches, and those whom few chose are easily missed."
    )


page.header(
    pages.INDEX,
    "An HNSW index is a graph in which similar users are linked. See its layers, and follow a search through them.",
)
show_index()
