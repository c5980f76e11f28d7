"""A private upload of one session, on every page."""

import threading

import pytest
from apptest import PAGES, button, frames, go, healthy, texts, user
from test_data_page import send
from test_evaluation_page import MINE, choose_two_settings, finish_jobs, press, rows

from ucf_core.datasets.listing import listing
from ucf_core.datasets.sources import uploads
from ucf_ui.session import cache

GOOD = b"user,item,rating,title\nann,x,4,One\nann,y,2,Two\nbob,x,5,One\nbob,z,3,Three\ncat,z,3,Three\ncat,x,1,One\n"
NAME = "session:mine.csv"


def plain(message):
    return [one.replace("\\", "") for one in message]


@pytest.fixture
def opened(empty_home, open_page):
    """The Data page of a session that has opened its private upload."""
    tester = open_page("data")
    assert tester.radio(key="whose").value == "session"  # private by default
    tester.file_uploader[0].set_value(("mine.csv", GOOD, "text/csv"))
    button(tester, "Add this file").click()
    healthy(tester.run())
    assert texts(tester.error) == []
    assert plain(texts(tester.success)) == ["mine.csv (only you) is ready."]
    button(tester, "Open it").click()
    return healthy(tester.run())


def test_private_upload_is_not_in_the_home_folder(opened, empty_home):
    assert opened.sidebar.selectbox(key="dataset").value == NAME
    assert user(opened) in ("ann", "bob", "cat")
    assert uploads.uploaded(empty_home) == []
    assert NAME not in [row["name"] for row in listing(empty_home)]
    assert any("everything is in memory, nothing on disk" in message for message in texts(opened.caption))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_works_without_writing_to_disk(name, opened, empty_home):
    tester = go(opened, name)
    assert texts(tester.error) == []
    assert opened.sidebar.selectbox(key="dataset").value == NAME
    kept = [path for path in empty_home.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert kept == []


def test_closing_frees_its_memory(opened):
    opened.button(key=f"close-{NAME}").click()
    healthy(opened.run())
    assert any("No dataset yet" in message for message in texts(opened.info))
    assert opened.session_state["_own_uploads"].explorers == {}


def test_other_sessions_do_not_see_it(opened, open_page):
    other = open_page("data", dataset=NAME)
    assert frames(other) == []
    assert not any("mine.csv (only you)" in message for message in plain(texts(other.markdown)))


def test_link_to_an_upload_of_another_session_explains_its_absence(with_sample, open_page):
    tester = open_page("neighbours", dataset=NAME)
    (message,) = plain(texts(tester.sidebar.warning))
    assert message.startswith("mine.csv was in the memory of another session: reloading a tab begins a new one.")
    assert tester.sidebar.selectbox(key="dataset").value == "sample"


def test_script_reads_the_file_by_name(opened):
    tester = go(opened, "neighbours")
    (script,) = [one.value for one in tester.code]
    assert 'ucf.load_ratings("mine.csv")' in script.replace("'", '"')


def test_neighbours_of_all_users_are_unavailable(opened):
    tester = go(opened, "jobs")
    assert any("would be written to disk" in message for message in texts(tester.info))
    assert not [one for one in tester.button if one.label == "Start"]


def test_evaluation_stays_in_memory(empty_home, open_page):
    tester = send(open_page("data"), "mine.csv", MINE.encode(), whose="session")
    button(tester, "Open it").click()
    tester = go(healthy(tester.run()), "evaluation")
    tester = finish_jobs(press(choose_two_settings(tester), "Start"))
    assert texts(tester.error) == []
    assert {"bias", "popular"} <= {name.lower() for name in rows(tester)["Model"]}
    assert not list(empty_home.glob("artifacts/evaluation/*"))


def test_job_list_hides_its_name_from_others(opened, open_page):
    fingerprint = opened.session_state["_own_uploads"].explorers[NAME].ratings.fingerprint
    title = "Index of mine.csv (only you)"
    cache.jobs().submit(f"index {fingerprint} 1", title, lambda _: None, dataset=NAME)
    cache.jobs().join(10)
    assert any(title in message for message in plain(texts(go(opened, "jobs").markdown)))
    others = plain(texts(open_page("jobs").markdown))
    assert not any("mine.csv" in message for message in others)
    begun, go_on = threading.Event(), threading.Event()

    def block(_):
        begun.set()
        go_on.wait(30)

    cache.jobs().submit(f"index {fingerprint} 2", title, block, dataset=NAME)
    begun.wait(10)
    progress = [one.proto.text for one in open_page("jobs").get("progress")]
    go_on.set()
    assert progress == ["Work on a private upload of another session"]
    assert any("Work on a private upload of another session" in message for message in others)
