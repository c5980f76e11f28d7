"""Evaluations as jobs: the question, the job that measures it, and all results for a dataset."""

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
    """A finished evaluation; `created` is when it was saved, in UTC, or None if it is only in memory."""

    name: str
    created: datetime | None
    evaluation: Evaluation


def name_of(question: Question) -> str:
    """The name of a question: the same for the same spec and settings."""
    return asked(question.spec, question.settings)


def start(ratings: Ratings, question: Question, title: str) -> str:
    """Measure in the background, for all sessions; returns the name of the question.

    Raises UcfError, before anything starts, if the ratings do not allow it.
    """
    check(ratings, question.spec, question.settings)
    name = name_of(question)

    def work(job: Job) -> Evaluation:
        def say(words: str) -> None:
            job.stage = words

        job.begin("Splitting ratings")
        if ratings.name.startswith(SESSION_PREFIX):  # not saved
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
    """The newest job for the question called `name`."""
    return cache.jobs().get(_prefix(ratings) + name)


def known(ratings: Ratings) -> list[Known]:
    """All evaluations of this dataset, newest first; those only in memory come before those on disk."""
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
    """How many evaluations of this dataset on disk are of another version, which this one cannot show."""
    return _stored(ratings).skipped


def _stored(ratings: Ratings) -> Stored:
    return cache.evaluations(ratings.fingerprint, ArtifactStore.default().root)


def cost(ratings: Ratings, question: Question) -> str:
    """How much there is to measure, and about how long it takes, in Markdown."""
    users, n = min(question.spec.sample or ratings.n_users, ratings.n_users), len(question.settings)
    runs = ", each fitted once,"
    if question.folds > 1:
        runs = f" x {text.counted(question.folds, 'fold')} = {text.counted(n * question.folds, 'run')}"
    return (
        f"**{text.counted(n, 'setting')}**{runs} over {text.counted(users, 'user')}, and "
        f"{len(question.spec.baselines)} baselines. {estimate(ratings, question)} Lists are drawn from films the user "
        "has not rated in training."
    )


def estimate(ratings: Ratings, question: Question) -> str:
    """The expected time in words: from the newest run of this dataset, if there is one."""
    users = min(question.spec.sample or ratings.n_users, ratings.n_users)
    for one in known(ratings):
        last = one.evaluation
        of_last = Question(last.spec, tuple(evaluation_settings.settings_in(last.models)))
        n = len(of_last.settings)
        if runs := n * of_last.folds * len(last.users):
            expected = last.seconds / runs * len(question.settings) * question.folds * users
            return (
                f"About {text.duration(expected)} at the pace of the last run, which took "
                f"{text.duration(last.seconds)} for {text.counted(n, 'setting')} and "
                f"{text.counted(len(last.users), 'user')}. More neighbours and learned weights take longer."
            )
    return "No run of this dataset was timed yet, so the time is not known; an estimate appears once it runs."


def _jobs_of(ratings: Ratings) -> list[Job]:
    return [job for job in cache.jobs().all() if job.key.startswith(_prefix(ratings))]


def _prefix(ratings: Ratings) -> str:
    return f"evaluation {ratings.fingerprint} "
