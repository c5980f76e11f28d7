"""How good settings are on held-out ratings, beside baselines: measured as a job, kept, compared, and taken over."""

import streamlit as st

from ucf_core.base.errors import UcfError
from ucf_core.recommendations.scoring import PARAMETERS
from ucf_core.studies.evaluation.metric import Metric
from ucf_core.studies.evaluation.metrics import page_metrics
from ucf_core.studies.evaluation.results import Evaluation, Row
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting, sampled_of
from ucf_core.studies.evaluation.verdict import Verdict
from ucf_ui.base import as_python, pages, text, url
from ucf_ui.base.faults import safely
from ucf_ui.base.fragment import fragment
from ucf_ui.base.widgets import copy_as_python
from ucf_ui.figures.evaluation import metric_chart
from ucf_ui.session import cache, job_status, sidebar
from ucf_ui.settings import settings
from ucf_ui.shell import page
from ucf_ui.views.evaluation import controls as evaluation_controls
from ucf_ui.views.evaluation import curves
from ucf_ui.views.evaluation import jobs as evaluation_jobs
from ucf_ui.views.evaluation import settings as evaluation_settings
from ucf_ui.views.evaluation import tables as evaluation_tables
from ucf_ui.views.evaluation import words as evaluation_words
from ucf_ui.views.evaluation.jobs import Known, Question
from ucf_ui.views.tour import tour
from ucf_ui.widgets import selection, tables

page.guard()
view = sidebar.view()
ratings = view.ratings
# The result that is shown; that which this session waits for; what Start was refused for, and why.
SHOWN, AWAITED, PROBLEM = "result", "_evaluation_awaited", "_evaluation_problem"
STARTED, NEWEST = "_evaluation_started", "_evaluation_newest"
REFERENCES = ("bias", "popular", "random")
COLUMNS = 3


@fragment
def show_start() -> None:
    """What to measure and how, what that makes, and the button that starts it."""
    present = _present()
    with st.container(border=True):
        chosen, refused = evaluation_controls.what_controls(ratings, present)
        spec = evaluation_controls.how_controls(ratings)
        if refused:
            st.error(text.plain(refused), icon=":material/error:")
        else:
            _show_cost(Question(spec, tuple(chosen)))


def _present() -> Setting:
    query, scoring = settings.present(view.explorer)
    return Setting(query=query, scoring=scoring)


def _show_cost(question: Question) -> None:
    if not question.settings:
        st.caption("Choose what to measure: the presets, the present settings, or a grid.")
        return
    st.caption(_cost(question))
    _say_of_whom(question.spec)
    job = evaluation_jobs.job_of(ratings, evaluation_jobs.name_of(question))
    running = job is not None and job.live
    st.button(
        "Running, see below" if running else "Start",
        icon=":material/play_arrow:",
        type="primary",
        disabled=running,
        on_click=safely(_start),
        args=(question,),
        key="eval-start",
        help="Runs in the background, whatever page you are on, also when you close this window. Results are kept.",
    )
    if st.session_state.pop(STARTED, False):
        st.rerun()  # all of the page: the job is shown below
    refused, why = st.session_state.get(PROBLEM, (None, ""))
    if refused == (ratings.fingerprint, question):
        st.error(text.plain(why), icon=":material/error:")


def _cost(question: Question) -> str:
    users = min(question.spec.sample or ratings.n_users, ratings.n_users)
    n = len(question.settings)
    runs = (
        f" x {text.counted(question.folds, 'fold')} = {text.counted(n * question.folds, 'run')}"
        if question.folds > 1
        else ", each fitted once,"
    )
    return (
        f"**{text.counted(n, 'setting')}**{runs} over {text.counted(users, 'user')}, and "
        f"{len(question.spec.baselines)} baselines. {evaluation_jobs.estimate(ratings, question)} Lists are "
        "drawn from films the user has not rated in training."
    )


def _say_of_whom(spec: EvaluationSpec) -> None:
    """Of a dataset on a cluster, that nothing is learned from other users."""
    sampled = sampled_of(ratings, spec)
    if sampled is not None:
        st.caption(f":material/groups: {text.plain(sampled.in_words)}")


def _start(question: Question) -> None:
    st.session_state.pop(PROBLEM, None)
    title = f"Evaluation of {cache.dataset_title(view.dataset)}, {text.counted(len(question.settings), 'setting')}"
    try:
        st.session_state[AWAITED] = evaluation_jobs.start(ratings, question, title)
        st.session_state[STARTED] = True
    except UcfError as error:
        # shown until the question changes
        st.session_state[PROBLEM] = ((ratings.fingerprint, question), str(error))


