"""The Neighbours page: a user, the nearest users, their similarities, and the films that they share."""

import streamlit as st

from ucf_core.neighbours.inspection import Inspection
from ucf_core.neighbours.neighbours import compare_users
from ucf_core.ratings.ids import RawId
from ucf_ui.base import as_python, pages, text
from ucf_ui.base.faults import safely
from ucf_ui.base.fragment import fragment
from ucf_ui.base.widgets import copy_as_python, tile
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
    """Draw a summary of the user's ratings."""
    profile = explorer.profile(user)
    with st.container(horizontal=True):
        tile("Ratings", text.count(profile.count))
        tile("Mean rating", f"{profile.mean:.2f}", text.beside_average(profile.mean - ratings.mean))
        tile(
            "Favourite genres",
            text.plain(text.listed([genre.genre for genre in profile.genres])),
            help="The genres with the most films rated by this user.",
        )
    columns = st.columns(3, gap="medium")
    columns[0].plotly_chart(
        rating_histogram(profile, ratings.value_counts[1]),
        alt="Bar chart of the user's ratings beside those of all users",
    )
    if profile.genres:
        columns[1].plotly_chart(genre_bars(profile.genres), alt="Bar chart of the user's most rated genres")
    else:
        columns[1].info("The films of this user have no genres in this dataset.", icon=":material/category:")
    with columns[2]:
        tables.show(tables.top_films(ratings, profile, most=50), height=300, alt="The user's best rated films")


@fragment
def show_neighbourhood() -> None:
    """Draw the controls of the search, the neighbours, and one of them in detail."""
    query = ready_query.prepare(explorer, query_controls(explorer))
    inspection = explorer.inspect(user, query)
    found = inspection.found
    st.caption(_quality(inspection, wanted=query.chosen_engine))
    left, right = st.columns([7, 5], gap="medium")
    chart, box = right.container(), right.container()
    with box:
        chosen = selection.choice(
            "Inspect a neighbour",
            found.users.tolist(),
            key="neighbour",
            help="Pick one here, or click a row of the table, to see the films that both rated.",
        )
    table = tables.neighbour_table(found, inspection.is_exact)
    with left:
        about = (view.dataset, user)
        ids = found.users.tolist()
        selection.table(table, ids=ids, key="neighbour", about=about, height=420, alt="Neighbours, nearest first")
        with st.container(horizontal=True):
            about_file = "The table above: ids, similarities, shared films and differences."
            tables.download(f"neighbours-of-{user}.csv", lambda: table[0], help=about_file)
            copy_as_python(as_python.neighbours(view.dataset, user, query))
    chart.plotly_chart(
        similarity_by_rank(inspection), alt="Similarity of neighbours by rank, found and exact", key="by-rank"
    )
    if chosen is None:
        st.caption("Select a neighbour in the table to see the films that both rated, side by side.")
    else:
        _show_shared(chosen)


def _quality(inspection: Inspection, *, wanted: str) -> str:
    """How many of the exact neighbours were found, and how fast."""
    found = inspection.found
    if wanted == "hnsw" and found.engine == "exact":
        return ":material/info: The HNSW graph found fewer than k users, so exact search answered."
    if found.engine == "exact":
        return f"Exact search, {text.milliseconds(inspection.milliseconds)}: finds every neighbour."
    hit = found.k - inspection.missed.size
    ties = text.ties(inspection.n_ties, found.k - hit)
    overlap = inspection.raw_overlap
    by_raw = "" if overlap is None else f" {text.share(overlap)} also appear when raw ratings are compared."
    return (
        f"HNSW found **{hit} of the {found.k}** exact neighbours in {text.milliseconds(inspection.milliseconds)}; "
        f"exact search took {text.milliseconds(inspection.exact_milliseconds)}.{ties}{by_raw}"
    )


def _show_shared(neighbour: RawId) -> None:
    shared = compare_users(ratings, ratings.users.row(user), ratings.users.row(neighbour))
    st.subheader(f"User {text.plain(str(user))} and user {text.plain(str(neighbour))}", anchor=False)
    if not shared.items.size:
        st.info("These two have no rated film in common; they are similar only through the ratings of other users.")
        return
    left, right = st.columns([6, 5], gap="medium")
    left.plotly_chart(
        shared_ratings(shared, ratings, str(user), str(neighbour)),
        alt="Both users' ratings of the films that they share",
        key="shared",
    )
    with right:
        st.caption(
            f"Mean difference on {text.counted(shared.items.size, 'film')}: {shared.mean_absolute_difference:.2f} "
            "stars."
        )
        both = tables.shared_table(shared, ratings, f"User {user}", f"User {neighbour}")
        tables.show(both, height=420, alt="Ratings of the shared films")
        if st.button(
            f"Go to user {text.plain(str(neighbour))}",
            icon=":material/arrow_forward:",
            on_click=safely(sidebar.go_to_user, neighbour, ratings),
        ):
            st.rerun()  # the whole page: the sidebar is outside the fragment


page.header(pages.NEIGHBOURS, f"User {text.plain(str(user))}, the most similar users, and the films that they share.")
tour.on_the_way(pages.NEIGHBOURS)
show_profile()
st.subheader("Neighbours", anchor=False)
show_neighbourhood()
