"""A page, a part of one and a button that raise: the browser gets an id or a plain sentence, and never a traceback."""

import json
import re

import pytest
from playwright.sync_api import expect
from reading import settle, wait_idle
from serving import ROOT, served

SECRET = "rating 4.5 of user 4711"
# app.py with faults built in: of the page of jobs, of a part of the data page, of a button in the sidebar, and of a
# button in a part of the tuning page
SCRIPT = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import streamlit as st
from ucf_ui.base import pages
from ucf_ui.session import sidebar as state
from ucf_ui.shell import page
from ucf_ui.base.faults import safely
from ucf_ui.base.fragment import fragment

def fail(*arguments, **options):
    raise RuntimeError({SECRET!r})

def faulty(header):
    def draw(entry, lead=None):
        if entry is pages.JOBS:
            fail()
        header(entry, lead)
        if entry is pages.DATA:
            fragment(fail)()
        if entry is pages.TUNING:
            fragment(part)()
    return draw

def part():
    st.button("Fail here", on_click=safely(fail))
    st.button("Do nothing")

if not hasattr(page, "is_faulty"):
    page.is_faulty, page.header, state._surprise = True, faulty(page.header), fail
page.run()
"""


@pytest.fixture(scope="module")
def faulty(browser, home, tmp_path_factory):
    """The address of a server with faults, and its log, one JSON document a line where it is ours."""
    folder = tmp_path_factory.mktemp("faulty")
    (folder / "pages").symlink_to(ROOT / "pages")
    (folder / "app.py").write_text(SCRIPT)
    log = folder / "log"
    with served(
        home, log, warm=True, script=folder / "app.py", env={"UCF_LOG_FORMAT": "json", "UCF_SLOW_SECONDS": "0"}
    ) as url:
        yield url, log


def events(log, name):
    lines = [line for line in log.read_text().splitlines() if line.startswith("{")]
    return [shown for line in lines if (shown := json.loads(line))["event"] == name]


def received(tab):
    """Everything that the server sends to this tab over its websocket, as it comes."""
    frames = []
    tab.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))
    return frames


def bytes_of(frames):
    return b"".join(frame if isinstance(frame, bytes) else str(frame).encode() for frame in frames)


def assert_nothing_leaked(tab, frames):
    sent = bytes_of(frames)
    assert sent
    for leak in (b"Traceback", SECRET.encode(), b"RuntimeError", str(ROOT).encode(), b"fail("):
        assert leak not in sent
    assert SECRET not in tab.content()


@pytest.mark.parametrize(("path", "place"), [("/jobs", "Jobs"), pytest.param("/data", "fail", marks=pytest.mark.long)])
def test_a_fault_shows_its_id_and_the_log_has_the_traceback_under_it(path, place, faulty, new_tab):
    url, log = faulty
    tab = new_tab(url)
    frames = received(tab)
    tab.goto(path)
    wait_idle(tab)
    shown = tab.get_by_text("Something went wrong.").first.inner_text()
    name = re.fullmatch(r"Something went wrong\. Error ([0-9a-f]{6}); the log has the details\.", shown.strip())[1]
    (logged,) = [event for event in events(log, "error") if event["id"] == name]
    assert (logged["page"], logged["type"]) == (place, "RuntimeError")
    assert SECRET in logged["traceback"]
    expect(tab.locator("[data-testid=stSidebarNavLink]")).not_to_have_count(0)
    expect(tab.locator(".st-key-user")).to_have_count(1)
    assert_nothing_leaked(tab, frames)


def id_shown(tab):
    """The id in the one message on the page."""
    tab.get_by_text("Something went wrong.").wait_for()
    (shown,) = tab.get_by_text("Something went wrong.").all_inner_texts()
    return re.fullmatch(r"Something went wrong\. Error ([0-9a-f]{6}); the log has the details\.", shown.strip())[1]


@pytest.mark.long
def test_a_fault_of_a_button_shows_its_id_once_and_the_page_goes_on(faulty, new_tab):
    url, log = faulty
    tab = new_tab(url)
    frames = received(tab)
    tab.goto("/neighbours?user=15")
    wait_idle(tab)
    tab.get_by_role("button", name="Surprise me").click()
    name = id_shown(tab)
    settle(tab)
    (logged,) = [event for event in events(log, "error") if event["id"] == name]
    assert (logged["page"], logged["type"]) == ("fail", "RuntimeError")
    assert SECRET in logged["traceback"]
    bar, message = (tab.get_by_test_id(name).bounding_box() for name in ("stHeader", "stAlert"))
    assert message["y"] >= bar["y"] + bar["height"]
    assert tab.locator("[data-testid=stException]").count() == 0
    expect(tab.locator("h1")).to_have_text("Neighbours")
    expect(tab.locator("[data-testid=stDataFrame]")).not_to_have_count(0)
    tab.get_by_role("button", name="Most", exact=True).click()
    tab.get_by_text("Something went wrong.").wait_for(state="detached")
    assert_nothing_leaked(tab, frames)


@pytest.mark.long
def test_a_fault_of_a_button_in_a_part_of_a_page_is_shown_in_that_part(faulty, new_tab):
    url, log = faulty
    tab = new_tab(url)
    frames = received(tab)
    tab.goto("/tuning?user=15")
    wait_idle(tab)
    tab.get_by_role("button", name="Fail here").click()
    name = id_shown(tab)
    settle(tab)
    assert [event["page"] for event in events(log, "error") if event["id"] == name] == ["fail"]
    message, above = (tab.get_by_text(text).bounding_box()["y"] for text in ("Something went wrong.", "Fail here"))
    assert above - 150 < message < above
    tab.get_by_role("button", name="Do nothing").click()
    tab.get_by_text("Something went wrong.").wait_for(state="detached")
    assert_nothing_leaked(tab, frames)


@pytest.mark.long
def test_slow_reruns_name_their_page(faulty, new_tab):
    url, log = faulty
    tab = new_tab(url)
    tab.goto("/neighbours?user=15")
    wait_idle(tab)
    found = events(log, "slow rerun")
    assert "Neighbours" in {event["page"] for event in found}
    assert all(event["seconds"] >= 0 for event in found)
    assert "user" not in {key for event in found for key in event}
