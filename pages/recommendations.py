"""Titles, scores, and the evidence behind each."""

from collections import Counter

import streamlit as st

from ucf_core.base.specs import QuerySpec, changed
from ucf_core.ratings.ids import RawId
from ucf_core.recommendations.recommendation import Recommendations
from ucf_core.recommendations.rules import RULES
from ucf_core.recommendations.what_if import Explanation, Standing
from ucf_ui.base import as_python, pages
from ucf_ui.base.fragment import fragment
from ucf_ui.base.text import plain
from ucf_ui.base.widgets import copy_as_python
from ucf_ui.figures.sums import sum_bars
from ucf_ui.session import ready_query, sidebar
from ucf_ui.settings.query_controls import query_controls
from ucf_ui.settings.scoring_controls import list_controls, ranking_rule
from ucf_ui.shell import page
from ucf_ui.views.recommendations import evidence, what_if
from ucf_ui.views.tour import tour
from ucf_ui.widgets import inputs, selection, tables

page.guard()
view, user = sidebar.user_view()
ratings, explorer = view.ratings, view.explorer


@fragment
def show_recommendations() -> None:
    """Settings, list, evidence, and a second rule beside the first."""
    query = ready_query.prepare(explorer, query_controls(explorer))
    listed = list_controls(explorer, beside=True)
    scoring, n, other = listed.scoring, listed.n, listed.other
    made = explorer.recommend(user, query, scoring, n=n)
    if not made.items.size:
        st.info(
            "No film is left to recommend: the neighbours rated nothing that this user has not rated, or too few of "
            "them did, or those who did weigh nothing. Raise k, or lower the minimum support or the significance.",
            icon=":material/movie_off:",
        )
        return
    beside, asked = None if other == scoring.ranking else other, None
    if other == scoring.ranking:
        st.caption("The list is ordered by that rule already: compare it with another one.")
    if beside is None:
        asked = _show_list(made, query)
    else:
        _show_both(made, explorer.recommend(user, query, changed(scoring, {"ranking": beside}), n=n))
    copy_as_python(as_python.recommendations(view.dataset, user, query, scoring, n, asked=asked, beside=beside))


