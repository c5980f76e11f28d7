"""A tour for newcomers with examples of the open dataset, on the Overview and the pages that it opens."""

import streamlit as st

from ucf_core.base.jobs.job import Job
from ucf_core.explorer.explorer import Explorer
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.diagnosis.tour_examples import Examples, kept_examples
from ucf_ui.base import pages
from ucf_ui.base.faults import safely
from ucf_ui.base.fragment import fragment
from ucf_ui.session import cache, job_status, sidebar
from ucf_ui.settings import settings
from ucf_ui.views.tour.steps import Step, steps_of

_CARDS = 3
# Seconds that the page waits for the examples: enough to read them from disk.
_WORTH_WAITING = 0.3
# The present step: a dataset's fingerprint and the place of the step, from 0.
_AT = "_tour_at"
# The page to open in the next run, because a callback cannot switch pages.
_GO = "_tour_go"


def panel(explorer: Explorer) -> None:
    """Draw the tour, and a switch that hides it."""
    shown = st.toggle(
        "Show the tour",
        value=True,
        key="tour",
        bind="query-params",
        persist_state="session",
        help="A walk through neighbours, recommendations, tuning and quality, on examples of this dataset.",
    )
    if shown:
        st.subheader("Start here: a tour in six steps", anchor=False)
        _show(explorer)


def _show(explorer: Explorer) -> None:
    """Draw the steps as cards when the job that looks for examples is done."""
    job = _job(explorer)
    cache.await_shortly(job, _WORTH_WAITING)

    def cards() -> None:
        _follow()
        if job.live:
            st.caption(":material/hourglass_top: Looking for two example users.")
        elif job.state == "done":
            steps = steps_of(job.result, explorer.ratings)
            for start in range(0, len(steps), _CARDS):
                for column, number in zip(st.columns(_CARDS), range(start, start + _CARDS), strict=True):
                    if number < len(steps):
                        step = steps[number]
                        with column.container(border=True, height="stretch"):
                            st.markdown(f"**{number + 1}. {step.title}**")
                            st.caption(step.words)
                            _button(step.label, number + 1, step, explorer.ratings)
        elif job.state == "cancelled":
            job_status.show(job)
        else:
            st.caption("The tour needs two users who can be compared, and this dataset has none.")

    fragment(cards, run_every=0.5 if job.live else None)()


def _job(explorer: Explorer) -> Job:
    def work(job: Job) -> Examples:
        job.begin("Comparing users")
        return kept_examples(explorer, progress=job.progress)

    title = f"Search for two examples in {cache.dataset_title(explorer.ratings.name)}"
    job = cache.jobs().submit_once(_key(explorer.ratings.fingerprint), title, work, dataset=explorer.ratings.name)
    job.listed = False  # it starts by itself
    return job


def _key(fingerprint: str) -> str:
    return f"examples {fingerprint}"


def on_the_way(entry: pages.Entry) -> None:
    """Draw the present step below the title of its page, with a button for the next one."""
    _follow()
    view = sidebar.open_view()
    fingerprint, place = st.session_state.get(_AT, ("", 0))
    if view is None or fingerprint != view.ratings.fingerprint:
        return
    job = cache.jobs().get(_key(fingerprint))
    if job is None or job.state != "done":
        return
    steps = steps_of(job.result, view.ratings)
    if steps[place].entry is not entry:
        return  # the visitor opened another page
    with st.container(border=True):
        st.markdown(f"**Tour, step {place + 1} of {len(steps)}: {steps[place].title}**")
        st.caption(steps[place].words)
        with st.container(horizontal=True):
            if place + 1 < len(steps):
                _button(f"Next: {steps[place + 1].title}", place + 2, steps[place + 1], view.ratings)
            st.button(
                "End the tour",
                icon=":material/close:",
                on_click=safely(_end),
                key="tour-end",
                help="Close this box. The tour stays on the Overview.",
            )


def _button(label: str, number: int, step: Step, ratings: Ratings) -> None:
    """Draw a button that opens the page of a step; `number` is its place from 1."""
    st.button(
        label,
        key=f"tour-{number}",
        icon=step.entry.icon,
        on_click=safely(_prepare, number - 1, step, ratings),
        help=f"Opens the page {step.entry.title}"
        + (", with this user and the settings for it." if step.user is not None else ", with the default settings."),
    )


def _prepare(place: int, step: Step, ratings: Ratings) -> None:
    st.session_state[_AT] = (ratings.fingerprint, place)
    st.session_state[_GO] = step.entry.path
    settings.use(step.query, ScoringSpec())
    if step.user is not None:
        sidebar.go_to_user(ratings.users.raw(step.user), ratings)


def _follow() -> None:
    path = st.session_state.pop(_GO, None)
    if path is not None:
        # without `query_params` Streamlit would clear the present ones, which fails for bound widgets
        st.switch_page(path, query_params={})


def _end() -> None:
    st.session_state.pop(_AT, None)
