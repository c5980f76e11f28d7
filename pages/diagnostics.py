"""Hubness, similarities, recall by profile size and popularity bias: what averages over users hide."""

import streamlit as st

from ucf_core.base.specs import changed
from ucf_core.studies.diagnosis.diagnosis import Diagnosis
from ucf_core.studies.diagnosis.hubness import occurrence_bins
from ucf_core.studies.diagnosis.popularity_groups import popularity_groups
from ucf_ui.base import as_python, pages, text
from ucf_ui.base.fragment import fragment
from ucf_ui.base.widgets import copy_as_python
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
from ucf_ui.views.diagnostics import jobs as diagnostics_work
from ucf_ui.views.diagnostics import tables as diagnostics_tables
from ucf_ui.views.diagnostics import words

page.guard()
view = sidebar.view()
ratings, explorer = view.ratings, view.explorer
row = None if view.user is None else ratings.users.row(view.user)


@fragment
def show_diagnostics() -> None:
    """The settings, and everything that is to say of the neighbours and lists that they make."""
    query = query_controls(explorer)
    sample = diagnostics_work.sample_control(ratings.n_users)
    diagnosis = diagnostics_work.of_neighbours(explorer, query, sample)
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
    st.subheader("Hubs: users in very many neighbour lists", anchor=False)
    occurrences, by_chance = diagnosis.hubness.occurrences, diagnosis.by_chance
    top = int(occurrences.max())
    alone = diagnosis.hubness.anti_hub_share
    with st.container(horizontal=True):
        st.metric(
            "Skewness",
            f"{diagnosis.skewness:.2f}",
            f"by chance {by_chance.skewness:.2f}",
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help="How lopsided the bars below are. 0 is even; above 1 some users stand in far more lists than most "
            "(Radovanovic, Nanopoulos and Ivanovic 2010).",
        )
        st.metric(
            "Most listed user",
            f"in {text.counted(top, 'list')}",
            f"of {text.count(diagnosis.n_lists)}: {text.share(top / diagnosis.n_lists)}",
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help="The greatest hub: how many users have this one user among their neighbours.",
        )
        st.metric(
            "In no list",
            text.counted(round(alone * ratings.n_users), "user"),
            f"{100 * alone:.1f} %, by chance {100 * by_chance.anti_hub_share:.1f} %",
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help="Anti-hubs: users whose ratings help no other user. Chance means lists drawn at random.",
        )
    st.caption(f"{words.hubness(diagnosis)} {words.lists_counted(diagnosis)}")
    left, right = st.columns([7, 5], gap="medium")
    left.plotly_chart(
        occurrence_bars(occurrence_bins(occurrences, by_chance), None if row is None else int(occurrences[row])),
        alt="Bar chart of users by the number of neighbour lists that they stand in, beside chance",
        key="occurrences",
    )
    with right:
        diagnostics_tables.show_hubs(diagnosis, ratings, (view.dataset, diagnosis.query, diagnosis.n_lists))
        if view.user is None:
            st.caption("Click a row to make that hub the user of all pages.")
        else:
            st.caption(
                f"Click a row to make that hub the user of all pages. The user now, {text.plain(str(view.user))}, "
                f"stands in {text.counted(int(occurrences[row]), 'list')}."
            )
            st.page_link(pages.NEIGHBOURS.path, label="See this user's neighbours", icon=":material/arrow_forward:")


def _show_similarities(diagnosis: Diagnosis) -> None:
    st.subheader("Similarities against random pairs", anchor=False)
    st.plotly_chart(
        similarity_histograms(diagnosis.similarity),
        alt="Two histograms: similarities of users and their neighbours, and of random pairs",
        key="similarities",
    )
    st.caption(
        f"Separation **{text.share(diagnosis.similarity.separation)}**: so often a neighbour pair is more similar than "
        f"a random one (50 % would be no difference). {words.separation(diagnosis)} "
        f"{text.counted(diagnosis.similarity.neighbours.size, 'neighbour pair')}, "
        f"{text.counted(diagnosis.similarity.random.size, 'random pair')}."
    )


def _show_recall(diagnosis: Diagnosis) -> None:
    st.subheader("Index recall by profile size", anchor=False)
    if diagnosis.recall is None:
        st.info(
            "Exact search finds every neighbour. To judge the index, choose SVD embedding and HNSW index "
            "under Advanced."
        )
        return
    st.plotly_chart(
        recall_by_profile(diagnosis.recall_by_profile),
        alt="Index recall by number of ratings, with 95 % intervals and users in each group",
        key="recall-by-profile",
    )
    fell_back = " The graph gave some users too few, so exact search answered for them."
    st.caption(
        f"On average **{text.share(diagnosis.recall.recall_by_id)}** of the exact {diagnosis.query.k} neighbours of "
        f"{text.counted(diagnosis.users.size, 'user')} were found. Bars are 95 % intervals over the users of a group; "
        "there is none where all have the same recall." + (fell_back if diagnosis.engine == "exact" else "")
    )


def _show_popularity(diagnosis: Diagnosis, sample: int | None) -> None:
    st.subheader("Popularity: what the lists make of it", anchor=False)
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        ranking = ranking_rule("Order lists by", "ranking")
    with right:
        n = list_length(explorer)
    scoring = changed(settings.present(explorer)[1], {"ranking": ranking, "neighbourhood": "global"})
    made = diagnostics_work.of_lists(explorer, diagnosis, sample, scoring, n)
    if made is None:
        return
    bias, listed = made.bias, int(made.bias.measured.sum())
    if not listed:
        st.info("No film is left to recommend to anybody, so there are no lists to judge. Raise k.")
        return
    with st.container(horizontal=True):
        st.metric(
            "Popularity of lists",
            words.times(bias.gap_difference),
            f"{text.share(bias.list_gap)} of users against {text.share(bias.profile_gap)}",
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help="Mean popularity of films recommended over that of films rated. A film's popularity is the share of "
            "all users who rated it. 1 gives users films as popular as those they chose themselves "
            "(Abdollahpouri and others 2019).",
        )
        st.metric(
            "Catalogue used",
            text.share(made.use.item_coverage),
            f"of {text.counted(ratings.n_items, 'film')}",
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help="Share of all films that stand in at least one of the lists.",
        )
        st.metric(
            "Gini index of films",
            f"{made.use.gini:.3f}",
            "1 is always the same few",
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            help="How unequally often films are recommended: 0 where all are equally often, near 1 where a few are "
            "in all lists.",
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
        f"Lists of {n} films for {text.counted(listed, 'user')}; users above the dashed line are given films "
        "better known than those they rated. Support, shrinkage and weights are as set on the Recommendations page."
    )
    copy_as_python(as_python.diagnosis(view.dataset, diagnosis.query, sample, scoring, n))


page.header(pages.DIAGNOSTICS)
show_diagnostics()
