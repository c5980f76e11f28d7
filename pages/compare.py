"""The Compare page: two users side by side, or two settings for one user."""

import streamlit as st

from ucf_core.base.specs import QuerySpec
from ucf_core.neighbours.comparison import Accord, Nearness, compare_pair
from ucf_core.neighbours.neighbours import Neighbours
from ucf_core.ratings.ids import RawId
from ucf_core.recommendations.recommendation import Recommendations
from ucf_ui.base import as_python, pages, text
from ucf_ui.base.faults import safely
from ucf_ui.base.fragment import fragment
from ucf_ui.base.widgets import copy_as_python, tile
from ucf_ui.figures.compare import agreement_scatter, genre_pairs, rank_shifts
from ucf_ui.session import ready_query, sidebar
from ucf_ui.settings import settings
from ucf_ui.settings.query_controls import query_controls
from ucf_ui.settings.scoring_controls import ranking_rule
from ucf_ui.shell import page
from ucf_ui.views.compare import settings as compare_settings
from ucf_ui.views.compare import tables as compare_tables
from ucf_ui.views.compare import users as compare_users
from ucf_ui.widgets import inputs, tables

page.guard()
view, user = sidebar.user_view()
ratings, explorer = view.ratings, view.explorer
LISTED = 100


@fragment
def show_comparison() -> None:
    """Draw the choice of what to compare, the controls of the search, and the comparison."""
    if compare_users.was_swapped():
        st.rerun()
    what = inputs.segments(
        "Compare",
        {"users": "Two users", "settings": "Two settings"},
        key="compare",
        help="Two users with the present settings, or the present settings and other ones for this user.",
    )
    wanted = query_controls(explorer)
    query = ready_query.prepare(explorer, wanted)
    if what == "users":
        _show_users(query)
    else:
        _show_settings(wanted, query)


def _show_users(query: QuerySpec) -> None:
    found = explorer.neighbours(user, query)
    other = compare_users.picker(ratings, user, found.users.tolist()[0])
    if other is None:
        return
    pair = compare_pair(ratings, ratings.users.row(user), ratings.users.row(other))
    one, two = text.plain(str(user)), text.plain(str(other))
    st.subheader(f"User {one} and user {two}", anchor=False)
    _show_accord(pair.accord)
    _show_nearness(found, *explorer.nearness(user, other, query), other)
    left, right = st.columns(2, gap="medium")
    if pair.shared.items.size:
        left.plotly_chart(
            agreement_scatter(pair.shared, ratings, str(user), str(other)),
            alt="A point for each shared film, at the ratings of the two users",
            key="agreement",
        )
        left.caption(
            "On the dotted line, both gave the same rating. Overlapping points are spread out slightly; a number "
            "beside them counts 5 and more."
        )
    else:
        left.info("These two have no rated film in common, so nothing can be compared.", icon=":material/movie_off:")
    if pair.genres:
        right.plotly_chart(
            genre_pairs(pair.genres, str(user), str(other)),
            alt="Share of each user's films by genre",
            key="genre-pairs",
        )
        right.caption("A film may have several genres. Point at a bar for the mean rating.")
    else:
        right.info("This dataset has no genres to compare.", icon=":material/category:")
    st.markdown("**Loved by one, unrated by the other**")
    st.caption(f"Rated {pair.loved_from:g} stars or more by one user, not rated by the other; best first.")
    for column, unseen, lover in zip(st.columns(2, gap="medium"), pair.loved_by, (one, two), strict=True):
        with column:
            if not unseen.items.size:
                st.caption(f"User {lover} loved no film that the other has not rated.")
                continue
            st.caption(f"User {lover}: {text.counted(unseen.items.size, 'film')}")
            tables.show(compare_tables.unseen_table(unseen, ratings), height=300, alt=f"Loved by user {lover} alone")
    st.button(
        f"Swap: choose user {two}",
        icon=":material/swap_horiz:",
        on_click=safely(compare_users.swap, user, other, ratings),
        help="Choose this user on all pages, and compare with the present one.",
    )
    copy_as_python(as_python.two_users(view.dataset, user, other, query))


def _show_accord(accord: Accord) -> None:
    with st.container(horizontal=True):
        tile("Shared films", text.count(accord.shared), help="Films that both users rated.")
        tile(
            "Correlation",
            "none" if accord.pearson is None else f"{accord.pearson:+.2f}",
            help="Pearson correlation of their ratings on shared films: 1 if they rank films alike, 0 if unrelated, "
            "-1 if they rank them the opposite way. Not affected by one user rating lower overall. None if one "
            "of them gave all shared films the same rating.",
        )
        tile(
            "Mean difference",
            "none" if accord.mean_absolute_difference is None else f"{accord.mean_absolute_difference:.2f} stars",
            help="Mean absolute difference of the two ratings on shared films. Affected by one user rating lower "
            "overall.",
        )
        tile(
            "Within half a star",
            "none" if accord.within_half is None else text.share(accord.within_half),
            help="Share of the shared films with ratings at most half a star apart.",
        )
    if accord.shared < compare_users.TOO_FEW:
        st.caption(
            f":material/info: {text.counted(accord.shared, 'shared film')}: too few to tell agreement from chance. "
            f"The figures mean something from {compare_users.TOO_FEW} on."
        )


