"""Titles, scores, and the evidence behind each."""

from collections import Counter

import streamlit as st

from ucf_core.ids import RawId
from ucf_core.ranking import RULES
from ucf_core.recommendation import Recommendations
from ucf_core.specs import RANKINGS, changed
from ucf_ui import controls, evidence, figures, jobs, page, selection, state, tables
from ucf_ui.figures.weights import weight_bars

page.guard()
view, user = state.user_view()
ratings, explorer = view.ratings, view.explorer


@page.fragment
def show_recommendations() -> None:
    """Settings, list, evidence, and a second rule beside the first."""
    query = jobs.settled(explorer, controls.query_controls(explorer))
    left, middle, right = st.columns(3, gap="medium", vertical_alignment="bottom")
    with left:
        ranking = controls.ranking_rule("Order by", "ranking") or RANKINGS[0]
    with middle:
        other = controls.ranking_rule("Compare with", "against", optional=True)
    with right:
        n = controls.list_length(ratings.n_items)
    with st.expander("More settings: predicted rating, support, weights of neighbours", icon=":material/tune:"):
        scoring = controls.scoring_options(ranking, beside=other)
    made = explorer.recommend(user, query, scoring, n=n)
    if not made.items.size:
        st.info(
            "No film is left to recommend: the neighbours rated nothing that this user has not rated, or too few of "
            "them did. Raise k or lower the minimum support.",
            icon=":material/movie_off:",
        )
        return
    if other is None or other == ranking:
        _show_list(made, (view.dataset, user, query, scoring, n))
    else:
        _show_both(made, explorer.recommend(user, query, changed(scoring, {"ranking": other}), n=n))


def _show_list(made: Recommendations, about: tuple[object, ...]) -> None:
    rule = RULES[made.scoring.ranking]
    st.caption(f"{rule.explanation} Score: {state.plain(rule.formula)}.")
    frame, looks = tables.recommendation_table(made, f"{rule.formula}, in {rule.unit}")
    ids = made.item_ids.tolist()
    list_area = st.container()
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        labels = _labels(made)
        film = selection.choice(
            "Why this film?",
            ids,
            key="film",
            help="Pick one here or click a row of the table, and see which neighbours rated it, and how.",
            format_func=lambda raw: labels.get(raw, str(raw)),
        )
    with list_area:
        height = min(38 + 35 * len(frame), 600)
        selection.table(
            frame, looks, ids=ids, key="film", about=about, height=height, alt="Recommended films, best first"
        )
    right.download_button(
        "Download as CSV",
        lambda: tables.as_csv(frame),
        file_name=f"recommendations-for-{user}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
    if film is None:
        st.caption("Select a film in the table to see which neighbours rated it, how, and how similar they are.")
    else:
        _show_evidence(made, ids.index(film))


def _labels(made: Recommendations) -> dict[RawId, str]:
    """A label for each film of the list, by raw id: title and year, and the id where that is not enough."""
    years = [ratings.catalogue.year(row) for row in made.items.tolist()]
    labels = [f"{title} ({year})" if year else title for title, year in zip(made.titles, years, strict=True)]
    often = Counter(labels)
    ids = made.item_ids.tolist()
    return {raw: label if often[label] == 1 else f"{label}, id {raw}" for raw, label in zip(ids, labels, strict=True)}


def _show_evidence(made: Recommendations, place: int) -> None:
    raters = made.evidence[place]
    names = [str(raw) for raw in ratings.users.ids[raters.users].tolist()]
    st.subheader(state.plain(made.titles[place]), anchor=False)
    st.caption(evidence.in_words(made, place))
    left, right = st.columns([7, 4], gap="medium")
    if made.scoring.ranking == "learned":
        left.plotly_chart(
            weight_bars(raters, names), alt="What each neighbour weighs in the score, largest first", key="evidence"
        )
    else:
        left.plotly_chart(
            figures.evidence_bars(raters, names), alt="What each neighbour gave the film, by similarity", key="evidence"
        )
    frame, looks = evidence.table(made, place)
    right.dataframe(frame, column_config=looks, hide_index=True, height=320, alt="Neighbours who rated the film")


def _show_both(first: Recommendations, second: Recommendations) -> None:
    st.caption(
        "The same neighbours under two rules. Other rank: the place in the other list, empty where it is not there."
    )
    for column, made, beside in zip(st.columns(2, gap="medium"), (first, second), (second, first), strict=True):
        rule = RULES[made.scoring.ranking]
        with column:
            st.subheader(rule.title, anchor=False)
            st.caption(rule.explanation)
            frame, looks = tables.ranking_table(made, beside)
            st.dataframe(
                frame,
                column_config=looks,
                hide_index=True,
                height=min(38 + 35 * len(frame), 600),
                placeholder="",
                alt=f"Films by {rule.title}",
            )


page.header(
    page.RECOMMENDATIONS,
    f"What the neighbours suggest to user {state.plain(str(user))}, who has not rated these films.",
)
show_recommendations()
