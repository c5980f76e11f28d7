"""The Diagnostics page: hubness, similarities, recall by number of ratings, and popularity bias."""

import streamlit as st

from ucf_core.base.specs import changed
from ucf_core.studies.diagnosis.diagnosis import Diagnosis
from ucf_core.studies.diagnosis.groups import popularity_groups
from ucf_core.studies.diagnosis.hubness import occurrence_bins
from ucf_ui.base import as_python, pages, text
from ucf_ui.base.fragment import fragment
from ucf_ui.base.widgets import copy_as_python, tile
from ucf_ui.figures.diagnostics import (
    occurrence_bars,
    popularity_bars,
    popularity_scatter,
    recall_by_profile,
    similarity_histograms,
)
from ucf_ui.session import sidebar
from ucf_ui.settings import settings
from ucf_ui.settings.query_controls import query_controls
from ucf_ui.settings.scoring_controls import list_length, ranking_rule
from ucf_ui.shell import page
from ucf_ui.views.diagnostics import jobs, tables, words

page.guard()
view = sidebar.view()
ratings, explorer = view.ratings, view.explorer
row = None if view.user is None else ratings.users.row(view.user)


@fragment
def show_diagnostics() -> None:
    """Draw the controls, and what is known about the neighbours and lists of these settings."""
    query = query_controls(explorer)
    sample = jobs.sample_control(ratings.n_users)
    diagnosis = jobs.of_neighbours(explorer, query, sample)
    if diagnosis is None:
        return
    _show_hubs(diagnosis)
    left, right = st.columns(2, gap="medium")
    with left:
        _show_similarities(diagnosis)
    with right:
        _show_recall(diagnosis)
    _show_popularity(diagnosis, sample)


def _show_hubs(diagnosis: Diagnosis) -> None:
    st.subheader("Hubs: users in many neighbour lists", anchor=False)
    occurrences, by_chance = diagnosis.hubness.occurrences, diagnosis.by_chance
    top = int(occurrences.max())
    alone = diagnosis.hubness.anti_hub_share
    with st.container(horizontal=True):
        tile(
            "Skewness",
            f"{diagnosis.skewness:.2f}",
            f"by chance {by_chance.skewness:.2f}",
            help="How lopsided the bars below are. 0 is even; above 1, some users are in far more lists than most "
            "(Radovanovic, Nanopoulos and Ivanovic 2010).",
        )
        tile(
            "Most listed user",
            f"in {text.counted(top, 'list')}",
            f"of {text.count(diagnosis.n_lists)}: {text.share(top / diagnosis.n_lists)}",
            help="The largest hub: how many users have this user as a neighbour.",
        )
        tile(
            "In no list",
            text.counted(round(alone * ratings.n_users), "user"),
            f"{100 * alone:.1f} %, by chance {100 * by_chance.anti_hub_share:.1f} %",
            help="Anti-hubs: users whose ratings help no other user. Chance means lists drawn at random.",
        )
    st.caption(f"{words.hubness(diagnosis)} {words.lists_counted(diagnosis)}")
    left, right = st.columns([7, 5], gap="medium")
    left.plotly_chart(
        occurrence_bars(occurrence_bins(occurrences, by_chance), None if row is None else int(occurrences[row])),
        alt="Bar chart of users by how many neighbour lists include them, beside chance",
        key="occurrences",
    )
    with right:
        tables.show_hubs(diagnosis, ratings, (view.dataset, diagnosis.query, diagnosis.n_lists))
        if view.user is None:
            st.caption("Click a row to choose that user on all pages.")
        else:
            st.caption(
                f"Click a row to choose that user on all pages. The chosen user, {text.plain(str(view.user))}, "
                f"is in {text.counted(int(occurrences[row]), 'list')}."
            )
            st.page_link(pages.NEIGHBOURS.path, label="See this user's neighbours", icon=":material/arrow_forward:")


