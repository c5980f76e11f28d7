"""The Recommendations page: films with scores, and the evidence behind each."""

from collections import Counter

import streamlit as st

from ucf_core.base.specs import QuerySpec, changed
from ucf_core.ratings.ids import RawId
from ucf_core.recommendations.recommendation import Recommendations
from ucf_core.recommendations.rules import RULES
from ucf_core.recommendations.what_if import Explanation, Standing
from ucf_ui.base import as_python, pages
from ucf_ui.base.fragment import fragment
from ucf_ui.base.text import plain, titled
from ucf_ui.base.widgets import copy_as_python, tile
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
    """Draw the controls, the list with the evidence of one film, or two lists side by side."""
    query = ready_query.prepare(explorer, query_controls(explorer))
    listed = list_controls(explorer, beside=True)
    scoring, n, other = listed.scoring, listed.n, listed.other
    made = explorer.recommend(user, query, scoring, n=n)
    if not made.items.size:
        st.info(evidence.no_film("The neighbours", "this user has"), icon=":material/movie_off:")
        return
    beside, asked = None if other == scoring.ranking else other, None
    if other == scoring.ranking:
        st.caption("The list is already in the order of that rule. Choose another one to compare it with.")
    if beside is None:
        asked = _show_list(made, query)
    else:
        _show_both(made, explorer.recommend(user, query, changed(scoring, {"ranking": beside}), n=n))
    copy_as_python(as_python.recommendations(view.dataset, user, query, scoring, n, explained=asked, beside=beside))


def _show_list(made: Recommendations, query: QuerySpec) -> as_python.ExplainedFilm | None:
    """Draw the list and the evidence of the chosen film; returns that film with its what-if settings."""
    rule = RULES[made.scoring.ranking]
    st.caption(f"{evidence.of_rule(made)} Score: {plain(rule.formula)}.")
    table = tables.recommendation_table(made, f"{rule.formula}, in {rule.unit}")
    ids = made.item_ids.tolist()
    list_area = st.container()
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        labels = _labels(made)
        film = selection.choice(
            "Why this film?",
            ids,
            key="film",
            help="Pick one here, or click a row of the table, to see the parts of its score.",
            format_func=lambda raw: labels.get(raw, str(raw)),
        )
    with list_area:
        about = (view.dataset, user)
        selection.table(table, ids=ids, key="film", about=about, height=600, alt="Recommended films, best first")
    with right:
        about_file = "The table above: titles, scores, predicted ratings and support."
        tables.download(f"recommendations-for-{user}.csv", lambda: table[0], help=about_file)
    if film is None:
        st.caption("Select a film in the table to see the parts of its score, and what would change it.")
        return None
    return _show_evidence(made, ids.index(film), explorer.explain(user, film, query, made.scoring))


def _labels(made: Recommendations) -> dict[RawId, str]:
    """A label for each film of the list, by raw id: title and year, and the id where two would be equal."""
    labels = [titled(ratings.title(row), ratings.catalogue.year(row)) for row in made.items.tolist()]
    often = Counter(labels)
    ids = made.item_ids.tolist()
    return {raw: label if often[label] == 1 else f"{label}, id {raw}" for raw, label in zip(ids, labels, strict=True)}


def _show_evidence(made: Recommendations, place: int, explanation: Explanation) -> as_python.ExplainedFilm:
    names = [str(raw) for raw in ratings.users.ids[explanation.evidence.users].tolist()]
    st.subheader(plain(made.titles[place]), anchor=False)
    st.caption(evidence.in_words(made, place))
    what = inputs.segments(
        "Add up",
        {"score": "Score", "predicted": "Predicted rating"},
        key="sum",
        help="The number to explain: the score that orders the list, or the predicted rating of this user.",
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
        alt="What each neighbour adds to the number",
        key="evidence",
    )
    by_neighbour = right.container()
    st.markdown("**What if?**")
    asked = _what_if_controls(explanation, made.item_ids.tolist()[place])
    standing = explanation.what_if(
        without=None if asked.without is None else ratings.users.row(asked.without),
        ranking=asked.ranking,
        min_support=asked.min_support,
    )
    with by_neighbour:
        selection.table(
            evidence.table(made, place, sums),
            ids=ratings.users.ids[explanation.evidence.users].tolist(),
            key="without",
            about=(view.dataset, user, made.item_ids[place], what),
            height=460,
            alt="Neighbours who rated the film, and what each adds",
        )
        st.caption("Select a neighbour to see the film's score without that user.")
    _show_change(explanation.standing, standing)
    st.markdown("**Under each rule**")
    tables.show(what_if.rule_table(explanation), width=560, alt="Rank of the film under each rule")
    return asked


def _what_if_controls(explanation: Explanation, film: RawId) -> as_python.ExplainedFilm:
    """Draw the controls of the what-if question about a film."""
    first, second, third = st.columns(3, gap="medium")
    with first:
        without = selection.choice(
            "Leave out neighbour",
            ratings.users.ids[explanation.evidence.users].tolist(),
            key="without",
            help="What if this user were not a neighbour? No other user takes the place, unless each film is predicted "
            "from its own nearest raters. Learned weights are learned again.",
        )
    with second:
        ranking = ranking_rule("Order by another rule", "if_ranking", optional=True)
    with third:
        support = selection.choice(
            "Ask for more support",
            list(range(1, 21)),
            key="if_support",
            help="What if a film is recommended only if at least so many neighbours rated it?",
        )
    return as_python.ExplainedFilm(film, without, ranking, None if support is None else int(support))


def _show_change(old: Standing, new: Standing) -> None:
    if new == old:
        st.caption("Choose something above to see how the film's rank, score and predicted rating would change.")
        return
    with st.container(horizontal=True):
        for label, now, then, explanation in (
            ("Rank", what_if.place(old), what_if.place(new), "Rank in the list."),
            ("Score", what_if.score(old), what_if.score(new), "In the unit of the rule."),
            (
                "Predicted rating",
                f"{old.predicted_rating:.2f}",
                f"{new.predicted_rating:.2f}",
                "What this user would give, in stars.",
            ),
            ("Support", str(old.support), str(new.support), "Neighbours who rated it."),
        ):
            tile(label, then, f"now {now}", help=explanation)
    remark = what_if.remark(old, new)
    if remark:
        st.caption(remark)


def _show_both(first: Recommendations, second: Recommendations) -> None:
    st.caption(
        "The same neighbours under two rules. Other rank: the rank in the other list, empty if the film is not there. "
        "Clear Compare with to see why a film is recommended."
    )
    # aligned at the bottom, as one explanation may take more lines than the other
    columns = st.columns(2, gap="medium", vertical_alignment="bottom")
    for column, made, beside in zip(columns, (first, second), (second, first), strict=True):
        rule = RULES[made.scoring.ranking]
        with column:
            st.subheader(rule.title, anchor=False)
            st.caption(evidence.of_rule(made))
            tables.show(tables.ranking_table(made, beside), height=600, alt=f"Films by {rule.title}")


page.header(
    pages.RECOMMENDATIONS,
    f"Films that the neighbours of user {plain(str(user))} liked, and that this user has not rated.",
)
tour.on_the_way(pages.RECOMMENDATIONS)
show_recommendations()
