"""The log: one line an event, in words or JSON, with no way to forge a line, and nothing in it that is private."""

import json
import logging
import re

import pytest

from ucf_core.base import logs
from ucf_core.base.errors import DatasetError
from ucf_core.base.jobs.job import Job
from ucf_core.base.jobs.jobs import Jobs

LOG = logging.getLogger("ucf_core.tested")


@pytest.fixture
def written(capsys):
    """What is written to standard error, once `configure` was called."""
    for name in logs._LOGGERS:
        logging.getLogger(name).handlers.clear()
    return lambda: capsys.readouterr().err


@pytest.fixture
def as_text(written, monkeypatch):
    monkeypatch.delenv("UCF_LOG_FORMAT", raising=False)
    logs.configure()
    return written


@pytest.fixture
def as_json(written, monkeypatch):
    monkeypatch.setenv("UCF_LOG_FORMAT", "json")
    logs.configure()
    return lambda: [json.loads(line) for line in written().splitlines()]


def test_an_event_is_one_line_of_keys_and_values(as_text):
    logs.event(LOG, "slow rerun", page="/tuning", seconds=1.25, missing=None)
    (line,) = as_text().splitlines()
    assert re.sub(r"time=\S+Z ", "", line) == (
        'level=info event="slow rerun" logger=ucf_core.tested page=/tuning seconds=1.25'
    )


def test_an_event_is_one_json_document(as_json):
    logs.event(LOG, "job", name="index", seconds=1.25, dataset=None)
    (said,) = as_json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said.pop("time"))
    assert said == {"level": "info", "event": "job", "logger": "ucf_core.tested", "name": "index", "seconds": 1.25}


HOSTILE = [
    'a\nlevel=error event="forged"',
    "\r\n",
    "\x1b[2J",
    "tab\there",
    "a=b",
    '"',
    "\\",
    "",
    "\u202eabc",
    "x\u2028y",
    "\x85",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_can_end_its_line_or_pass_for_another_key(as_text, value):
    logs.event(LOG, "job", dataset=value, state="done")
    text = as_text()
    assert text.count("\n") == 1
    assert len(text.splitlines()) == 1
    assert text.rstrip("\n").isascii()
    assert text.rstrip("\n").isprintable()
    found = re.search(r'dataset=("(?:[^"\\]|\\.)*") state=done$', text.rstrip("\n"))
    assert json.loads(found[1]) == value


@pytest.mark.parametrize("value", HOSTILE)
def test_json_keeps_any_value_in_its_line(as_json, value):
    logs.event(LOG, "job", dataset=value)
    (said,) = as_json()
    assert said["dataset"] == value


def raised(words):
    try:
        raise KeyError(words)
    except KeyError as error:
        return error


def test_an_incident_has_an_id_and_its_traceback_under_it(as_text):
    name = logs.incident(LOG, raised("lost"), page="/tuning")
    assert re.fullmatch("[0-9a-f]{6}", name)
    first, *trace = as_text().splitlines()
    assert first.endswith(f"level=error event=error logger=ucf_core.tested id={name} type=KeyError page=/tuning")
    assert trace[0] == "    Traceback (most recent call last):"
    assert trace[-1] == "    KeyError: 'lost'"
    assert all(line.startswith("    ") for line in trace)


def test_an_incident_in_json_is_one_line_with_the_traceback_in_it(as_json):
    name = logs.incident(LOG, raised("lost"))
    (said,) = as_json()
    assert (said["id"], said["level"], said["type"]) == (name, "error", "KeyError")
    assert said["traceback"].endswith("KeyError: 'lost'")


def test_two_incidents_have_two_ids(as_text):
    assert len({logs.incident(LOG, raised("x")) for _ in range(20)}) == 20


def test_configuring_twice_writes_every_line_once(as_text):
    logs.configure()
    LOG.info("once")
    assert as_text().count("event=once") == 1


@pytest.mark.parametrize(("level", "expected"), [("debug", 3), ("", 2), ("nonsense", 2), ("WARNING", 1)])
def test_the_level_is_chosen_by_a_variable(written, monkeypatch, level, expected):
    monkeypatch.setenv("UCF_LOG_LEVEL", level)
    logs.configure()
    LOG.debug("a")
    LOG.info("b")
    LOG.warning("c")
    assert written().count("\n") == expected


def ran(work, *, key="index abc 64", dataset="mine.csv"):
    job = Job(key, "A title", dataset)
    job.run(work)
    return job


def test_a_job_that_is_done_is_one_line_with_its_kind_state_time_and_dataset(as_json):
    ran(lambda job: {"rating": 4.5})
    (said,) = as_json()
    assert said.pop("seconds") >= 0
    del said["time"]
    assert said == {
        "level": "info",
        "event": "job",
        "logger": "ucf_core.base.jobs.job",
        "name": "index",
        "state": "done",
        "dataset": "mine.csv",
    }


def test_the_line_of_a_failed_job_has_the_kind_of_error_and_not_the_words_which_may_quote_a_file(as_json):
    def work(job):
        raise DatasetError("line 3: '4711,private,5' is no rating")

    ran(work)
    (said,) = as_json()
    assert (said["state"], said["error"]) == ("failed", "DatasetError")
    assert "private" not in json.dumps(said)


def test_a_job_that_fails_unexpectedly_tells_people_the_id_under_which_the_log_has_the_traceback(as_json):
    job = ran(lambda job: 1 / 0)
    error, line = as_json()
    assert job.error == f"something went wrong (error {error['id']}); the log has the details"
    assert "ZeroDivisionError" in error["traceback"]
    assert (error["job"], error["dataset"]) == ("index", "mine.csv")
    assert (line["event"], line["state"], line["error"]) == ("job", "failed", "ZeroDivisionError")


def test_a_job_cancelled_while_it_waits_is_one_line(as_json):
    job = Job("index a", "A")
    job.cancel()
    job.run(lambda job: None)
    (said,) = as_json()
    assert (said["state"], said["seconds"]) == ("cancelled", 0.0)


def test_jobs_pass_on_their_dataset():
    jobs = Jobs()
    assert jobs.submit("a b", "A", lambda job: None, dataset="one").dataset == "one"
    assert jobs.submit_once("c d", "C", lambda job: None, dataset="two").dataset == "two"
    jobs.join(30)  # their lines belong to no other test


@pytest.mark.parametrize(("bound", "lines"), [("0", 1), ("3600", 0), ("nonsense", 0)])
def test_what_takes_longer_than_the_bound_is_one_line(as_json, monkeypatch, bound, lines):
    monkeypatch.setenv("UCF_SLOW_SECONDS", bound)
    with logs.slow_noted(LOG, page="Tuning"):
        pass
    assert [(said["event"], said["page"]) for said in as_json()] == [("slow rerun", "Tuning")] * lines


def test_what_is_slow_and_fails_is_noted_too(as_json, monkeypatch):
    monkeypatch.setenv("UCF_SLOW_SECONDS", "0")
    with pytest.raises(ValueError, match="x"), logs.slow_noted(LOG, page="Tuning"):
        raise ValueError("x")
    assert len(as_json()) == 1
