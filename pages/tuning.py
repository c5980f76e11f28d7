"""k, dim and ef live: recall, latency, what changes for this user."""

import streamlit as st

from ucf_core.explorer import RecallPoint
from ucf_core.quality.lists import list_change
from ucf_core.specs import QuerySpec, changed
from ucf_ui import cache, controls, figures, jobs, page, reference, state, tables, text

page.guard()
view, user = state.user_view()
ratings, explorer = view.ratings, view.explorer
BREADTHS = (8, 16, 32, 64, 128, 256, 512)
SAMPLE = 50


@page.fragment
def show_tuning() -> None:
    """The three sliders and everything that they change."""
    query = jobs.settled(explorer, controls.query_controls(explorer))
    inspection = explorer.inspect(user, query)
    found = inspection.found
    if query.chosen_engine == "hnsw" and found.engine == "exact":
        st.caption(":material/info: The HNSW graph gave fewer than k users, so exact search answered.")
    here = _recall(query, (query.ef,))[0] if query.chosen_engine == "hnsw" else None
    with st.container(horizontal=True):
        st.metric(
            "Index recall, this user",
            text.share(inspection.index_recall),
            border=True,
            height="stretch",
            help="Share of the exact k neighbours that the index found.",
        )
        st.metric(
            "Index recall, on average",
            text.share(here.recall.recall_by_id) if here else "exact",
            border=True,
            height="stretch",
            help=f"The same, averaged over {min(SAMPLE, ratings.n_users)} users drawn at random with a fixed seed.",
        )
        st.metric(
            "Search time",
            text.milliseconds(inspection.milliseconds),
            f"exact {text.milliseconds(inspection.exact_milliseconds)}",
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help="This one search, on this machine; exact search of the same space beside it.",
        )
        st.metric(
            "Overlap with raw space",
            text.share(inspection.raw_overlap),
            border=True,
            height="stretch",
            help="Share of the k nearest users by raw rating rows that are in this list. Low is not bad by itself: "
            "the embedding looks beyond the films that two users share.",
        )
    left, right = st.columns(2, gap="medium")
    if here is not None:
        left.plotly_chart(
            figures.recall_curve(_recall(query, BREADTHS), here),
            alt="Index recall against ef, with the present setting marked",
            key="recall",
        )
        left.caption(
            f"{min(SAMPLE, ratings.n_users)} users; ef up to k acts like k + 1, so the curve is flat there. Exact "
            "search in the same space is the truth. By distance, a user who is as near as the one missed counts too."
        )
    else:
        left.info("Exact search finds every neighbour, so there is no recall curve. Choose HNSW under Advanced.")
    right.plotly_chart(
        figures.similarity_by_rank(inspection), alt="Similarity of neighbours by rank, found and exact", key="by-rank"
    )
    _show_changes(query)


def _recall(query: QuerySpec, breadths: tuple[int, ...]) -> list[RecallPoint]:
    # the breadths are given apart, so a moved ef finds the curve where it was kept
    return cache.recall_curve(ratings.fingerprint, changed(query, {"ef": 128}), breadths, SAMPLE, explorer)


def _show_changes(query: QuerySpec) -> None:
    st.subheader("What changes for this user", anchor=False)
    before = jobs.exact_unless_ready(explorer, reference.picker(query, explorer))
    n = min(10, ratings.n_items)
    old, new = explorer.recommend(user, before, n=n).items, explorer.recommend(user, query, n=n).items
    change = list_change(old, new)
    neighbours_before, neighbours_now = explorer.neighbours(user, before), explorer.neighbours(user, query)
    kept = len(set(neighbours_before.users.tolist()) & set(neighbours_now.users.tolist()))
    st.caption(
        f"Of {neighbours_now.k} neighbours, {kept} are also among the {neighbours_before.k} of the reference. "
        f"Of the {old.size} recommendations by weighted ratings, {change.stayed.size} stayed."
    )
    came, went, stayed = st.columns(3, gap="medium")
    for column, title, rows, nothing in (
        (came, "Came", change.came, "No film is new."),
        (went, "Went", change.went, "No film dropped out."),
    ):
        with column:
            st.markdown(f"**{title}**")
            if rows.size:
                frame, looks = tables.film_list(rows, ratings)
                st.dataframe(frame, column_config=looks, hide_index=True, height="content", alt=f"Films that {title}")
            else:
                st.caption(nothing)
    with stayed:
        st.markdown("**Stayed**")
        if change.stayed.size:
            frame, looks = tables.moved_list(change, ratings)
            st.dataframe(frame, column_config=looks, hide_index=True, height="content", alt="Films that stayed")
        else:
            st.caption("No film stayed.")


page.header(
    page.TUNING,
    f"Move k, dim and ef, and see at once what it does to quality, speed, and user {state.plain(str(user))}.",
)
show_tuning()
