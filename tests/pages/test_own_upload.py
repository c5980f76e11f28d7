"""An upload that one session has to itself, on every page."""

import threading

import pytest
from apptest import PAGES, button, frames, go, healthy, texts, user
from test_data_page import send
from test_evaluation_page import MINE, of_two, over, press, rows

from ucf_core.datasets.listing import listing
from ucf_core.datasets.sources import uploads
from ucf_ui.session import cache

GOOD = b"user,item,rating,title\nann,x,4,One\nann,y,2,Two\nbob,x,5,One\nbob,z,3,Three\ncat,z,3,Three\ncat,x,1,One\n"
NAME = "session:mine.csv"


def plain(message):
    return [one.replace("\\", "") for one in message]


@pytest.fixture
def opened(empty_home, open_page):
    """The Data page of a session that has uploaded a file for itself, and opened it."""
    tester = open_page("data")
    assert tester.radio(key="whose").value == "session"  # who does not choose shows nobody
    tester.file_uploader[0].set_value(("mine.csv", GOOD, "text/csv"))
    button(tester, "Add this file").click()
    healthy(tester.run())
    assert texts(tester.error) == []
    assert plain(texts(tester.success)) == ["mine.csv (only you) is ready."]
    button(tester, "Open it").click()
    return healthy(tester.run())


def test_it_is_opened_and_nothing_of_it_is_in_the_home(opened, empty_home):
    assert opened.sidebar.selectbox(key="dataset").value == NAME
    assert user(opened) in ("ann", "bob", "cat")
    assert uploads.uploaded(empty_home) == []
    assert NAME not in [row["name"] for row in listing(empty_home)]
    assert any("everything is in memory, nothing on disk" in message for message in texts(opened.caption))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_works_and_keeps_nothing_on_disk(name, opened, empty_home):
    tester = go(opened, name)
    assert texts(tester.error) == []
    assert opened.sidebar.selectbox(key="dataset").value == NAME
    kept = [path for path in empty_home.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert kept == []


def test_closing_it_lets_go_of_it(opened):
    opened.button(key=f"close-{NAME}").click()
    healthy(opened.run())
    assert any("No dataset yet" in message for message in texts(opened.info))
    assert opened.session_state["_own_uploads"].explorers == {}


def test_another_session_sees_nothing_of_it(opened, open_page):
    other = open_page("data", dataset=NAME)
    assert frames(other) == []
    assert not any("mine.csv (only you)" in message for message in plain(texts(other.markdown)))


def test_a_link_to_what_another_session_had_says_what_became_of_it(with_sample, open_page):
    tester = open_page("neighbours", dataset=NAME)
    (message,) = plain(texts(tester.sidebar.warning))
    assert message.startswith("mine.csv was in the memory of another session: reloading a tab begins a new one.")
    assert tester.sidebar.selectbox(key="dataset").value == "sample"


def test_the_python_of_a_page_reads_the_file_by_its_name(opened):
    tester = go(opened, "neighbours")
    (script,) = [one.value for one in tester.code]
    assert 'ucf.load_ratings("mine.csv")' in script.replace("'", '"')


def test_no_file_of_all_neighbours_is_made_of_it(opened):
    tester = go(opened, "jobs")
    assert any("would be written to disk" in message for message in texts(tester.info))
    assert not [one for one in tester.button if one.label == "Start"]


def test_its_evaluation_is_kept_in_memory_alone(empty_home, open_page):
    tester = send(open_page("data"), "mine.csv", MINE.encode(), whose="session")
    button(tester, "Open it").click()
    tester = go(healthy(tester.run()), "evaluation")
    tester = over(press(of_two(tester), "Start"))
    assert texts(tester.error) == []
    assert {"bias", "popular"} <= {name.lower() for name in rows(tester)["Model"]}
    assert not list(empty_home.glob("artifacts/evaluation/*"))


def test_the_job_list_tells_others_nothing_of_it(opened, open_page):
    fingerprint = opened.session_state["_own_uploads"].explorers[NAME].ratings.fingerprint
    title = "Index of mine.csv (only you)"
    cache.jobs().submit(f"index {fingerprint} 1", title, lambda _: None, dataset=NAME)
    cache.jobs().join(10)
    assert any(title in message for message in plain(texts(go(opened, "jobs").markdown)))
    others = plain(texts(open_page("jobs").markdown))
    assert not any("mine.csv" in message for message in others)
    begun, go_on = threading.Event(), threading.Event()

    def still_at_it(_):
        begun.set()
        go_on.wait(30)

    cache.jobs().submit(f"index {fingerprint} 2", title, still_at_it, dataset=NAME)
    begun.wait(10)
    progress = [one.proto.text for one in open_page("jobs").get("progress")]
    go_on.set()
    assert progress == ["Work on a private upload of another session"]
    assert any("Work on a private upload of another session" in message for message in others)
