"""All users in two dimensions: the crowd, the chosen user, the neighbours, and those that the index missed."""

from collections.abc import Callable
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ucf_core.base.specs import QuerySpec
from ucf_core.studies.user_map.pca import Method
from ucf_ui.base import pages, text
from ucf_ui.base.fragment import fragment
from ucf_ui.components.map_marks import map_marks
from ucf_ui.figures.map import MAP_HEIGHT, crowd_map
from ucf_ui.session import ready_query, sidebar
from ucf_ui.settings.query_controls import query_controls
from ucf_ui.shell import page
from ucf_ui.views.map import data as map_data
from ucf_ui.views.map import jobs as map_work
from ucf_ui.views.map import marks as map_marked
from ucf_ui.views.map import words as map_words
from ucf_ui.widgets import inputs

page.guard()
view, user = sidebar.user_view()
ratings, explorer = view.ratings, view.explorer

METHODS: dict[Method, str] = {"pca": "PCA", "umap": "UMAP"}
CHART, DRAWN, TO_DRAW, MOVED = "user-map", "_map_drawn", "_map_to_draw", "_map_moved"
KEPT, KEPT_OWN = "Neighbours kept", "Neighbours kept, this user"
# what a whole run of the page does when the crowd is drawn
AFTERWARDS: list[Callable[[], None]] = []


def choose_map() -> tuple[Method, str]:
    """How the map is made, and what its colours are."""
    with st.container(horizontal=True, gap="medium"):
        method = inputs.segments(
            "Projection",
            METHODS,
            key="map",
            help="PCA keeps the two directions in which users differ the most, and is there at once. UMAP puts users "
            "together who are neighbours in the embedding: better for who is near whom, but distances across the map "
            "mean little. It takes minutes for a large dataset, once.",
        )
        by = inputs.segments(
            "Colour by",
            map_data.COLOURS,
            key="colour",
            help="Density: how many users are in each place. The others colour users by how much they rated, by the "
            "mean of their ratings, by the genre of which they rated the most films, or by their similarity to the "
            "chosen user.",
        )
    return method, by


@fragment
def show_neighbours() -> None:
    """k, dim and ef, with what they change on the map; the crowd itself is drawn apart from this."""
    asked = query_controls(explorer)
    query = ready_query.settled(explorer, asked)
    base = query
    if query.space == "raw":
        st.caption(map_words.RAW)
        base = ready_query.settled(explorer, map_words.embedding_of(query))
    known = map_work.settled(explorer, base, method)
    shown = map_data.drawn(explorer, base, known)
    if st.session_state.get(DRAWN, shown.name) != shown.name:
        st.rerun()  # all of it: another dim or weighting has another crowd
    st.session_state[TO_DRAW] = shown
    marks = map_data.marks(explorer, user, query)
    _say_how_honest(shown, query, known)
    map_marks("map-marks", CHART, map_marked.groups(ratings, shown, marks, coloured=by != "density"), _go_to)
    if st.session_state.pop(MOVED, False):
        st.rerun()  # all of it: the sidebar is not part of the fragment


def _say_how_honest(shown: map_data.Drawn, query: QuerySpec, known: Method) -> None:
    with st.container(horizontal=True):
        if known == "pca":
            st.metric(
                "Variance shown",
                map_data.shown_share(shown),
                border=True,
                height="stretch",
                help="Share of the variance of all users' unit vectors that these two directions show. The rest is "
                "differences that a flat map cannot show.",
            )
        everybody, own = st.empty(), st.empty()
    st.caption(map_words.reading(known))
    fill = partial(_show_kept, everybody, own, shown, query)
    if DRAWN in st.session_state or map_data.is_judged(shown):
        fill()
    else:
        # the crowd is what somebody came for, and is there sooner than it can be judged
        for place, label in ((everybody, KEPT), (own, KEPT_OWN)):
            place.metric(label, "…", border=True, height="stretch")
        AFTERWARDS.append(fill)


def _show_kept(everybody: DeltaGenerator, own: DeltaGenerator, shown: map_data.Drawn, query: QuerySpec) -> None:
    trust = map_data.trust(explorer, shown)
    if trust is None:
        everybody.empty()
        own.empty()
        return
    kept = map_words.kept(trust, query.k)
    everybody.metric(
        KEPT,
        kept.everybody,
        f"by chance {kept.by_chance}",
        delta_color="off",
        delta_arrow="off",
        border=True,
        height="stretch",
        help=f"How honest the map is: of the {kept.k} users nearest in the embedding, the share who are also "
        f"among the {kept.k} nearest on the map. Mean over {text.counted(trust.users.size, 'user')} drawn at "
        "random with a fixed seed, by exact search.",
    )
    own.metric(
        KEPT_OWN,
        text.share(map_data.kept_of(explorer, shown, user, kept.k)),
        border=True,
        height="stretch",
        help=f"The same for the chosen user: the share of the {kept.k} nearest in the embedding who are among "
        f"the {kept.k} nearest on the map.",
    )


def _go_to(row: int) -> None:
    """Make the user of a clicked mark or point the user of all pages."""
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
        crowd_map(
            shown.crowd,
            shown.points,
            map_data.colouring(explorer, shown, by, user),
            map_data.axes(shown),
        ),
        height="stretch",
        key=CHART,
        alt="Map of all users: the density of the crowd or what its users are like, with some users as points",
    )
    st.caption(map_data.crowd_in_words(shown, ratings.n_users))
    st.session_state[DRAWN] = shown.name
for fill in AFTERWARDS:
    fill()
