"""The Tuning page: what k, dim and ef do to recall, time, and one user's lists."""

import streamlit as st

from ucf_core.base.specs import EF, QuerySpec, changed
from ucf_core.explorer.explorer import RecallPoint
from ucf_core.neighbours.inspection import Inspection
from ucf_core.recommendations.list_pairs import pair_lists
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
    """Draw the controls of the search, and all that they change."""
    query = ready_query.prepare(explorer, query_controls(explorer))
    inspection = explorer.inspect(user, query)
    if query.chosen_engine == "hnsw" and inspection.found.engine == "exact":
        st.caption(":material/info: The HNSW graph found fewer than k users, so exact search answered.")
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
            recall_curve(points, here), alt="Index recall against ef, with the present setting marked", key="recall"
        )
        right.plotly_chart(
            recall_against_time(points, here),
            alt="Index recall against time a query, one point for each ef, with the present setting marked",
            key="recall-time",
        )
        helped = ", ".join(map(str, sorted({point.ef for point in (*points, here) if point.fell_back})))
        st.caption(
            f"{_sample()} users, searched together, which takes less time per user than single searches. Values of ef "
            "up to k act like k + 1, so the curve is flat there, and one point in the chart of time. Choose the ef "
            "beyond which more time finds little more."
            + (f" With ef {helped}, exact search answered for some users." if helped else "")
        )
        st.plotly_chart(by_rank, alt=BY_RANK, key="by-rank")
    copy_as_python(as_python.tuning(view.dataset, user, query, BREADTHS, SAMPLE))
    _show_changes(query)


def _show_figures(inspection: Inspection, here: RecallPoint | None) -> None:
    """Draw the index recall of this user in three measures, each beside the average of other users, and its time."""
    own, average = inspection.recall, here.recall if here else None
    is_exact = "exact search"
    of_others = f"averaged over {_sample()} users drawn at random with a fixed seed"
    with st.container(horizontal=True):
        tile(
            "Recall by id",
            text.share(own.recall_by_id),
            f"average {text.share(average.recall_by_id)}" if average else is_exact,
            help=f"Share of the exact k neighbours that the index found: for this user, and {of_others}.",
        )
        tile(
            "Recall by distance",
            text.share(own.recall_by_distance),
            f"average {text.share(average.recall_by_distance)}" if average else is_exact,
            help="Share of the neighbours found that are no farther than the k-th exact one. Where several users are "
            "equally near, any of them counts, so this is at least the recall by id, and fairer if many tie.",
        )
        tile(
            "Distance ratio",
            text.ratio(own.distance_ratio),
            f"average {text.ratio(average.distance_ratio)}" if average else is_exact,
            help="Mean distance (1 less the similarity) of the neighbours found over that of the exact ones. 1 is "
            "perfect; 1.05 means that the neighbours found are 5 % farther away, however many were missed.",
        )
        tile(
            "Search time",
            text.milliseconds(inspection.milliseconds),
            is_exact
            if inspection.found.engine == "exact"
            else f"exact {text.milliseconds(inspection.exact_milliseconds)}",
            help="Time of this search on this machine, beside exact search of the same space.",
        )
        overlap = inspection.raw_overlap
        tile(
            "Overlap with raw space",
            "-" if overlap is None else text.share(overlap),
            "not on a cluster" if overlap is None else "of the neighbour lists",
            help="Share of the k nearest users by raw ratings that are in this list. A low share is not bad by itself: "
            "the embedding also compares users by films that only one of them rated.",
        )
    st.caption(
        "Recall: share of the exact nearest users found. Recall by distance also counts others who are as near; the "
        "distance ratio says how much farther away the found users are."
    )


def _sample() -> int:
    return min(SAMPLE, ratings.n_users)


def _recall(query: QuerySpec, breadths: tuple[int, ...]) -> list[RecallPoint]:
    # the query has the default ef, so that the cached curve serves every ef
    return cache.recall_curve(ratings.fingerprint, changed(query, {"ef": EF.default}), breadths, SAMPLE, explorer)


def _show_changes(query: QuerySpec) -> None:
    st.subheader("What changes for this user", anchor=False)
    before = ready_query.stand_in(explorer, baseline.picker(query, explorer))
    n = min(10, ratings.n_items)
    old, new = explorer.recommend(user, before, n=n).items, explorer.recommend(user, query, n=n).items
    pair = pair_lists(new, old)
    added, removed, kept = pair.rows[pair.second == 0], pair.rows[pair.first == 0], pair.rows[pair.in_both]
    neighbours_before, neighbours_now = explorer.neighbours(user, before), explorer.neighbours(user, query)
    common = len(set(neighbours_before.users.tolist()) & set(neighbours_now.users.tolist()))
    st.caption(
        f"Of {neighbours_now.k} neighbours, {common} are also among the {neighbours_before.k} of the baseline. "
        f"The list by weighted ratings kept {kept.size} of its {old.size} films."
    )
    for column, title, rows, table, empty in zip(
        st.columns(3, gap="medium"),
        ("Added", "Removed", "Kept"),
        (added, removed, kept),
        (
            tables.film_list(added, ratings),
            tables.film_list(removed, ratings),
            tables.moved_list(kept, -pair.gained[pair.in_both], ratings),
        ),
        ("No film was added.", "No film was removed.", "No film was kept."),
        strict=True,
    ):
        with column:
            st.markdown(f"**{title}**")
            if rows.size:
                tables.show(table, alt=f"{title} films")
            else:
                st.caption(empty)


page.header(
    pages.TUNING,
    f"Move k, dim and ef, and see how quality, speed, and the lists of user {text.plain(str(user))} change.",
)
tour.on_the_way(pages.TUNING)
show_tuning()
