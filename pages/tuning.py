"""k, dim and ef live: recall, latency, what changes for this user."""

import streamlit as st

from ucf_core.base.specs import EF, QuerySpec, changed
from ucf_core.explorer.explorer import RecallPoint
from ucf_core.neighbours.inspection import Inspection
from ucf_core.recommendations.lists import list_change
from ucf_ui.base import as_python, pages, text
from ucf_ui.base.fragment import fragment
from ucf_ui.base.widgets import copy_as_python, tile
from ucf_ui.figures.search import recall_against_time, recall_curve, similarity_by_rank
from ucf_ui.session import cache, ready_query, sidebar
from ucf_ui.settings import baseline
from ucf_ui.settings.query_controls import query_controls
from ucf_ui.shell import page
from ucf_ui.views.tour import tour
from ucf_ui.widgets import tables

page.guard()
view, user = sidebar.user_view()
ratings, explorer = view.ratings, view.explorer
BREADTHS = (8, 16, 32, 64, 128, 256, 512)
SAMPLE = 50
BY_RANK = "Similarity of neighbours by rank, found and exact"


@fragment
def show_tuning() -> None:
    """The three sliders and everything that they change."""
    query = ready_query.settled(explorer, query_controls(explorer))
    inspection = explorer.inspect(user, query)
    if query.chosen_engine == "hnsw" and inspection.found.engine == "exact":
        st.caption(":material/info: The HNSW graph gave fewer than k users, so exact search answered.")
    approximate = query.chosen_engine == "hnsw"
    here = _recall(query, (query.ef,))[0] if approximate else None
    _show_figures(inspection, here)
    by_rank = similarity_by_rank(inspection)
    left, right = st.columns(2, gap="medium")
    if here is None:
        left.info("Exact search finds every neighbour, so there is no recall curve. Choose HNSW under Advanced.")
        right.plotly_chart(by_rank, alt=BY_RANK, key="by-rank")
    else:
        points = _recall(query, BREADTHS)
        left.plotly_chart(
            recall_curve(points, here),
            alt="Index recall against ef, with the present setting marked",
            key="recall",
        )
        right.plotly_chart(
            recall_against_time(points, here),
            alt="Index recall against time a query, one point for each ef, with the present setting marked",
            key="recall-time",
        )
        helped = sorted({point.ef for point in (*points, here) if point.fell_back})
        st.caption(
            f"{_sample()} users, searched together, which takes less time for each than one search alone. Values of ef "
            "up to k act like k + 1, so the curve is flat there, and one point against time. "
            "Choose the ef from which on more time finds little more."
            + (f" With ef {', '.join(map(str, helped))} exact search had to help." if helped else "")
        )
        st.plotly_chart(by_rank, alt=BY_RANK, key="by-rank")
    copy_as_python(as_python.tuning(view.dataset, user, query, BREADTHS, SAMPLE))
    _show_changes(query)


def _show_figures(inspection: Inspection, here: RecallPoint | None) -> None:
    """The three views of index recall for this user, each with the average of others, and what it costs."""
    own, average = inspection.recall, here.recall if here else None
    of_others = f"averaged over {_sample()} users drawn at random with a fixed seed"
    with st.container(horizontal=True):
        tile(
            "Recall by id",
            text.share(own.recall_by_id),
            f"average {text.share(average.recall_by_id)}" if average else "exact search",
            help=f"Share of the exact k neighbours that the index found: for this user, and {of_others}.",
        )
        tile(
            "Recall by distance",
            text.share(own.recall_by_distance),
            f"average {text.share(average.recall_by_distance)}" if average else "exact search",
            help="Share of the neighbours found that are no farther than the k-th exact one. Where several users are "
            "equally near, any of them counts, so this is at least the recall by id, and fairer where many tie.",
        )
        tile(
            "Distance ratio",
            text.ratio(own.distance_ratio),
            f"average {text.ratio(average.distance_ratio)}" if average else "exact search",
            help="Mean distance (1 less the similarity) of the neighbours found over that of the exact ones. 1 is "
            "perfect; 1.05 means that the neighbours found are 5 % farther away, however many were missed.",
        )
        tile(
            "Search time",
            text.milliseconds(inspection.milliseconds),
            "exact search"
            if inspection.found.engine == "exact"
            else f"exact {text.milliseconds(inspection.exact_milliseconds)}",
            help="Of this one search, on this machine; exact search of the same space beside it.",
        )
        overlap = inspection.raw_overlap
        tile(
            "Overlap with raw space",
            "-" if overlap is None else text.share(overlap),
            "not on a cluster" if overlap is None else "of the neighbour lists",
            help="Share of the k nearest users by raw rating rows that are in this list. Low is not bad by itself: "
            "the embedding looks beyond the films that two users share.",
        )
    st.caption(
        "Recall: share of the exact nearest users found. Recall by distance also counts others who are as near; the "
        "distance ratio is how much farther away the found users are."
    )


def _sample() -> int:
    return min(SAMPLE, ratings.n_users)


def _recall(query: QuerySpec, breadths: tuple[int, ...]) -> list[RecallPoint]:
    # the breadths are given apart, so a moved ef finds the curve where it was kept
    return cache.recall_curve(ratings.fingerprint, changed(query, {"ef": EF.default}), breadths, SAMPLE, explorer)


def _show_changes(query: QuerySpec) -> None:
    st.subheader("What changes for this user", anchor=False)
    before = ready_query.exact_unless_ready(explorer, baseline.picker(query, explorer))
    n = min(10, ratings.n_items)
    old, new = explorer.recommend(user, before, n=n).items, explorer.recommend(user, query, n=n).items
    change = list_change(old, new)
    neighbours_before, neighbours_now = explorer.neighbours(user, before), explorer.neighbours(user, query)
    kept = len(set(neighbours_before.users.tolist()) & set(neighbours_now.users.tolist()))
    st.caption(
        f"Of {neighbours_now.k} neighbours, {kept} are also among the {neighbours_before.k} of the baseline. "
        f"Of the {old.size} recommendations by weighted ratings, {change.stayed.size} were kept."
    )
    came, went, stayed = st.columns(3, gap="medium")
    for column, title, rows, nothing in (
        (came, "Added", change.came, "No film is new."),
        (went, "Removed", change.went, "No film dropped out."),
    ):
        with column:
            st.markdown(f"**{title}**")
            if rows.size:
                frame, looks = tables.film_list(rows, ratings)
                st.dataframe(frame, column_config=looks, hide_index=True, height="content", alt=f"Films that {title}")
            else:
                st.caption(nothing)
    with stayed:
        st.markdown("**Kept**")
        if change.stayed.size:
            frame, looks = tables.moved_list(change, ratings)
            st.dataframe(frame, column_config=looks, hide_index=True, height="content", alt="Films that stayed")
        else:
            st.caption("No film stayed.")


page.header(
    pages.TUNING,
    f"Move k, dim and ef, and see at once what it does to quality, speed, and user {text.plain(str(user))}.",
)
tour.on_the_way(pages.TUNING)
show_tuning()