def show_running() -> None:
    """Evaluations of this dataset that run, whoever started them; and how the one of this session ended otherwise."""
    for job in evaluation_jobs.live(ratings):
        with st.container(border=True):
            st.markdown(f"**{text.plain(job.title)}**")
            job_status.show(job)
    awaited = evaluation_jobs.job_of(ratings, st.session_state.get(AWAITED, ""))
    if awaited is not None and not awaited.live:
        job_status.show(awaited, note="Nothing of it is kept.", retry=None)


@fragment
def show_results() -> None:
    """One evaluation of this dataset: the best of each metric, charts, and all rows."""
    known = {one.name: one for one in evaluation_jobs.known(ratings)}
    st.subheader("Results", anchor=False)
    if skipped := evaluation_jobs.skipped(ratings):
        st.caption(
            f"{text.counted(skipped, 'evaluation')} of another version of this program cannot be shown here. The files "
            "stay on disk. Press Start to measure again."
        )
    if not known and evaluation_jobs.live(ratings):
        st.info("The first results appear here when the evaluation above is done.", icon=":material/hourglass_top:")
        return
    if not known:
        st.info(
            "Nothing was measured on this dataset yet. Press Start to compare the presets: held-out ratings tell which "
            "settings predict ratings best, and which make the best lists.",
            icon=":material/experiment:",
        )
        return
    one = known[_choose(known)]
    evaluation = one.evaluation
    n = evaluation.spec.n
    names = evaluation_settings.names_of(evaluation.models, ratings)
    st.caption(_how_measured(evaluation))
    _say_of_whom(evaluation.spec)
    metrics = _choose_metrics(n)
    found = evaluation_words.verdicts(evaluation, metrics)
    st.markdown(
        "\n".join(
            "- " + evaluation_words.in_words(found[metric.name], metric, n, names)
            for metric in metrics
            if metric.name in found
        )
    )
    _show_charts(evaluation, metrics)
    _show_rows(one, evaluation, metrics, found)
    evaluation_words.explain(n)


def _choose(known: dict[str, Known]) -> str:
    """The name of the result to show: a new one comes up by itself where its session waits for it or has no other."""
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
        format_func=lambda name: _titled(known[name]),
        key=SHOWN,
        persist_state="session",
        help="All evaluations of this dataset, the newest first. They are kept on disk.",
    )
    url.keep(SHOWN, chosen, names[0])
    return chosen


def _titled(one: Known) -> str:
    when = f"{one.created.day} {one.created:%b %Y, %H:%M} UTC" if one.created else "Not kept on disk"
    spec, settings_in_it = one.evaluation.spec, evaluation_settings.settings_in(one.evaluation.models)
    presets = set(settings_in_it) == set(evaluation_settings.of_presets(ratings))
    return (
        f"{when}: {'the presets' if presets else text.counted(len(settings_in_it), 'setting')}, "
        f"{evaluation_controls.protocol_in_words(spec.split)}, n {spec.n}, "
        f"{text.counted(len(one.evaluation.users), 'user')}"
        + ("" if spec.relevant_from is None else f", relevant from {spec.relevant_from:g}")
    )


def _how_measured(evaluation: Evaluation) -> str:
    spec = evaluation.spec
    relevant = "every held-out film" if spec.relevant_from is None else f"films rated {spec.relevant_from:g} or more"
    cold = (
        f" {text.counted(evaluation.n_cold, 'time')} a user had no training rating left, and got what all get."
        if evaluation.n_cold
        else ""
    )
    return (
        f"{text.counted(evaluation.n_ratings, 'held-out rating')} of "
        f"{text.counted(len(evaluation.users), 'user')}: {evaluation_controls.protocol_in_words(spec.split)}. Lists of "
        f"{spec.n} from all films without a training rating; relevant: {relevant}. "
        f"Took {text.duration(evaluation.seconds)}.{cold}"
    )


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


