"""The Index page: layers and links of the HNSW graph, and one search in it, step by step."""

import streamlit as st

from ucf_core.explorer.traced_search import TracedSearch
from ucf_core.index.graph.summary import GraphSummary
from ucf_ui.base import as_python, pages, text
from ucf_ui.base.fragment import fragment
from ucf_ui.base.widgets import copy_as_python, tile
from ucf_ui.figures.index import approach_curve, degree_histogram, frontier_curve, hits_curve, layer_bars
from ucf_ui.figures.index_map import search_map
from ucf_ui.session import ready_query, sidebar
from ucf_ui.settings.query_controls import query_controls
from ucf_ui.shell import page
from ucf_ui.views.index import words
from ucf_ui.widgets import tables

page.guard()
view, user = sidebar.user_view()
ratings, explorer = view.ratings, view.explorer


@fragment
def show_index() -> None:
    """Draw the controls of the search, its numbers, the replay, what it missed, and the graph."""
    wanted = query_controls(explorer)
    query = ready_query.prepare(explorer, wanted)
    if query.space == "raw" or query.chosen_engine == "exact":
        st.info(words.why_there_is_no_graph(wanted), icon=":material/account_tree:")
        return
    traced = explorer.trace(user, query)
    st.subheader(f"The search for the neighbours of user {text.plain(str(user))}", anchor=False)
    _show_numbers(traced)
    for remark in words.remarks(traced):
        st.caption(f":material/info: {remark}")
    show_replay(traced)
    left, right = st.columns(2, gap="medium")
    left.plotly_chart(hits_curve(traced), alt="True neighbours seen, over distances computed", key="hits")
    right.plotly_chart(
        frontier_curve(traced),
        alt="Similarity of the users whose links are followed, and of the farthest user remembered, step by step",
        key="frontier",
    )
    right.caption(
        f"On the bottom layer the search remembers the {max(traced.trace.ef, traced.trace.k)} nearest users it has "
        "seen, and follows the links of the nearest one not followed yet. It stops when that user is farther than all "
        "of them."
    )
    _show_misses(traced)
    copy_as_python(as_python.traced(view.dataset, user, query))
    _show_graph(traced.summary)


def _show_numbers(traced: TracedSearch) -> None:
    trace, k = traced.trace, traced.exact.k
    down = len(trace.descent)
    with st.container(horizontal=True):
        tile(
            "True neighbours found",
            f"{k - len(traced.misses)} of {k}",
            help="Of the k nearest users by exact search in the same space.",
        )
        tile(
            "Users looked at",
            text.count(trace.visits.rows.size),
            f"of {text.count(trace.n_rows)}",
            help="Users whose vector was compared with that of the chosen user, each counted once.",
        )
        tile(
            "Distances computed",
            text.count(trace.n_distances),
            f"{text.share(traced.share_computed)} of exact search",
            help="Comparisons of two vectors; a user met on several layers is compared again. Exact search compares "
            "with every user once.",
        )
        tile(
            "Hops",
            text.count(len(trace.steps)),
            f"{down} down, {len(trace.steps) - down} at the bottom",
            help="Users whose links were followed: on the way down through the upper layers, and on the bottom layer.",
        )


@fragment
def show_replay(traced: TracedSearch) -> None:
    """Draw the search up to a step, as a map and as a curve."""
    trace, ids = traced.trace, ratings.users.ids
    steps = len(trace.steps)
    done: int = st.slider(
        "Replay up to step",
        0,
        steps,
        steps,
        # a new key for each search, so that the slider starts at its last step
        key=f"step-{view.dataset}-{user}-{hash((traced.found.k, trace.ef, trace.entry, steps, trace.n_distances))}",
        help="Each step follows the links of one user. Drag it, or use the arrow keys, to watch the search.",
    )
    st.caption(words.step_in_words(trace, done, str(ids[trace.steps[done - 1].row]) if done else ""))
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
        "On the map, a user's distance from the middle is the true distance; the direction is a flat picture of "
        "many dimensions (PCA). The search enters at the top layer, follows the long links of the few users there, and "
        "then searches the bottom layer, which holds all users."
    )


def _show_misses(traced: TracedSearch) -> None:
    st.subheader("Missed neighbours", anchor=False)
    if not traced.misses:
        st.caption(
            f"None: all {traced.exact.k} true neighbours were found. To see a search that misses some, lower ef, or M "
            "under Advanced."
        )
        return
    st.caption(
        "True neighbours that the search did not return. "
        + (
            "The users it returned instead are as near as these: a tie, so a higher ef or M finds nothing better."
            if traced.only_ties
            else "A higher ef or M finds more of them."
        )
    )
    tables.show(words.missed_table(traced), alt="Missed true neighbours, nearest first")


def _show_graph(summary: GraphSummary) -> None:
    st.subheader("The graph", anchor=False)
    bottom = summary.layers[0]
    with st.container(horizontal=True):
        tile(
            "Layers",
            text.count(len(summary.layers)),
            help="All users are on the bottom layer; each layer above holds about one in M of the users below it.",
        )
        tile(
            "Links at the bottom",
            text.count(bottom.links),
            f"{bottom.mean_links:.1f} a user",
            help=f"A user has room for {bottom.room} links there, twice M, and for M on each layer above.",
        )
        tile(
            "Entry point",
            f"User {text.plain(str(ratings.users.raw(summary.entry)))}",
            help="The user at which every search begins; one on the top layer.",
        )
        tile(
            "Unreachable users",
            text.count(summary.unreachable.size),
            help="Users that no path of links reaches from where a search enters the bottom layer. No search finds "
            "them.",
        )
    left, right = st.columns(2, gap="medium")
    left.plotly_chart(layer_bars(summary), alt="Bar chart of the users on each layer", key="layers")
    right.plotly_chart(
        degree_histogram(summary),
        alt="Bar chart of users by their links on the bottom layer, to and from others",
        key="degrees",
    )
    right.caption(
        "The number of a user's own links is limited. The number of links from others is not: many searches find a "
        "user with many such links, and easily miss one with few."
    )


page.header(
    pages.INDEX,
    "An HNSW index is a graph in which similar users are linked. See its layers, and follow a search through them.",
)
show_index()
