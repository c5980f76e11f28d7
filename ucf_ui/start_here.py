"""A tour for newcomers: a few steps on examples of the open dataset, each with what to look at and a button to it."""

from dataclasses import dataclass

import streamlit as st

from ucf_core.explorer import Explorer
from ucf_core.job import Job
from ucf_core.quality.examples import Example, Examples, examples
from ucf_core.ratings import Ratings
from ucf_core.specs import QuerySpec, ScoringSpec
from ucf_ui import cache, page, settings, state, text

_POOR = QuerySpec(k=20, dim=16, ef=20, M=2, ef_construction=10)
_CARDS = 3


@dataclass(frozen=True)
class Step:
    """One card: where it leads, with which user (a row; None keeps the present one) and settings."""

    title: str
    words: str
    label: str
    entry: page.Entry
    user: int | None
    query: QuerySpec


def panel(explorer: Explorer) -> None:
    """The tour, and a switch that hides it and brings it back."""
    shown = st.toggle(
        "Show the tour",
        value=True,
        key="tour",
        bind="query-params",
        persist_state="session",
        help="A walk through neighbours, recommendations, tuning and quality, on examples of this dataset.",
    )
    if shown:
        st.subheader("Start here: three minutes, six steps", anchor=False)
        _show(explorer)


def _show(explorer: Explorer) -> None:
    """The cards as soon as the examples are found; that is a job, so that no page waits for it."""
    job = _job(explorer)

    @st.fragment(run_every=0.5 if job.live else None)
    def cards() -> None:
        if job.live:
            st.caption(":material/hourglass_top: Looking for two users who show most.")
        elif job.state == "done":
            steps = steps_of(job.result, explorer.ratings)
            for start in range(0, len(steps), _CARDS):
                for column, number in zip(st.columns(_CARDS), range(start, start + _CARDS), strict=True):
                    if number < len(steps):
                        with column.container(border=True, height="stretch"):
                            _card(number + 1, steps[number], explorer.ratings)
        elif job.state == "cancelled":
            st.caption("Looking for two users was cancelled.")
            st.button(
                "Look for them after all",
                icon=":material/refresh:",
                on_click=_look_again,
                args=(job,),
                key="tour-again",
            )
        else:
            st.caption("No two users of this dataset can be compared, so the tour has nothing to show.")

    cards()


def _look_again(job: Job) -> None:
    cache.jobs().forget(job.key)


def _job(explorer: Explorer) -> Job:
    def work(job: Job) -> Examples:
        job.begin("Comparing users")
        return examples(explorer, progress=job.progress)

    title = f"Two examples in {cache.dataset_title(explorer.ratings.name)}"
    job = cache.jobs().submit_once(
        f"examples {explorer.ratings.fingerprint}", title, work, dataset=explorer.ratings.name
    )
    job.listed = False  # nobody asked for it
    return job


def steps_of(found: Examples, ratings: Ratings) -> tuple[Step, ...]:
    """The steps of the tour on these examples."""
    usual = QuerySpec()
    near, far = (_named(one, ratings) for one in (found.nearest, found.farthest))
    return (
        Step(
            "A taste that many share",
            f"Of {found.users} users drawn at random, {near} has the nearest neighbours: the {found.k} most similar "
            f"have a similarity of {found.nearest.similarity:.2f} on average, of 1 at most. Click a neighbour in the "
            "table and see how close the two lie on the films that both rated.",
            "See these neighbours",
            page.NEIGHBOURS,
            found.nearest.user,
            usual,
        ),
        Step(
            "A taste of one's own",
            f"{near[0].upper()}{near[1:]} was the easy case. For {far} the average is {found.farthest.similarity:.2f}: "
            "look at how low the curve of similarities begins, and how few films are shared.",
            "See these neighbours",
            page.NEIGHBOURS,
            found.farthest.user,
            usual,
        ),
        Step(
            "From neighbours to films",
            "What neighbours liked becomes a list. Click a film and see what each of them adds to its score; then "
            "order the list by predicted rating, and look at how few people stand behind it.",
            "See the recommendations",
            page.RECOMMENDATIONS,
            found.nearest.user,
            usual,
        ),
        Step(
            "Turn the screws",
            "An index that is built carelessly misses neighbours: orange crosses. Move ef to the right and watch the "
            "recall rise, the time too, and the list of films change. The preset Default brings everything back.",
            "Tune a poor index",
            page.TUNING,
            found.nearest.user,
            _POOR,
        ),
        Step(
            "But is it any good?",
            "Hide ratings, predict them, and compare with what people really gave. Press Start to measure the "
            "presets beside simple baselines; a baseline that wins says more than a list that looks right.",
            "Measure the quality",
            page.EVALUATION,
            None,
            usual,
        ),
        Step(
            "And you?",
            "Rate a few films, or upload an export of Letterboxd or IMDb, and be a user yourself: neighbours and films "
            "change with every star. What you rate stays in this session.",
            "Rate films",
            page.YOUR_TASTE,
            None,
            usual,
        ),
    )


def _named(one: Example, ratings: Ratings) -> str:
    return f"user {state.plain(text.shortened(str(ratings.users.raw(one.user)), 24))}"


def _card(number: int, step: Step, ratings: Ratings) -> None:
    st.markdown(f"**{number}. {step.title}**")
    st.caption(step.words)
    if st.button(
        step.label,
        key=f"tour-{number}",
        icon=step.entry.icon,
        on_click=_prepare,
        args=(step, ratings),
        help=f"Opens the page {step.entry.title}"
        + (", with this user and the settings for it." if step.user is not None else ", with the default settings."),
    ):
        st.switch_page(step.entry.path)


def _prepare(step: Step, ratings: Ratings) -> None:
    settings.use(step.query, ScoringSpec())
    if step.user is not None:
        state.go_to_user(ratings.users.raw(step.user), ratings)
