"""The Your taste page: rate films or upload an export, and get neighbours and recommendations at once."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ucf_core.neighbours.neighbours import Neighbours, shared_items
from ucf_core.neighbours.recall import overlap
from ucf_core.ratings.guest import Guest
from ucf_core.ratings.ids import RawId
from ucf_core.recommendations.recommendation import Recommendations
from ucf_core.recommendations.rules import RULES
from ucf_ui.base import as_python, pages, text
from ucf_ui.base.faults import errors_shown, safely
from ucf_ui.base.fragment import fragment
from ucf_ui.base.widgets import copy_as_python
from ucf_ui.figures.films import evidence_bars, weight_bars
from ucf_ui.session import ready_query, sidebar
from ucf_ui.settings.query_controls import query_controls
from ucf_ui.settings.scoring_controls import list_controls
from ucf_ui.shell import page
from ucf_ui.views.recommendations import evidence
from ucf_ui.views.taste import profile as taste_profile
from ucf_ui.views.taste import profile_panel, search, stars, upload
from ucf_ui.views.taste import tables as taste_tables
from ucf_ui.views.tour import tour
from ucf_ui.widgets import selection, tables

page.guard()
view = sidebar.view()
ratings, explorer = view.ratings, view.explorer
HEIGHT = 387


def show_results(guest: Guest, rated: dict[RawId, float], beside_stars: DeltaGenerator) -> None:
    """Draw the first films and users in `beside_stars`, and below them settings, neighbours and recommendations."""
    query = ready_query.prepare(explorer, query_controls(explorer))
    listed = list_controls(explorer)
    scoring, n = listed.scoring, listed.n
    found = explorer.neighbours(guest, query)
    made = explorer.recommend(guest, query, scoring, n=n)
    if not (found.similarities > 0).any():
        beside_stars.info(
            "No user is similar to you yet: no similarity is above 0. Rate more films, including well-known ones, or "
            "choose ratings as given under Advanced.",
            icon=":material/person_search:",
        )
        return
    with beside_stars.container(border=True):
        _show_answer(found, made)
    left, right = st.columns([5, 7], gap="medium")
    with left:
        st.subheader("Your neighbours", anchor=False)
        status = st.empty()
        _show_neighbours(found)
    with right:
        _show_recommendations(made)
    # last, because exact search takes longer than all the rest
    exact = found if found.engine == "exact" else explorer.neighbours(guest, query, engine="exact")
    nearest = text.counted(found.k, "user")
    status.caption(
        f"HNSW found {round(found.k * overlap(found.rows, exact.rows))} of the {nearest} most similar to you."
        if found.engine == "hnsw"
        else f"The {nearest} most similar to you, by exact search."
    )
    copy_as_python(as_python.guest(view.dataset, rated, query, scoring, n))


def _show_answer(found: Neighbours, made: Recommendations) -> None:
    films = [text.plain(stars.label(ratings, raw)) for raw in made.item_ids[:5].tolist()]
    nearest = zip(found.users[:3].tolist(), found.similarities[:3].tolist(), strict=True)
    users = ", ".join(f"{text.plain(str(raw))} ({similarity:.2f})" for raw, similarity in nearest)
    st.markdown(
        f"**First for you:** {'; '.join(films) or 'no film left to recommend'}.  \n**Nearest users, by similarity:** "
        f"{users}."
    )


def _show_neighbours(found: Neighbours) -> None:
    ids = found.users.tolist()
    area = st.container()
    chosen = selection.choice(
        "Inspect a neighbour",
        ids,
        key="taste-neighbour",
        help="Pick one here, or click a row of the table, to see the films that both of you rated.",
        linked=False,
    )
    with area:
        selection.table(
            tables.neighbour_table(found),
            ids=ids,
            key="taste-neighbour",
            about=(view.dataset,),
            height=HEIGHT,
            alt="Your neighbours, nearest first",
        )
    if chosen is None:
        return
    both = shared_items(found.own, ratings.row_of(ratings.users.row(chosen)))
    if both.items.size:
        amount, difference = text.counted(both.items.size, "film"), both.mean_absolute_difference
        st.caption(f"{amount} that both of you rated, {difference:.2f} stars apart on average.")
        tables.show(tables.shared_table(both, ratings, "You", f"User {chosen}"), height=320, alt="Films both rated")
    else:
        st.caption("You two have no rated film in common; you are similar only through the ratings of other users.")
    if st.button(
        f"Go to user {text.plain(str(chosen))}",
        key="taste-go",
        icon=":material/arrow_forward:",
        on_click=safely(sidebar.go_to_user, chosen, ratings),
        help="Open the Neighbours page for this user. Your ratings stay here.",
    ):
        # without `query_params` it fails if a widget is bound to the address
        st.switch_page(pages.NEIGHBOURS.path, query_params={})


def _show_recommendations(made: Recommendations) -> None:
    rule = RULES[made.scoring.ranking]
    st.subheader("Recommended to you", anchor=False)
    if not made.items.size:
        st.info(evidence.no_film("Your neighbours", "you have"), icon=":material/movie_off:")
        return
    st.caption(evidence.of_rule(made))
    ids = made.item_ids.tolist()
    area = st.container()
    film = selection.choice(
        "Why this film?",
        ids,
        key="taste-why",
        help="Pick one here, or click a row of the table, to see which neighbours rated it, and how.",
        format_func=lambda raw: stars.label(ratings, raw),
        linked=False,
    )
    with area:
        selection.table(
            taste_tables.recommendations(made, f"{rule.formula}, in {rule.unit}"),
            ids=ids,
            key="taste-why",
            about=(view.dataset,),
            height=HEIGHT,
            alt="Films recommended to you, best first",
        )
    if film is not None:
        _show_evidence(made, ids.index(film))


def _show_evidence(made: Recommendations, place: int) -> None:
    raters = made.evidence[place]
    names = [str(raw) for raw in ratings.users.ids[raters.users].tolist()]
    genres = ratings.catalogue.genres[made.items[place]]
    st.caption(
        (f"{text.plain(text.listed(genres, most=len(genres)))}. " if genres else "")
        + f"{text.counted(len(names), 'neighbour')} rated it, {raters.ratings.mean():.2f} stars on average. Predicted "
        f"for you: {made.predicted_ratings[place]:.2f} stars."
    )
    if RULES[made.scoring.ranking].learned:
        chart, alt = weight_bars(raters, names), "Weight of each neighbour in the score, largest first"
    else:
        chart, alt = evidence_bars(raters, names), "Rating of each neighbour, by similarity"
    st.plotly_chart(chart, alt=alt, key="evidence")


def show_profile(guest: Guest) -> None:
    """Draw a summary of the ratings."""
    profile = explorer.profile(guest)
    st.caption(
        f"You gave {text.counted(profile.count, 'rating')}, {profile.mean:.2f} stars on average; all users give "
        f"{ratings.mean:.2f}. Most of your films are in: {text.listed([genre.genre for genre in profile.genres])}."
    )


@fragment
def show() -> None:
    """Draw everything below the title; as a fragment, because a rating then needs no run of the sidebar."""
    taste_profile.settle()
    left, right = st.columns([7, 5], gap="medium")
    below = st.container()
    rated = taste_profile.rated(ratings)
    guest = Guest.of(ratings, rated) if rated else None
    # results come first, and the many films to start with last
    with right:
        answer, own = st.container(key="taste-answer"), st.container()
    with below, errors_shown("results"):
        if guest is not None:
            show_results(guest, rated, answer)
    with own:
        profile_panel.panel(ratings)
        if guest is not None:
            show_profile(guest)
    with left:
        found_films, known_films = st.container(), st.container()
        sources = text.either(upload.service_names())
        with st.expander(f"Upload ratings from {sources}", icon=":material/upload_file:"):
            upload.panel(ratings)
        with known_films:
            search.starters(explorer)
        with found_films:
            search.panel(explorer)


page.header(pages.YOUR_TASTE)
tour.on_the_way(pages.YOUR_TASTE)
st.caption(
    ":material/lock: What you rate or upload stays in the memory of this session: it is not written to disk, cached, "
    "or put into the address. Download it to keep it."
)
show()