def _show_nearness(found: Neighbours, own: Nearness, others: Nearness, other: RawId) -> None:
    one, two = str(user), str(other)
    among = "among" if other in found.users.tolist() else "not among"
    with st.container(horizontal=True):
        tile(
            "Similarity",
            f"{own.similarity:.3f}",
            help="Cosine of the two users' vectors under the present settings, from -1 to 1.",
        )
        for label, near, of in ((f"Rank of {two}", own, one), (f"Rank of {one}", others, two)):
            tile(
                text.plain(label),
                text.count(near.place),
                help=f"Rank among the {near.others:,} users compared with user {text.plain(of)}: 1 is the nearest, by "
                "exact search.",
                beside=f"of {near.others:,} users",
            )
    place = "the nearest" if own.place == 1 else f"number {text.count(own.place)}"
    st.caption(
        f"For user {text.plain(one)}, user {text.plain(two)} is {place} of {own.others:,} users, and {among} the "
        f"{found.k} neighbours found."
    )


def _show_settings(wanted: QuerySpec, query: QuerySpec) -> None:
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        ranking_rule("Order by (A)", "ranking")
    _, scoring = settings.present(explorer)
    with right:
        beside = compare_settings.choose()
    chosen, other_scoring = compare_settings.side_b(beside, explorer, wanted, scoring)
    st.caption(f"**A**, the present settings: {compare_settings.sentence(wanted, scoring)}.")
    st.caption(f"**B**: {compare_settings.sentence(chosen, other_scoring)}.")
    st.button(
        "Use these settings (B)",
        icon=":material/check:",
        on_click=safely(settings.use, chosen, other_scoring),
        help="Use the settings of side B on every page. Both sides are then the same.",
    )
    if (wanted, scoring) == (chosen, other_scoring):
        st.info(
            "Both sides have the same settings. Choose another preset or your own values for side B.",
            icon=":material/drag_handle:",
        )
        return
    other_query = compare_settings.settled_b(explorer, chosen, a_is_ready=query == wanted)
    if other_query is None:
        st.info("The comparison appears when what side B needs is built.", icon=":material/hourglass_top:")
        return
    _show_neighbours(explorer.neighbours(user, query), explorer.neighbours(user, other_query))
    n = min(LISTED, ratings.n_items)
    _show_films(
        explorer.recommend(user, query, scoring, n=n), explorer.recommend(user, other_query, other_scoring, n=n)
    )
    sides = (query, scoring), (other_query, other_scoring)
    copy_as_python(as_python.two_settings(view.dataset, user, *sides, n))


def _show_neighbours(first: Neighbours, second: Neighbours) -> None:
    st.subheader("Neighbours", anchor=False)
    common = compare_tables.overlap(first.rows, second.rows, 10, first.k)
    with st.container(horizontal=True):
        tile(
            "In both",
            text.count(common.common),
            help="Neighbours on both sides.",
            beside=f"of {first.k:,} (A), {second.k:,} (B)",
        )
        _overlaps(common, "nearest neighbours")
    pairs = compare_tables.neighbour_pairs(first, second)
    tables.show(pairs, height=330, alt="Neighbours of either side, with ranks and similarities")


def _show_films(first: Recommendations, second: Recommendations) -> None:
    st.subheader("Recommendations", anchor=False)
    if not first.items.size and not second.items.size:
        st.info("Neither side has a film left to recommend. Raise k.", icon=":material/movie_off:")
        return
    n = int(
        inputs.segments(
            "Films to compare", {"10": "10", "20": "20"}, key="top", help="How many films from the top of each list."
        )
    )
    with st.container(horizontal=True):
        _overlaps(compare_tables.overlap(first.items, second.items, n, LISTED), "films")
    pair = compare_tables.film_pairs(first, second, n)
    titles = [ratings.title(row) for row in pair.rows.tolist()]
    st.plotly_chart(
        rank_shifts(pair, titles, n), alt="Ranks of the films with settings A and with settings B", key="shifts"
    )
    st.caption(
        f"Green lines rise from A to B, orange ones fall. Dotted blue ones are films in the first {n} of one side only."
    )
    films = compare_tables.film_table(pair, first, second)
    tables.show(films, height=600, alt="Films of either list, with their ranks")


def _overlaps(common: compare_tables.Overlap, what: str) -> None:
    for depth, share in common.at.items():
        tile(
            f"Overlap@{depth}",
            text.share(share),
            help=f"Share of the first {depth} {what} of side A that are among the first {depth} of side B.",
            beside=f"of the first {depth}",
        )


page.header(pages.COMPARE, f"User {text.plain(str(user))} beside another user, or with other settings.")
show_comparison()
