"""The Diagnostics page shows the measures of the core, computed directly or in a background job."""

import threading
import time

import pytest
from apptest import button, frames, healthy, metric, texts

from ucf_core.base.errors import SpecError
from ucf_core.base.specs import QuerySpec
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.diagnosis.diagnosis import diagnose, diagnose_lists
from ucf_ui.session import cache
from ucf_ui.views.diagnostics import jobs as diagnostics_work

POOR = {"M": 2, "ef_construction": 10, "k": 20, "dim": 16, "ef": 20}


def wait_for_jobs():
    deadline = time.monotonic() + 60
    while any(job.live for job in cache.jobs().all()):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def finished(tester):
    """Wait for the jobs of the page, then rerun it."""
    wait_for_jobs()
    return healthy(tester.run())


def metric_delta(tester, label):
    return next(element.delta for element in tester.metric if element.label == label)


def test_neighbour_diagnostics_match_the_core(with_sample, open_page, explorer):
    tester = open_page("diagnostics", user=15, **POOR)
    made = diagnose(explorer, QuerySpec(**POOR))
    occurrences = made.hubness.occurrences
    assert metric(tester, "Skewness") == f"{made.skewness:.2f}"
    assert metric_delta(tester, "Skewness") == f"by chance {made.by_chance.skewness:.2f}"
    assert metric(tester, "Most listed user") == f"in {occurrences.max()} lists"
    assert metric(tester, "In no list") == f"{(occurrences == 0).sum()} users"
    hubs = frames(tester)[0]
    assert hubs["User"].tolist() == [explorer.ratings.users.raw(row) for row in made.hubness.hubs(25).tolist()]
    assert hubs["Lists"].tolist() == sorted(occurrences.tolist(), reverse=True)[:25]
    assert hubs["Share"].to_numpy() == pytest.approx(100 * hubs["Lists"].to_numpy() / 671)
    own = occurrences[explorer.ratings.users.row(15)]
    assert any(f"The chosen user, 15, is in {own} list" in text for text in texts(tester.caption))
    message = " ".join(texts(tester.caption))
    assert f"Separation **{100 * made.similarity.separation:.0f} %**" in message
    assert f"On average, **{100 * made.recall.recall_by_id:.0f} %** of the exact 20 neighbours of 671 users" in message


def test_list_diagnostics_follow_the_chosen_rule(with_sample, open_page, explorer):
    tester = finished(open_page("diagnostics", user=15, ranking="predicted", n=5, **POOR))
    query = QuerySpec(**POOR)
    made = diagnose_lists(explorer, diagnose(explorer, query), ScoringSpec(ranking="predicted"), n=5)
    assert metric(tester, "Popularity of lists") == f"{1 + made.bias.gap_difference:.2f} times"
    assert metric(tester, "Catalogue used") == f"{100 * made.use.item_coverage:.0f} %"
    assert metric(tester, "Gini index of films") == f"{made.use.gini:.3f}"
    assert any(f"Lists of 5 films for {made.bias.measured.sum()} users" in text for text in texts(tester.caption))


@pytest.mark.parametrize("settings", [{"space": "raw"}, {"engine": "exact"}])
def test_exact_search_shows_no_recall(settings, with_sample, open_page):
    tester = open_page("diagnostics", user=15, **settings)
    assert any("Exact search finds every neighbour" in text for text in texts(tester.info))


