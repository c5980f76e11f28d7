"""Diagnoses for a page: made at once if that is quick, else by a job that the page shows."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from ucf_core.base.jobs.job import Job
from ucf_core.base.progress import Progress
from ucf_core.base.specs import QuerySpec
from ucf_core.explorer.explorer import Explorer
from ucf_core.recommendations.rules import RULES
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.diagnosis.diagnosis import Diagnosis, ListDiagnosis, diagnose, diagnose_lists
from ucf_ui.base import url
from ucf_ui.session import cache, job_status
from ucf_ui.session.waiting import session_id

Made = TypeVar("Made", Diagnosis, ListDiagnosis)

# Up to so many users, all lists are counted; of more users, the visitor chooses a sample.
_ALL_OF = 20_000
_SAMPLES = (2_000, 20_000)
_ALL = 0

# So many searches, or lists by a rule without learning, take less than half a second.
_SEARCHED_AT_ONCE = 1_000
_LISTED_AT_ONCE = 300

# For more users the job is a long one, which does not delay jobs that build an index.
_IN_THE_BACKGROUND = 20_000


def sample_control(n_users: int) -> int | None:
    """Draw the choice of how many users' lists to count, if not all; returns the number, or None for all."""
    if n_users <= _ALL_OF:
        return None
    options = [size for size in _SAMPLES if size < n_users] + [_ALL]
    url.seed("lists", options, options[0])
    chosen: int | None = st.segmented_control(
        "Lists to count",
        options,
        required=True,
        format_func=lambda size: f"{size:,} users" if size else f"All {n_users:,}",
        key="lists",
        persist_state="session",
        help="Hubs are counted in the neighbour lists of so many users, drawn at random with a fixed seed. All users "
        "take up to some minutes and need no estimate. The other figures use at most 2,000 users.",
    )
    url.keep("lists", chosen, options[0])
    return chosen or None


def of_neighbours(explorer: Explorer, query: QuerySpec, sample: int | None) -> Diagnosis | None:
    """The diagnosis of these settings; None while a job makes it, which is drawn."""
    ratings = explorer.ratings
    name = cache.dataset_title(ratings.name)

    def work(job: Job | None) -> Diagnosis:
        if job is not None:
            job.begin("Getting the index ready")
            explorer.builds.index(query, progress=job.progress)
            job.begin("Finding neighbours")
        return diagnose(explorer, query, sample=sample, progress=_progress(job))

    return _made(
        f"diagnosis {_key(explorer, query, sample)}",
        f"Neighbours of {name}, diagnosed with k {query.k}",
        work,
        dataset=ratings.name,
        at_once=ratings.n_users <= _SEARCHED_AT_ONCE and cache.is_quick(explorer, query),
        background=(sample or ratings.n_users) > _IN_THE_BACKGROUND,
    )


def of_lists(
    explorer: Explorer, diagnosis: Diagnosis, sample: int | None, scoring: ScoringSpec, n: int
) -> ListDiagnosis | None:
    """The diagnosis of the lists from these neighbours; None while a job makes it, which is drawn."""

    def work(job: Job | None) -> ListDiagnosis:
        if job is not None:
            job.begin("Making lists")
        return diagnose_lists(explorer, diagnosis, scoring, n=n, progress=_progress(job))

    return _made(
        f"lists {_key(explorer, diagnosis.query, sample)} {scoring} {n}",
        f"Lists of {diagnosis.users.size:,} users of {cache.dataset_title(explorer.ratings.name)}",
        work,
        dataset=explorer.ratings.name,
        at_once=diagnosis.users.size <= _LISTED_AT_ONCE and not RULES[scoring.ranking].learned,
        background=False,
    )


def _key(explorer: Explorer, query: QuerySpec, sample: int | None) -> str:
    return f"{explorer.ratings.fingerprint} {query} {sample}"


def _progress(job: Job | None) -> Progress | None:
    return None if job is None else job.progress


def _made(
    key: str, title: str, work: Callable[[Job | None], Made], *, dataset: str, at_once: bool, background: bool
) -> Made | None:
    results = cache.diagnoses()
    made: Made | None = results.get(key)
    if made is None and at_once:
        made = work(None)
        results.put(key, made)
    if made is None:
        job = cache.waiting().job(
            cache.jobs(),
            session_id(),
            key,
            title,
            lambda job: results.put(key, work(job)),
            place=key.split()[0],
            dataset=dataset,
            background=background,
        )
        if job.state == "done":
            st.rerun()  # it ended after the page looked for its result
        job_status.show(job)
    return made