def _show_charts(evaluation: Evaluation, metrics: list[Metric]) -> None:
    if not metrics:
        st.caption("Choose a metric to see charts.")
        return
    along, shown, zoom = _chart_controls(evaluation)
    laid_out = curves.layout(evaluation, along, ratings)
    for start in range(0, len(metrics), COLUMNS):
        for column, metric in zip(st.columns(COLUMNS, gap="medium"), metrics[start : start + COLUMNS], strict=False):
            column.plotly_chart(
                metric_chart(
                    metric.title(evaluation.spec.n),
                    metric.unit,
                    laid_out.axis,
                    laid_out.ticks,
                    curves.lines_of(laid_out, metric),
                    curves.references_of(evaluation, metric, shown),
                    digits=metric.digits,
                    zoom=zoom,
                ),
                alt=f"{metric.title(evaluation.spec.n)} of the settings, with 95 % intervals and baselines",
                key=f"eval-chart-{metric.name}",
            )


def _chart_controls(evaluation: Evaluation) -> tuple[str, list[str], bool]:
    """What runs along the axis, which baselines are drawn, and whether the axis keeps to the settings."""
    choices = curves.choices(evaluation, ratings)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        along: str = st.selectbox(
            "Along the axis",
            choices,
            format_func=lambda name: "Each setting" if name == curves.EACH else PARAMETERS[name].label,
            key=f"eval-along-{'-'.join(choices)}",
            width=230,
            help="A parameter that varies; the others make lines. Or every setting at a place of its own.",
        )
        shown: list[str] = st.pills(
            "Baselines",
            list(evaluation_settings.BASELINES),
            selection_mode="multi",
            default=list(REFERENCES),
            format_func=lambda name: evaluation_settings.BASELINES[name][0],
            key="eval-references",
            persist_state="session",
            help="  \n".join(f"**{title}**: {words}." for title, words in evaluation_settings.BASELINES.values()),
        )
        zoom: bool = st.toggle(
            "Zoom in on the settings",
            key="eval-zoom",
            persist_state="session",
            help="Keep the axes to the settings and their intervals. Baselines beyond are named at the edge.",
        )
    return along, shown, zoom


def _show_rows(one: Known, evaluation: Evaluation, metrics: list[Metric], found: dict[str, Verdict]) -> None:
    names = evaluation_settings.names_of(evaluation.models, ratings)
    rows = {names[row.model]: row for row in evaluation_tables.in_order(evaluation)}
    frame, looks = evaluation_tables.result_table(evaluation, metrics, ratings, names)
    st.markdown("**All rows**")
    st.caption("Click a heading to sort. Select a row to hold it against the best, and to use its settings.")
    selection.table(
        frame,
        looks,
        ids=list(rows),
        key="evaluated",
        about=(view.dataset, one.name, tuple(metric.name for metric in metrics)),
        height=min(38 + 35 * len(frame), 600),
        alt="All settings and baselines with their figures",
        placeholder="",
    )
    st.download_button(
        "Download as CSV",
        lambda: tables.as_csv(evaluation_tables.full_table(evaluation, ratings.name, ratings, names)),
        file_name=f"evaluation-{one.name[:8]}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        help="All metrics with their intervals in full precision, and all parameters.",
    )
    copy_as_python(
        as_python.evaluation(view.dataset, evaluation.spec, evaluation_settings.settings_in(evaluation.models))
    )
    chosen = rows.get(st.session_state.get("evaluated", ""))
    if chosen is not None:
        _show_selected(chosen, evaluation, metrics, found)


def _show_selected(row: Row, evaluation: Evaluation, metrics: list[Metric], found: dict[str, Verdict]) -> None:
    names = evaluation_settings.names_of(evaluation.models, ratings)
    with st.container(border=True):
        st.markdown(f"**{text.plain(names[row.model])}**")
        if isinstance(row.model, Setting):
            parameters = evaluation_settings.parameters_of(row.model, ratings)
            known = [name for name, value in parameters.items() if value is not None]
            st.caption(text.plain(evaluation_settings.described(parameters, known)) + ".")
            if st.button(
                "Use these settings",
                icon=":material/check:",
                on_click=safely(settings.use),
                args=(row.model.query, row.model.scoring),
                key="eval-use",
                help="Set them on all pages: neighbours, recommendations and tuning.",
            ):
                st.caption(":material/check_circle: They are set on all pages now.")
        else:
            st.caption(f"A baseline: {evaluation_settings.BASELINES[row.model][1]}.")
        frame, looks = evaluation_tables.difference_table(
            evaluation, row.model, metrics, evaluation_words.references(metrics, found), names
        )
        if len(frame):
            st.caption(evaluation_words.against(metrics, found, evaluation.spec.n))
            st.dataframe(frame, column_config=looks, hide_index=True, height="content", alt="Differences to the best")


page.header(pages.EVALUATION)
tour.on_the_way(pages.EVALUATION)
show_start()
show_running()
show_results()