def test_large_datasets_are_diagnosed_in_a_cached_job(with_sample, open_page, monkeypatch):
    monkeypatch.setattr(diagnostics_work, "_SEARCHED_AT_ONCE", 100)
    monkeypatch.setattr(diagnostics_work, "_ALL_OF", 100)
    monkeypatch.setattr(diagnostics_work, "_SAMPLES", (50, 200))
    asked = []

    def counted(*args, **settings):
        asked.append(settings["sample"])
        return diagnose(*args, **settings)

    monkeypatch.setattr(diagnostics_work, "diagnose", counted)
    tester = finished(open_page("diagnostics", user=15))
    assert any("lists of 50 users of 671, drawn at random" in text for text in texts(tester.caption))
    tester.button_group(key="lists").set_value(200)
    finished(healthy(tester.run()))
    assert any("lists of 200 users of 671" in text for text in texts(tester.caption))
    tester.button_group(key="lists").set_value(0)
    finished(healthy(tester.run()))
    assert any("lists of all 671 users" in text for text in texts(tester.caption))
    tester.button_group(key="lists").set_value(50)
    healthy(tester.run())
    assert any("lists of 50 users of 671" in text for text in texts(tester.caption))
    assert asked == [50, 200, None]
    assert "Neighbours of MovieLens Small 2016, diagnosed with k 50" in [job.title for job in cache.jobs().all()]
    other = open_page("diagnostics", user=15)
    assert any("lists of 50 users of 671" in text for text in texts(other.caption))
    assert len(asked) == 3


@pytest.fixture
def blocked_diagnosis(monkeypatch):
    """Make diagnoses block until cancelled; yields the list of starts and an event that unblocks them."""
    monkeypatch.setattr(diagnostics_work, "_SEARCHED_AT_ONCE", 100)
    begun, passing = [], threading.Event()

    def slow(*args, progress, **settings):
        begun.append(args[1])
        while not passing.is_set():
            progress(1.0, 4.0)
            time.sleep(0.01)
        return diagnose(*args, progress=progress, **settings)

    monkeypatch.setattr(diagnostics_work, "diagnose", slow)
    yield begun, passing
    for job in cache.jobs().all():
        job.cancel()
    wait_for_jobs()


def test_cancelled_job_can_be_retried(blocked_diagnosis, with_sample, open_page):
    _, passing = blocked_diagnosis
    tester = open_page("diagnostics", user=15)
    button(tester, "Cancel").click()
    healthy(tester.run())
    finished(tester)
    assert texts(tester.info) == ["Neighbours of MovieLens Small 2016, diagnosed with k 50 was cancelled."]
    passing.set()
    button(tester, "Try again").click()
    healthy(tester.run())
    finished(tester)
    assert metric(tester, "Skewness")


def test_job_of_outdated_settings_is_cancelled(blocked_diagnosis, with_sample, open_page):
    begun, passing = blocked_diagnosis
    tester = open_page("diagnostics", user=15, k=5)
    deadline = time.monotonic() + 30
    while not begun and time.monotonic() < deadline:
        time.sleep(0.01)
    tester.select_slider(key="k").set_value(9)
    healthy(tester.run())
    first = cache.jobs().all()[0]
    while first.live and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (first.state, first.listed) == ("cancelled", False)
    passing.set()
    finished(tester)
    assert [query.k for query in begun] == [5, 9]
    assert any("exact 9 neighbours" in text for text in texts(tester.caption))


def test_failed_job_shows_the_reason(with_sample, open_page, monkeypatch):
    def broken(*_args, **_settings):
        raise SpecError("dim=9 exceeds the rank 4; choose 1 <= dim <= 4")

    monkeypatch.setattr(diagnostics_work, "_SEARCHED_AT_ONCE", 100)
    monkeypatch.setattr(diagnostics_work, "diagnose", broken)
    tester = finished(open_page("diagnostics", user=15))
    (message,) = texts(tester.error)
    assert " failed: dim" in message
    assert "exceeds the rank 4" in message


def test_message_when_no_user_has_recommendations(upload, open_page):
    upload("user,item,rating\n1,1,4\n1,2,2\n2,1,3\n2,2,5\n")
    tester = open_page("diagnostics")
    assert any("No user has a film left to recommend" in text for text in texts(tester.info))


def test_diagnostics_without_a_selected_user(upload, open_page):
    upload("user,item,rating\n3,1,4\n3,2,2\n8,1,5\n9,2,1\n")
    tester = open_page("diagnostics")
    tester.sidebar.number_input(key="user").set_value(5)
    healthy(tester.run())
    assert metric(tester, "Skewness")
    assert any("Click a row to choose that user" in text for text in texts(tester.caption))
