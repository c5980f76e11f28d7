"""The Evaluation page: how good settings are on held-out ratings, beside baselines."""

import streamlit as st

from ucf_core.base.errors import UcfError
from ucf_core.studies.evaluation.metric import Metric
from ucf_core.studies.evaluation.metrics import page_metrics
from ucf_core.studies.evaluation.results import Row
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting, sampled_of
from ucf_core.studies.evaluation.verdict import Verdict
from ucf_ui.base import as_python, pages, text, url
from ucf_ui.base.faults import safely
from ucf_ui.base.fragment import fragment
from ucf_ui.base.widgets import copy_as_python
from ucf_ui.session import cache, job_status, sidebar
from ucf_ui.settings import settings
from ucf_ui.shell import page
from ucf_ui.views.evaluation import controls, curves, jobs, words
from ucf_ui.views.evaluation import settings as evaluated
from ucf_ui.views.evaluation import tables as evaluation_tables
from ucf_ui.views.evaluation.jobs import Known, Question
from ucf_ui.views.tour import tour
from ucf_ui.widgets import selection, tables

page.guard()
view = sidebar.view()
ratings = view.ratings
# The result shown, the one that this session waits for, and the question that could not start, with the reason.
SHOWN, AWAITED, PROBLEM = "result", "_evaluation_awaited", "_evaluation_problem"
STARTED, NEWEST = "_evaluation_started", "_evaluation_newest"


@fragment
def show_start() -> None:
    """Draw the controls of an evaluation, its cost, and the button that starts it."""
    query, scoring = settings.present(view.explorer)
    with st.container(border=True):
        chosen, problem = controls.what_controls(ratings, Setting(query=query, scoring=scoring))
        spec = controls.how_controls(ratings)
        if problem:
            st.error(text.plain(problem), icon=":material/error:")
        elif chosen:
            _show_cost(Question(spec, tuple(chosen)))
        else:
            st.caption("Choose what to measure: the presets, the present settings, or a grid.")


def _show_cost(question: Question) -> None:
    st.caption(jobs.cost(ratings, question))
    _show_sample(question.spec)
    job = jobs.job_of(ratings, jobs.name_of(question))
    running = job is not None and job.live
    st.button(
        "Running, see below" if running else "Start",
        icon=":material/play_arrow:",
        type="primary",
        disabled=running,
        on_click=safely(_start, question),
        key="eval-start",
        help="Runs in the background on every page, also after you close this window. Results are saved.",
    )
    if st.session_state.pop(STARTED, False):
        st.rerun()  # the whole page, which shows the job
    refused, why = st.session_state.get(PROBLEM, (None, ""))
    if refused == (ratings.fingerprint, question):
        st.error(text.plain(why), icon=":material/error:")


def _show_sample(spec: EvaluationSpec) -> None:
    """Draw which users are evaluated, for a dataset on a cluster."""
    sampled = sampled_of(ratings, spec)
    if sampled is not None:
        st.caption(f":material/groups: {text.plain(sampled.in_words)}")


def _start(question: Question) -> None:
    st.session_state.pop(PROBLEM, None)
    title = f"Evaluation of {cache.dataset_title(view.dataset)}, {text.counted(len(question.settings), 'setting')}"
    try:
        st.session_state[AWAITED] = jobs.start(ratings, question, title)
        st.session_state[STARTED] = True
    except UcfError as error:
        # shown until the question changes
        st.session_state[PROBLEM] = ((ratings.fingerprint, question), str(error))


def show_running() -> None:
    """Draw running evaluations of this dataset, of any session; and how this session's ended if it has no result."""
    for job in jobs.live(ratings):
        with st.container(border=True):
            st.markdown(f"**{text.plain(job.title)}**")
            job_status.show(job)
    awaited = jobs.job_of(ratings, st.session_state.get(AWAITED, ""))
    if awaited is not None and not awaited.live:
        job_status.show(awaited, note="Nothing was saved.", retry=None)


