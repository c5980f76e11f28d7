"""The Index page's sentences about a search, and its table of the neighbours that the search missed."""

import pandas as pd
import streamlit as st

from ucf_core.base.specs import QuerySpec
from ucf_core.explorer.traced_search import TracedSearch
from ucf_core.index.graph.summary import Miss
from ucf_core.index.graph.trace import SearchTrace
from ucf_ui.base import text
from ucf_ui.widgets.tables import Table, id_column, ids

_WHY_HELP = (
    "Never looked at: the search stopped before it followed a link to this user. Seen on the way down only: the search "
    "met this user on an upper layer, but not on the bottom layer, where results come from. Pushed out: it was looked "
    "at, but the list was full with users as near or nearer. Unreachable: no path of links leads to this user, so no "
    "search finds them."
)
_WHY = {
    "pushed out": "Pushed out by users as near",
    "passed by": "Seen on the way down only",
    "unreachable": "Unreachable: no path leads there",
}


def missed_table(traced: TracedSearch) -> Table:
    """A row for each missed neighbour, nearest first."""
    ratings, misses = traced.found.ratings, traced.misses
    frame = pd.DataFrame(
        {
            "Rank": [miss.rank for miss in misses],
            "User": ids(ratings.users.ids[[miss.row for miss in misses]]),
            "Similarity": [float(traced.exact.similarities[miss.rank - 1]) for miss in misses],
            "Why": [why_missed(miss) for miss in misses],
            "Links to it": [miss.links for miss in misses],
            "Of these seen": [miss.seen for miss in misses],
            "Nearest of these": [miss.nearest_link for miss in misses],
        }
    )
    number = st.column_config.NumberColumn
    nearest = (
        "Similarity to the chosen user of the nearest user with a link to this one. Low: only a broad search finds it."
    )
    return frame, {
        "Rank": number(width=50, help="Rank among the true neighbours."),
        "User": id_column(frame["User"], 70),
        "Similarity": number(format="%.3f", width=80),
        "Why": st.column_config.TextColumn(width=250, help=_WHY_HELP),
        "Links to it": number(width=80, help="Users of the bottom layer who have a link to this one."),
        "Of these seen": number(
            width=100, help="How many of those the search looked at without following their links."
        ),
        "Nearest of these": number(format="%.3f", width=115, help=nearest),
    }


def why_missed(miss: Miss) -> str:
    """Why a true neighbour was missed, in a few words."""
    if miss.why in _WHY:
        return _WHY[miss.why]
    return f"Never looked at: {'linking users too far' if miss.seen else 'no linking user seen'}"


def why_there_is_no_graph(wanted: QuerySpec) -> str:
    """Why no HNSW index answers, and what to do."""
    if wanted.space == "raw":
        return (
            "Raw ratings are compared without an HNSW index of embeddings, so there is none to look into. Choose SVD "
            "embedding and HNSW index under Advanced."
        )
    if wanted.chosen_engine == "exact":
        return "Exact search compares all users and uses no index. Choose HNSW index under Advanced to look into one."
    return "There is nothing to look into until the index is built."


def step_in_words(trace: SearchTrace, done: int, name: str) -> str:
    """What step number `done` did; `name` is the user whose links it followed."""
    if not done:
        return "Every search begins at the same user, the entry point of the top layer. Move the slider to follow it."
    step = trace.steps[done - 1]
    where = f"Step {done} of {len(trace.steps)}, " + (f"layer {step.layer}" if step.layer else "bottom layer")
    who = f"user {text.plain(name)} (similarity {1 - step.distance:.3f})"
    number = int(step.entered.sum())
    if step.layer:
        links = text.counted(step.rows.size, "link")
        then = "moves to the nearest of them" if number else "finds no nearer user, and goes down a layer"
        return f"**{where}**: looks along the {links} of {who}, and {then}."
    fresh = text.counted(step.rows.size, "user") + " not seen before"
    added = f"{number:,} of them enter the list" if number else "none is close enough to keep"
    left = f"{text.counted(step.waiting, 'user')} left to explore"
    return f"**{where}**: follows the links of {who} to {fresh}; {added}. {left}."


def remarks(traced: TracedSearch) -> list[str]:
    """Sentences about what is unusual in this search."""
    found = []
    if traced.found.engine == "exact":
        found.append(
            f"The graph leads this search to only {text.counted(traced.neighbours.size, 'user')}, fewer than k. "
            "Other pages use exact search then; this page shows what the graph alone finds."
        )
    elif not traced.agrees:
        found.append("Some users are equally near; the index itself returned other ones than this replay.")
    if traced.share_computed > 1:
        found.append(
            "With so few users, or so broad a search, the index computes more distances than exact search would."
        )
    return found
