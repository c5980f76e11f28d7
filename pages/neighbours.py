"""A user, the neighbours, their similarities, what they share."""

import streamlit as st

from ucf_core.neighbours.inspection import Inspection
from ucf_core.neighbours.neighbours import compare_users
from ucf_core.ratings.ids import RawId
from ucf_ui.base import as_python, pages, text
from ucf_ui.base.faults import safely
from ucf_ui.base.fragment import fragment
from ucf_ui.base.widgets import copy_as_python
from ucf_ui.figures.search import similarity_by_rank
from ucf_ui.figures.users import genre_bars, rating_histogram, shared_ratings
from ucf_ui.session import ready_query, sidebar
from ucf_ui.settings.query_controls import query_controls
from ucf_ui.shell import page
from ucf_ui.views.tour import tour
from ucf_ui.widgets import selection, tables

page.guard()
view, user = sidebar.user_view()
ratings, explorer = view.ratings, view.explorer


def show_profile() -> None:
    """The user's ratings in a nutshell."""
    profile = explorer.profile(user)
    with st.container(horizontal=True):
        st.metric("Ratings", text.count(profile.count), border=True, height="stretch")
        st.metric(
            "Mean rating",
            f"{profile.mean:.2f}",
            text.beside_average(profile.mean - ratings.mean),
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
        )
        st.metric(
            "Favourite genres",
            text.plain(text.listed([genre.genre for genre in profile.genres])),
            border=True,
            height="stretch",
            help="The genres with the most films rated by this user.",
        )
    columns = st.columns(3, gap="medium")
    columns[0].plotly_chart(
        rating_histogram(profile, ratings.value_counts[1]),
        alt="Bar chart of the user's ratings beside everybody's",
    )
    if profile.genres:
        columns[1].plotly_chart(genre_bars(profile.genres), alt="Bar chart of the user's most rated genres")
    else:
        columns[1].info("The films of this user have no genres.", icon=":material/category:")
    with columns[2]:
        frame, looks = tables.top_films(ratings, profile, most=50)
        st.dataframe(frame, column_config=looks, hide_index=True, height=300, alt="The user's best rated films")


@fragment
def show_neighbourhood() -> None:
    """k, dim and ef with all that they change."""
    query = ready_query.settled(explorer, query_controls(explorer))
    inspection = explorer.inspect(user, query)
    found = inspection.found
    _say_how_good(inspection, asked_for=query.chosen_engine)
    left, right = st.columns([7, 5], gap="medium")
    chart, box = right.container(), right.container()
    with box:
        chosen = selection.choice(
            "Inspect a neighbour",
            found.users.tolist(),
            key="neighbour",
            help="Pick one here or click a row of the table, and see the films that both rated.",
        )
    frame, looks = tables.neighbour_table(inspection)
    with left:
        selection.table(
            frame,
            looks,
            ids=found.users.tolist(),
            key="neighbour",
            about=(view.dataset, user),
            height=420,
            alt="Neighbours, nearest first",
        )
        with st.container(horizontal=True):
            st.download_button(
                "Download as CSV",
                lambda: tables.as_csv(frame),
                file_name=f"neighbours-of-{user}.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
                help="The table above: ids, similarities, shared films and differences.",
            )
            copy_as_python(as_python.neighbours(view.dataset, user, query))
    chart.plotly_chart(
        similarity_by_rank(inspection), alt="Similarity of neighbours by rank, found and exact", key="by-rank"
    )
    if chosen is None:
        st.caption("Select a neighbour in the table to see the films that both rated, side by side.")
    else:
        _show_shared(chosen)


def _say_how_good(inspection: Inspection, asked_for: str) -> None:
    found = inspection.found
    if asked_for == "hnsw" and found.engine == "exact":
        st.caption(":material/info: The HNSW graph gave fewer than k users, so exact search answered.")
    elif found.engine == "exact":
        st.caption(f"Exact search, {text.milliseconds(inspection.milliseconds)}: nothing is missed.")
    else:
        hit = found.k - inspection.missed.size
        overlap = inspection.raw_overlap
        ties = text.ties(inspection.n_ties, found.k - hit)
        by_raw = "" if overlap is None else f" {text.share(overlap)} also appear when raw ratings are compared."
        st.caption(
            f"HNSW found **{hit} of the {found.k}** exact neighbours in {text.milliseconds(inspection.milliseconds)}; "
            f"exact search took {text.milliseconds(inspection.exact_milliseconds)}.{ties}{by_raw}"
        )


def _show_shared(neighbour: RawId) -> None:
    shared = compare_users(ratings, ratings.users.row(user), ratings.users.row(neighbour))
    st.subheader(f"User {text.plain(str(user))} and user {text.plain(str(neighbour))}", anchor=False)
    if not shared.items.size:
        st.info("These two have rated no film in common; they are alike only through what others rated.")
        return
    left, right = st.columns([6, 5], gap="medium")
    left.plotly_chart(
        shared_ratings(shared, ratings, str(user), str(neighbour)),
        alt="Both users' ratings of the films that they share",
        key="shared",
    )
    frame, looks = tables.shared_table(shared, ratings, str(user), str(neighbour))
    with right:
        st.caption(
            f"Mean difference on {text.counted(len(frame), 'film')}: {shared.mean_absolute_difference:.2f} stars."
        )
        st.dataframe(frame, column_config=looks, hide_index=True, height=420, alt="Ratings of the shared films")
        if st.button(
            f"Go to user {text.plain(str(neighbour))}",
            icon=":material/arrow_forward:",
            on_click=safely(sidebar.go_to_user),
            args=(neighbour, ratings),
        ):
            st.rerun()  # all of it: the sidebar is not part of the fragment


page.header(pages.NEIGHBOURS, f"User {text.plain(str(user))}, the most similar users, and the films they share.")
tour.on_the_way(pages.NEIGHBOURS)
show_profile()
st.subheader("Neighbours", anchor=False)
show_neighbourhood()
