"""What tests read off a page in a browser, and how they wait for it."""

import itertools
import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

WAIT = 30_000  # milliseconds that one step of a page may take on a busy machine
expect.set_options(timeout=WAIT)

_IDLE = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const ok = app && app.dataset.testConnectionState === 'CONNECTED'
        && app.dataset.testScriptState === 'notRunning'
        && !document.querySelector('[data-testid=stSkeleton],[data-stale=true],[data-waiting]')
        && [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(it => it.querySelector('.main-svg'));
    const now = performance.now();
    window.__idleSince = ok ? (window.__idleSince ?? now) : undefined;
    return ok && now - window.__idleSince > 250; }"""

# by the page's own clock: on a busy machine the timers come late of what is to be waited for, and so does this one
_A_WHILE = "() => new Promise(done => setTimeout(done, 400))"


def some_of(values, n):
    """`n` of `values` with every change, the others with the long tests: see docs/reliability.md."""
    values = list(values)
    return [*values[:n], *(pytest.param(value, marks=pytest.mark.long) for value in values[n:])]


def tab_of(context):
    """A new tab; it notes JavaScript errors, requests, and when it last asked the server to run, and a run was over."""
    context.set_default_timeout(WAIT)
    tab = context.new_page()
    order = itertools.count(1)
    tab.js_errors, tab.asked, tab.asked_at, tab.answered_at = [], [], 0, 0

    def sent(message):
        if BackMsg.FromString(message).WhichOneof("type") == "rerun_script":
            tab.asked_at = next(order)

    def received(message):
        answer = ForwardMsg.FromString(message)
        if (
            answer.WhichOneof("type") == "script_finished"
            and answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        ):
            tab.answered_at = next(order)

    def connected(socket):
        socket.on("framesent", sent)
        socket.on("framereceived", received)

    tab.on("pageerror", lambda error: tab.js_errors.append(str(error)))
    tab.on("request", lambda request: tab.asked.append(request.url))
    tab.on("websocket", connected)
    return tab


def wait_idle(tab, timeout=90_000):
    """Connected, script not running, all is drawn; stable for 250 ms."""
    tab.wait_for_function(_IDLE, timeout=timeout)


def open_page(tab, path):
    tab.goto(path)
    wait_idle(tab)
    assert_healthy(tab)
    return tab


def assert_healthy(tab):
    """No exception or error on the page, no JavaScript error, and no request beyond this machine."""
    assert tab.locator("[data-testid=stException]").count() == 0
    assert tab.get_by_text("Something went wrong").count() == 0
    assert tab.js_errors == []
    assert {urlsplit(url).hostname for url in tab.asked if url.startswith(("http", "ws"))} == {"127.0.0.1"}


def parameters(tab):
    """The query parameters in the address bar."""
    return {key: values[-1] for key, values in parse_qs(urlsplit(tab.url).query).items()}


def caption(tab, pattern):
    """The groups of the first match of `pattern` in the text of the page."""
    found = re.search(pattern, tab.locator("[data-testid=stMain]").inner_text())
    assert found, (pattern, tab.locator("[data-testid=stMain]").inner_text())
    return found.groups()


def slider(tab, key):
    return tab.locator(f".st-key-{key} input")


def press(tab, key, *keys):
    """Move a slider by keyboard."""
    slider(tab, key).focus()
    for one in keys:
        tab.keyboard.press(one)
    settle(tab)


def settle(tab):
    """Wait for what a widget sends with a delay, for the end of the run that answers, and for all that it draws.

    By the messages in both directions: on a busy machine a page looks idle for a while before its run begins.
    """
    tab.evaluate(_A_WHILE)
    deadline = time.monotonic() + WAIT / 1000
    while tab.asked_at > tab.answered_at:
        assert time.monotonic() < deadline, "the run that answers is not over"
        tab.wait_for_timeout(20)
    wait_idle(tab)


def value(tab, key):
    """What a slider stands at; the steps of those for k are uneven, so the input's own value is only a place."""
    return int(slider(tab, key).get_attribute("aria-valuetext"))


def click_row(tab, table, row):
    """Select a row (from 0) of a table by its box at the left. Tables are drawn on a canvas: rows are 35 px high."""
    grid = tab.get_by_role("region", name=table)
    # the canvas lies under what scrolls it; Playwright clicks when that stands still, which charts above it may delay
    grid.locator(".dvn-scroller").click(position={"x": 18, "y": 35 * (row + 1) + 17})
    settle(tab)


def user(tab):
    return tab.locator(".st-key-user input").input_value()


def options(tab, key):
    """Open a box; its options."""
    box = tab.locator(f".st-key-{key} input")
    listed = tab.get_by_role("option")
    for _ in range(5):
        # the list closes when the page moves below it, as it does while charts are drawn
        box.scroll_into_view_if_needed()
        box.focus()
        tab.keyboard.press("ArrowDown")
        tab.wait_for_timeout(300)
        if listed.count():
            return listed
    raise AssertionError(f"the box {key} shows no options")


def choose(tab, key, option):
    """Choose an option of a box by its text, or by its place in the list."""
    listed = options(tab, key)
    (listed.nth(option) if isinstance(option, int) else listed.get_by_text(option, exact=True)).click()
    settle(tab)


def chosen(tab, key):
    """What the box of this key shows."""
    return tab.locator(f".st-key-{key} input").input_value()


def save(tab, chart, kind):
    """The name and the bytes of what a button on a chart saves: PNG, SVG or CSV."""
    chart.scroll_into_view_if_needed()
    chart.hover()
    with tab.expect_download() as saved:
        chart.get_by_role(
            "button", name={"CSV": "Save the chart's data as CSV"}.get(kind, f"Save chart as {kind}")
        ).click()
    return saved.value.suggested_filename, saved.value.path().read_bytes()