def _show_similarities(diagnosis: Diagnosis) -> None:
    st.subheader("Similarity of neighbours", anchor=False)
    st.plotly_chart(
        similarity_histograms(diagnosis.similarity),
        alt="Two histograms: similarities of users and their neighbours, and of random pairs",
        key="similarities",
    )
    st.caption(
        f"Separation **{text.share(diagnosis.similarity.separation)}**: the share of comparisons in which a neighbour "
        f"pair is more similar than a random pair (50 %: no difference). {words.separation(diagnosis)} "
        f"{text.counted(diagnosis.similarity.neighbours.size, 'neighbour pair')}, "
        f"{text.counted(diagnosis.similarity.random.size, 'random pair')}."
    )


def _show_recall(diagnosis: Diagnosis) -> None:
    st.subheader("Index recall by number of ratings", anchor=False)
    if diagnosis.recall is None:
        st.info(
            "Exact search finds every neighbour. To measure an index, choose SVD embedding and HNSW index "
            "under Advanced."
        )
        return
    st.plotly_chart(
        recall_by_profile(diagnosis.recall_by_profile),
        alt="Index recall by number of ratings, with 95 % intervals and users in each group",
        key="recall-by-profile",
    )
    fell_back = " For some users the graph found fewer than k neighbours, so exact search answered."
    st.caption(
        f"On average, **{text.share(diagnosis.recall.recall_by_id)}** of the exact {diagnosis.query.k} neighbours of "
        f"{text.counted(diagnosis.users.size, 'user')} were found. Bars are 95 % intervals over the users of a group; "
        "a group whose users all have the same recall has none." + (fell_back if diagnosis.engine == "exact" else "")
    )


def _show_popularity(diagnosis: Diagnosis, sample: int | None) -> None:
    st.subheader("Popularity bias", anchor=False)
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        ranking = ranking_rule("Order lists by", "ranking")
    with right:
        n = list_length(explorer)
    scoring = changed(settings.present(explorer)[1], {"ranking": ranking, "neighbourhood": "global"})
    made = jobs.of_lists(explorer, diagnosis, sample, scoring, n)
    if made is None:
        return
    bias, listed = made.bias, int(made.bias.measured.sum())
    if not listed:
        st.info("No user has a film left to recommend, so there are no lists to measure. Raise k.")
        return
    with st.container(horizontal=True):
        tile(
            "Popularity of lists",
            words.times(bias.gap_difference),
            f"recommended {text.share(bias.list_gap)}, rated {text.share(bias.profile_gap)}",
            help="Mean popularity of recommended films, divided by that of rated films. A film's popularity is the "
            "share of all users who rated it. At 1, recommended films are as popular as those users chose "
            "themselves (Abdollahpouri and others 2019).",
        )
        tile(
            "Catalogue used",
            text.share(made.use.item_coverage),
            f"of {text.counted(ratings.n_items, 'film')}",
            help="Share of all films that are in at least one list.",
        )
        tile(
            "Gini index of films",
            f"{made.use.gini:.3f}",
            "1: always the same few films",
            help="How unevenly films are recommended: 0 if all are equally often, near 1 if a few are in all lists.",
        )
    left, right = st.columns(2, gap="medium")
    here = None if row is None else diagnosis.place(row)
    left.plotly_chart(
        popularity_scatter(bias, here),
        alt="Scatter chart of users: popularity of films recommended against films rated",
        key="popularity",
    )
    right.plotly_chart(
        popularity_bars(popularity_groups(bias)),
        alt="Popularity of films rated and recommended, for users from the rarest taste to the most popular",
        key="popularity-groups",
    )
    st.caption(
        f"Lists of {n} films for {text.counted(listed, 'user')}; users above the dashed line get films more "
        "popular than those they rated. Support, shrinkage and weights are as set on the Recommendations page."
    )
    copy_as_python(as_python.diagnosis(view.dataset, diagnosis.query, sample, scoring, n))


page.header(pages.DIAGNOSTICS)
show_diagnostics()