def _show_list(made: Recommendations, query: QuerySpec) -> as_python.AskedFilm | None:
    """The list, and the film that is looked at more closely."""
    rule = RULES[made.scoring.ranking]
    st.caption(f"{evidence.of_rule(made)} Score: {plain(rule.formula)}.")
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
            help="Pick one here or click a row of the table, and see what its score is made of.",
            format_func=lambda raw: labels.get(raw, str(raw)),
        )
    with list_area:
        height = min(38 + 35 * len(frame), 600)
        selection.table(
            frame,
            looks,
            ids=ids,
            key="film",
            about=(view.dataset, user),
            height=height,
            alt="Recommended films, best first",
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
        st.caption("Select a film in the table to see what its score is made of, and what would change it.")
        return None
    return _show_evidence(made, ids.index(film), explorer.explain(user, film, query, made.scoring))


def _labels(made: Recommendations) -> dict[RawId, str]:
    """A label for each film of the list, by raw id: title and year, and the id where that is not enough."""
    years = [ratings.catalogue.year(row) for row in made.items.tolist()]
    labels = [f"{title} ({year})" if year else title for title, year in zip(made.titles, years, strict=True)]
    often = Counter(labels)
    ids = made.item_ids.tolist()
    return {raw: label if often[label] == 1 else f"{label}, id {raw}" for raw, label in zip(ids, labels, strict=True)}


def _show_evidence(made: Recommendations, place: int, explanation: Explanation) -> as_python.AskedFilm:
    names = [str(raw) for raw in ratings.users.ids[explanation.evidence.users].tolist()]
    st.subheader(plain(made.titles[place]), anchor=False)
    st.caption(evidence.in_words(made, place))
    what = inputs.segments(
        "Add up",
        {"score": "Score", "predicted": "Predicted rating"},
        key="sum",
        help="Which number to take apart: the score that orders the list, or the rating that this user is predicted "
        "to give.",
    )
    rule = RULES[made.scoring.ranking]
    sums, unit = (explanation.score, rule.unit) if what == "score" else (explanation.predicted, "stars")
    left, right = st.columns([7, 5], gap="medium")
    left.plotly_chart(
        sum_bars(
            sums,
            explanation.evidence,
            names,
            title="Parts of the score" if what == "score" else "Parts of the predicted rating",
            unit=unit[0].upper() + unit[1:],
        ),
        alt="What each neighbour adds, part by part, up to the number itself",
        key="evidence",
    )
    by_neighbour = right.container()
    st.markdown("**What if?**")
    asked = _asked_otherwise(explanation, made.item_ids.tolist()[place])
    standing = explanation.what_if(
        without=None if asked.without is None else ratings.users.row(asked.without),
        ranking=asked.ranking,
        min_support=asked.min_support,
    )
    frame, looks = evidence.table(made, place, sums)
    with by_neighbour:
        selection.table(
            frame,
            looks,
            ids=ratings.users.ids[explanation.evidence.users].tolist(),
            key="without",
            about=(view.dataset, user, made.item_ids[place], what),
            height=min(38 + 35 * max(len(frame), 2), 460),
            alt="Neighbours who rated the film, and what each adds",
        )
        st.caption("Select a neighbour to see the film's score without them.")
    _show_otherwise(explanation.standing, standing)
    st.markdown("**Under each rule**")
    frame, looks = what_if.rule_table(explanation)
    st.dataframe(
        frame,
        column_config=looks,
        hide_index=True,
        height="content",
        width=560,
        alt="Place of the film under each rule",
    )
    return asked


def _asked_otherwise(explanation: Explanation, film: RawId) -> as_python.AskedFilm:
    """The controls of what is to be different."""
    first, second, third = st.columns(3, gap="medium")
    with first:
        without = selection.choice(
            "Leave out neighbour",
            ratings.users.ids[explanation.evidence.users].tolist(),
            key="without",
            help="What if this one were no neighbour? They are not replaced, unless each film is judged by its own "
            "nearest raters. Learned weights are learned anew.",
        )
    with second:
        ranking = ranking_rule("Order by another rule", "if_ranking", optional=True)
    with third:
        support = selection.choice(
            "Ask for more support",
            list(range(1, 21)),
            key="if_support",
            help="What if so many neighbours must have rated a film for it to be recommended?",
        )
    return as_python.AskedFilm(film, without, ranking, None if support is None else int(support))


def _show_otherwise(old: Standing, new: Standing) -> None:
    if new == old:
        st.caption("Choose something above to see what the film's place, score and predicted rating would be.")
        return
    with st.container(horizontal=True):
        for label, now, then, explanation in (
            ("Rank", what_if.place(old), what_if.place(new), "Its place in the list."),
            ("Score", what_if.score(old), what_if.score(new), "In the unit of the rule."),
            (
                "Predicted rating",
                f"{old.predicted_rating:.2f}",
                f"{new.predicted_rating:.2f}",
                "What this user would give, in stars.",
            ),
            ("Support", str(old.support), str(new.support), "Neighbours who rated it."),
        ):
            st.metric(
                label,
                then,
                f"now {now}",
                delta_color="off",
                delta_arrow="off",
                border=True,
                height="stretch",
                help=explanation,
            )
    remark = what_if.remark(old, new)
    if remark:
        st.caption(remark)


def _show_both(first: Recommendations, second: Recommendations) -> None:
    st.caption(
        "The same neighbours under two rules. Other rank: the place in the other list, empty where it is not there. "
        "Clear Compare with to see why a film is listed."
    )
    # one explanation may take more lines than the other: the lists stand side by side all the same
    columns = st.columns(2, gap="medium", vertical_alignment="bottom")
    for column, made, beside in zip(columns, (first, second), (second, first), strict=True):
        rule = RULES[made.scoring.ranking]
        with column:
            st.subheader(rule.title, anchor=False)
            st.caption(evidence.of_rule(made))
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
    pages.RECOMMENDATIONS,
    f"What the neighbours suggest to user {plain(str(user))}, who has not rated these films.",
)
tour.on_the_way(pages.RECOMMENDATIONS)
show_recommendations()
