"""Evaluations as jobs: what is asked, the job that measures it, and all that was measured of a dataset."""

from dataclasses import dataclass
from datetime import datetime

from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.base.jobs.job import Job
from ucf_core.datasets.sources.uploads import SESSION_PREFIX
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.evaluation.evaluate import check, evaluate
from ucf_core.studies.evaluation.results import Evaluation
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting
from ucf_core.studies.evaluation.store import Stored, asked, evaluate_once
from ucf_ui.base import text
from ucf_ui.session import cache
from ucf_ui.session.waiting import session_id
from ucf_ui.views.evaluation import settings as evaluation_settings


@dataclass(frozen=True)
class Question:
    """What to measure, and how."""

    spec: EvaluationSpec
    settings: tuple[Setting, ...]

    @property
    def folds(self) -> int:
        """How often each setting is fitted."""
        return self.spec.split.folds if self.spec.split.protocol == "kfold" else 1


@dataclass(frozen=True, eq=False)
class Known:
    """An evaluation that is over. `created` is when it was kept, UTC; None where it is in memory alone."""

    name: str
    created: datetime | None
    evaluation: Evaluation


def name_of(question: Question) -> str:
    """What the question is known by: the same for the same spec and settings."""
    return asked(question.spec, question.settings)


def start(ratings: Ratings, question: Question, title: str) -> str:
    """Measure in the background, for everybody; returns the name under which the result will be known.

    Raises UcfError, before anything starts, where the ratings do not allow it.
    """
    check(ratings, question.spec, question.settings)
    name = name_of(question)

    def work(job: Job) -> Evaluation:
        def say(words: str) -> None:
            job.stage = words

        job.begin("Splitting ratings")
        if ratings.name.startswith(SESSION_PREFIX):  # nothing of it is kept
            return evaluate(ratings, question.spec, question.settings, progress=job.progress, say=say)
        made, _ = evaluate_once(
            ArtifactStore.default(), ratings, question.spec, question.settings, progress=job.progress, say=say
        )
        return made

    cache.jobs().submit(_prefix(ratings) + name, title, work, background=True, dataset=ratings.name, owner=session_id())
    return name


def live(ratings: Ratings) -> list[Job]:
    """Evaluations of this dataset that run or wait, oldest first."""
    return [job for job in _jobs_of(ratings) if job.live]


def job_of(ratings: Ratings, name: str) -> Job | None:
    """The newest job that measured, or measures, what is known by `name`."""
    return cache.jobs().get(_prefix(ratings) + name)


def known(ratings: Ratings) -> list[Known]:
    """All that was measured of this dataset, newest first; what the disk did not take comes before what it did."""
    found = []
    for created, evaluation in _stored(ratings).evaluations:
        settings = evaluation_settings.settings_in(evaluation.models)
        name = name_of(Question(evaluation.spec, tuple(settings)))
        found.append(Known(name, datetime.fromisoformat(created), evaluation))
    names = {one.name for one in found}
    for job in _jobs_of(ratings):
        name = job.key.removeprefix(_prefix(ratings))
        if job.state == "done" and name not in names:
            found.insert(0, Known(name, None, job.result))
    return found


def skipped(ratings: Ratings) -> int:
    """How many evaluations of this dataset another version left on disk that this one cannot show."""
    return _stored(ratings).skipped


def _stored(ratings: Ratings) -> Stored:
    return cache.evaluations(ratings.fingerprint, ArtifactStore.default().root)


def pace(ratings: Ratings) -> tuple[Evaluation, float] | None:
    """The newest evaluation of this dataset, and its seconds for one setting, one user and one fold; None before any.

    Baselines and fitting are in it, so it is a rough measure.
    """
    for one in known(ratings):
        measured = one.evaluation
        question = Question(measured.spec, tuple(evaluation_settings.settings_in(measured.models)))
        runs = len(question.settings) * question.folds * len(measured.users)
        if runs:
            return measured, measured.seconds / runs
    return None


def estimate(ratings: Ratings, question: Question) -> str:
    """What the question will cost, in words: from the newest run of this dataset, if there is one."""
    users = min(question.spec.sample or ratings.n_users, ratings.n_users)
    before = pace(ratings)
    if before is None:
        return "No run of this dataset was timed yet, so the time is not known; an estimate appears once it runs."
    evaluation, seconds = before
    expected = seconds * len(question.settings) * question.folds * users
    n = len(evaluation_settings.settings_in(evaluation.models))
    return (
        f"About {text.duration(expected)} at the pace of the last run, which took {text.duration(evaluation.seconds)} "
        f"for {text.counted(n, 'setting')} and {text.counted(len(evaluation.users), 'user')}. More neighbours and "
        "learned weights take longer."
    )


def _jobs_of(ratings: Ratings) -> list[Job]:
    return [job for job in cache.jobs().all() if job.key.startswith(_prefix(ratings))]


def _prefix(ratings: Ratings) -> str:
    return f"evaluation {ratings.fingerprint} "