@fragment
def show_results() -> None:
    """Draw one evaluation of this dataset: the best setting of each metric, charts, and all rows."""
    known = {one.name: one for one in jobs.known(ratings)}
    st.subheader("Results", anchor=False)
    if skipped := jobs.skipped(ratings):
        st.caption(
            f"{text.counted(skipped, 'evaluation')} of another version of this program cannot be shown here. The files "
            "stay on disk. Press Start to measure again."
        )
    if not known and jobs.live(ratings):
        st.info("The first results appear here when the evaluation above is done.", icon=":material/hourglass_top:")
        return
    if not known:
        st.info(
            "No results for this dataset yet. Press Start to compare the presets: held-out ratings show which settings "
            "predict ratings best, and which make the best lists.",
            icon=":material/experiment:",
        )
        return
    one = known[_choose(known)]
    evaluation, n = one.evaluation, one.evaluation.spec.n
    names = evaluated.names_of(evaluation.models, ratings)
    st.caption(words.how_measured(evaluation))
    _show_sample(evaluation.spec)
    metrics = _choose_metrics(n)
    found = words.verdicts(evaluation, metrics)
    sentences = [words.in_words(found[one.name], one, n, names) for one in metrics if one.name in found]
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))
    curves.show(evaluation, metrics, ratings)
    _show_rows(one, metrics, found)
    words.explain(n)


def _choose(known: dict[str, Known]) -> str:
    """Draw the box of results; a new one is chosen if this session waits for it or showed the newest one before."""
    names = list(known)
    if st.session_state.get(AWAITED) in known:
        st.session_state[SHOWN] = st.session_state.pop(AWAITED)
    elif NEWEST in st.session_state and st.session_state[NEWEST] == st.session_state.get(SHOWN):
        st.session_state[SHOWN] = names[0]
    st.session_state[NEWEST] = names[0]
    url.seed(SHOWN, names, names[0])
    chosen: str = st.selectbox(
        "Measured so far",
        names,
        format_func=lambda name: words.title(known[name], ratings),
        key=SHOWN,
        persist_state="session",
        help="All evaluations of this dataset, the newest first. They are saved on disk.",
    )
    url.keep(SHOWN, chosen, names[0])
    return chosen


def _choose_metrics(n: int) -> list[Metric]:
    metrics = page_metrics()
    chosen: list[str] = st.pills(
        "Metrics",
        list(metrics),
        selection_mode="multi",
        default=[name for name, metric in metrics.items() if metric.headline],
        format_func=lambda name: metrics[name].title(n),
        key="eval-metrics",
        persist_state="session",
        help="  \n".join(f"**{metric.title(n)}**: {metric.help}" for metric in metrics.values()),
    )
    return [metric for name, metric in metrics.items() if name in chosen]


def _show_rows(one: Known, metrics: list[Metric], found: dict[str, Verdict]) -> None:
    evaluation = one.evaluation
    names = evaluated.names_of(evaluation.models, ratings)
    rows = {names[row.model]: row for row in evaluation_tables.in_order(evaluation)}
    st.markdown("**All rows**")
    st.caption("Click a heading to sort. Select a row to compare it with the best, and to use its settings.")
    selection.table(
        evaluation_tables.result_table(evaluation, metrics, ratings, names),
        ids=list(rows),
        key="evaluated",
        about=(view.dataset, one.name, tuple(metric.name for metric in metrics)),
        height=600,
        alt="All settings and baselines with their figures",
    )
    tables.download(
        f"evaluation-{one.name[:8]}.csv",
        lambda: evaluation_tables.full_table(evaluation, ratings, names),
        help="All metrics with their intervals in full precision, and all parameters.",
    )
    copy_as_python(as_python.evaluation(view.dataset, evaluation.spec, evaluated.settings_in(evaluation.models)))
    chosen = rows.get(st.session_state.get("evaluated", ""))
    if chosen is not None:
        with st.container(border=True):
            st.markdown(f"**{text.plain(names[chosen.model])}**")
            _show_selected(chosen)
            bests = words.references(metrics, found)
            differences = evaluation_tables.difference_table(evaluation, chosen.model, metrics, bests, names)
            if len(differences[0]):
                st.caption(words.against(metrics, found, evaluation.spec.n))
                tables.show(differences, alt="Differences to the best")


def _show_selected(row: Row) -> None:
    if isinstance(row.model, str):
        st.caption(f"A baseline: {evaluated.BASELINES[row.model][1]}.")
        return
    parameters = evaluated.parameters_of(row.model, ratings)
    known = [name for name, value in parameters.items() if value is not None]
    st.caption(text.plain(evaluated.described(parameters, known)) + ".")
    if st.button(
        "Use these settings",
        icon=":material/check:",
        on_click=safely(settings.use, row.model.query, row.model.scoring),
        key="eval-use",
        help="Set them on all pages: neighbours, recommendations and tuning.",
    ):
        st.caption(":material/check_circle: All pages use them now.")


page.header(pages.EVALUATION)
tour.on_the_way(pages.EVALUATION)
show_start()
show_running()
show_results()
