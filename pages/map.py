"""The Map page: all users in two dimensions, the chosen user, the neighbours, and those that the index missed."""

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ucf_core.base.specs import QuerySpec, changed
from ucf_core.studies.user_map.pca import Method
from ucf_ui.base import pages, text
from ucf_ui.base.fragment import fragment
from ucf_ui.base.widgets import tile
from ucf_ui.components.map_marks import map_marks
from ucf_ui.figures.map import MAP_HEIGHT, density_map
from ucf_ui.session import ready_query, sidebar
from ucf_ui.settings.query_controls import query_controls
from ucf_ui.shell import page
from ucf_ui.views.map import data as map_data
from ucf_ui.views.map import jobs, marks, words
from ucf_ui.widgets import inputs

page.guard()
view, user = sidebar.user_view()
ratings, explorer = view.ratings, view.explorer

METHODS: dict[Method, str] = {"pca": "PCA", "umap": "UMAP"}
CHART, DRAWN, TO_DRAW, MOVED = "user-map", "_map_drawn", "_map_to_draw", "_map_moved"
PRESERVED, PRESERVED_OWN = "Neighbours preserved", "Neighbours preserved, this user"
# what a run of the whole page draws after the map
AFTERWARDS: list[Callable[[], None]] = []


def choose_map() -> tuple[Method, str]:
    """Draw the controls of the projection and of the colours; returns both."""
    with st.container(horizontal=True, gap="medium"):
        method = inputs.segments(
            "Projection",
            METHODS,
            key="map",
            help="PCA shows the two directions in which users differ most, and is ready at once. UMAP puts users "
            "together who are neighbours in the embedding: it shows better which users are near each other, but "
            "distances across the map mean little. For a large dataset it takes minutes, once.",
        )
        by = inputs.segments(
            "Colour by",
            map_data.COLOURS,
            key="colour",
            help="Density: how many users are in each place. The others colour users by how many films they rated, by "
            "their mean rating, by the genre that they rated most often, or by their similarity to the chosen user.",
        )
    return method, by


@fragment
def show_neighbours() -> None:
    """Draw the controls of the search and the marks that depend on them; the map itself is outside this fragment."""
    query = ready_query.prepare(explorer, query_controls(explorer))
    base = query
    if query.space == "raw":
        st.caption(words.RAW)
        base = ready_query.prepare(explorer, changed(query, {"space": "svd", "engine": "exact"}))
    known = jobs.settled(explorer, base, method)
    shown = map_data.drawn(explorer, base, known)
    if st.session_state.get(DRAWN, shown.name) != shown.name:
        st.rerun()  # the whole page: another dim or weighting has another map
    st.session_state[TO_DRAW] = shown
    _show_trust(shown, query, known)
    map_marks(
        "map-marks",
        CHART,
        marks.groups(ratings, shown, marks.marks_of(explorer, user, query), coloured=by != "density"),
        _go_to,
    )
    if st.session_state.pop(MOVED, False):
        st.rerun()  # the whole page: the sidebar is outside the fragment


def _show_trust(shown: map_data.Drawn, query: QuerySpec, known: Method) -> None:
    with st.container(horizontal=True):
        if known == "pca":
            tile(
                "Variance shown",
                words.shown_share(shown),
                help="Share of the variance of all users' unit vectors along these two directions. A flat map cannot "
                "show the rest.",
            )
        all_users, own = st.empty(), st.empty()
    st.caption(words.READING[known])
    fill = partial(_show_preserved, all_users, own, shown, query)
    if DRAWN in st.session_state or map_data.is_judged(shown):
        fill()
    else:
        # the points come first: measuring the map takes longer
        for place, label in ((all_users, PRESERVED), (own, PRESERVED_OWN)):
            with place:
                tile(label, "…")
        AFTERWARDS.append(fill)


def _show_preserved(all_users: DeltaGenerator, own: DeltaGenerator, shown: map_data.Drawn, query: QuerySpec) -> None:
    trust = map_data.trust(explorer, shown)
    if trust is None:
        all_users.empty()
        own.empty()
        return
    k, share, by_chance = words.preserved(trust, query.k)
    with all_users:
        tile(
            PRESERVED,
            share,
            f"by chance {by_chance}",
            help=f"How far to trust the map: of the {k} users nearest in the embedding, the share who are also among "
            f"the {k} nearest on the map. Mean over {text.counted(trust.users.size, 'user')} drawn at random "
            "with a fixed seed, by exact search.",
        )
    with own:
        tile(
            PRESERVED_OWN,
            text.share(map_data.preserved_of(explorer, shown, user, k)),
            help=f"The same for the chosen user: the share of the {k} nearest in the embedding who are among the {k} "
            "nearest on the map.",
        )


def _go_to(row: int) -> None:
    """Choose the user of a clicked mark or point on all pages."""
    if 0 <= row < ratings.n_users:
        sidebar.go_to_user(ratings.users.raw(row), ratings)
        st.session_state[MOVED] = True


page.header(pages.MAP)
method, by = choose_map()
st.session_state.pop(DRAWN, None)
st.session_state.pop(TO_DRAW, None)
show_neighbours()
shown = st.session_state.get(TO_DRAW)
if shown is not None:
    # page.css makes this lower on a phone, where the map is as wide as the screen
    st.container(height=MAP_HEIGHT, border=False, key="map-room").plotly_chart(
        density_map(shown.crowd, shown.points, map_data.colouring(explorer, shown, by, user), words.axes(shown)),
        height="stretch",
        key=CHART,
        alt="Map of all users: their density or traits as colours, and some users as points",
    )
    st.caption(words.crowd_in_words(shown, ratings.n_users))
    st.session_state[DRAWN] = shown.name
for fill in AFTERWARDS:
    fill()
