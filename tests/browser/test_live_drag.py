"""Sliders that answer while their handle moves: by mouse, finger and keys, and what becomes of their value."""

import json
import time

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, caption, open_page, parameters, press, settle, slider, tab_of, value, wait_idle

FOUND = r"HNSW found (\d+) of the (\d+) exact neighbours"
# notes each text of the first caption that names a number of neighbours
NOTE = """() => {
    window.noted = [];
    const look = () => {
        const found = document.querySelector('[data-testid=stMain]').innerText.match(/found \\d+ of the (\\d+)/);
        if (found && window.noted.at(-1) !== Number(found[1])) window.noted.push(Number(found[1]));
        requestAnimationFrame(look);
    };
    look(); }"""


@pytest.fixture
def opened(tab):
    """The page of neighbours, with the messages that the tab sends to the server."""
    sent = []
    tab.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_page(tab, "/neighbours?user=15&k=20")
    slider(tab, "k").scroll_into_view_if_needed()
    return tab, sent


def place(tab, key, part):
    """The point at which the handle stands at that part of the track."""
    box = slider(tab, key).bounding_box()
    return box["x"] + 8 + part * (box["width"] - 16), box["y"] + box["height"] / 2


def drag(tab, key, first, last, *, steps=30, pause=30):
    """Move the handle without letting go of it."""
    tab.mouse.move(*place(tab, key, first))
    tab.mouse.down()
    for step in range(1, steps + 1):
        tab.mouse.move(*place(tab, key, first + (last - first) * step / steps))
        tab.wait_for_timeout(pause)


def test_the_page_answers_while_the_handle_moves(opened):
    tab, _ = opened
    tab.evaluate(NOTE)
    drag(tab, "k", 0.1, 0.6, pause=60)
    seen = tab.evaluate("() => window.noted")
    assert len(set(seen)) >= 4
    assert seen[1:] == sorted(seen[1:])
    tab.mouse.up()
    settle(tab)
    assert caption(tab, FOUND)[1] == str(value(tab, "k")) == parameters(tab)["k"]
    assert_healthy(tab)


def test_the_answer_to_a_move_reaches_the_browser_before_the_controls(tab):
    received = []
    tab.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(bytes(frame))))
    open_page(tab, "/neighbours?user=15&k=20")
    whole = [at for at, frame in enumerate(received) if b"HNSW found" in frame or b"Preset: " in frame]
    assert b"Preset: " in received[whole[0]]  # a whole page is drawn from top to bottom
    received.clear()
    press(tab, "k", "ArrowLeft")
    first = next(at for at, frame in enumerate(received) if b"exact neighbours in" in frame)
    assert first < next(at for at, frame in enumerate(received) if b"Preset: " in frame)
    assert_healthy(tab)


@pytest.mark.long
def test_values_passed_fast_are_left_out_and_the_last_one_arrives(opened):
    tab, sent = opened
    before, start = len(sent), time.monotonic()
    drag(tab, "k", 0.0, 1.0, steps=100, pause=0)
    took = time.monotonic() - start
    tab.mouse.up()
    settle(tab)
    assert value(tab, "k") == 670
    assert caption(tab, r"(\d+) of the (\d+) exact")[1] == "670"
    assert parameters(tab)["k"] == "670"
    assert 1 <= len(sent) - before <= took / 0.06 + 3


@pytest.mark.long
def test_a_click_on_the_track_is_a_move(opened):
    tab, _ = opened
    tab.mouse.click(*place(tab, "ef", 1.0))
    settle(tab)
    assert value(tab, "ef") == 600
    assert parameters(tab)["ef"] == "600"


@pytest.mark.long
def test_a_finger_moves_it_too(browser, base_url):
    context = browser.new_context(base_url=base_url, viewport={"width": 390, "height": 800}, has_touch=True)
    tab = tab_of(context)
    tab.goto("/neighbours?user=15&k=20")
    wait_idle(tab)
    slider(tab, "k").scroll_into_view_if_needed()
    tab.wait_for_timeout(500)
    finger = context.new_cdp_session(tab)
    for kind, part in [("touchStart", 0.32), *[("touchMove", 0.32 + 0.02 * step) for step in range(20)]]:
        x, y = place(tab, "k", part)
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        tab.wait_for_timeout(30)
    assert value(tab, "k") > 40
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    settle(tab)
    assert parameters(tab)["k"] == str(value(tab, "k")) == caption(tab, FOUND)[1]
    context.close()


@pytest.mark.long
def test_it_is_a_slider_with_a_name_a_value_in_words_and_help(opened):
    tab, _ = opened
    for name, key in (("Neighbours (k)", "k"), ("Dimensions (dim)", "dim"), ("Search breadth (ef)", "ef")):
        handle = tab.get_by_role("slider", name=name)
        expect(handle).to_have_count(1)
        expect(handle).to_have_attribute("aria-valuetext", str(value(tab, key)))
    why = tab.locator(".st-key-k").get_by_role("button")
    shown = tab.locator(".st-key-k [role=tooltip]")
    expect(shown).to_be_hidden()
    why.focus()
    assert "most similar users" in shown.inner_text()
    tab.keyboard.press("Escape")
    expect(shown).to_be_hidden()


@pytest.mark.long
def test_keys_move_by_steps_pages_and_to_the_ends(opened):
    tab, _ = opened
    press(tab, "k", "ArrowUp")
    assert value(tab, "k") == 21
    press(tab, "k", "PageUp")
    assert value(tab, "k") > 22
    press(tab, "k", "PageDown", "PageDown", "PageDown")
    assert value(tab, "k") < 21
    press(tab, "k", "End")
    assert value(tab, "k") == 670
    press(tab, "k", "Home")
    assert value(tab, "k") == 1
    assert parameters(tab)["k"] == "1"
    assert_healthy(tab)


@pytest.mark.long
def test_what_has_no_effect_cannot_be_moved(tab):
    open_page(tab, "/neighbours?user=15&space=raw")
    expect(slider(tab, "k")).to_be_enabled()
    assert slider(tab, "dim").is_disabled()
    assert slider(tab, "ef").is_disabled()


@pytest.mark.long
def test_a_preset_moves_the_handle_and_it_can_be_moved_back(opened):
    tab, _ = opened
    press(tab, "k", "ArrowLeft")
    tab.locator(".st-key-presets button").first.click()
    tab.get_by_role("radio", name="Default").check(force=True)
    settle(tab)
    tab.keyboard.press("Escape")
    settle(tab)
    assert value(tab, "k") == 50
    drag(tab, "k", 0.5, 0.4)
    tab.mouse.up()
    settle(tab)
    for _ in range(200):
        if value(tab, "k") <= 19:
            break
        tab.keyboard.press("ArrowLeft")
    settle(tab)
    assert value(tab, "k") == 19
    assert caption(tab, FOUND)[1] == "19"


@pytest.mark.long
def test_the_value_goes_along_to_the_next_page_and_back(opened):
    tab, _ = opened
    press(tab, "k", "ArrowLeft", "ArrowLeft")
    for name in ("Tuning", "Overview", "Neighbours"):
        tab.get_by_role("link", name=name, exact=True).first.click()
        tab.locator("h1", has_text=name).wait_for()
        settle(tab)
        if name != "Overview":
            assert value(tab, "k") == 18
            assert parameters(tab)["k"] == "18"
    assert caption(tab, FOUND)[1] == "18"
    assert_healthy(tab)


@pytest.mark.long
def test_the_plain_slider_takes_over_value_and_address_and_gives_them_back(opened):
    tab, _ = opened
    press(tab, "k", "ArrowLeft")
    for live in (False, True, False):
        tab.get_by_role("button", name="Advanced").click()
        tab.get_by_text("Live sliders").click()
        settle(tab)
        tab.keyboard.press("Escape")
        settle(tab)
        assert (slider(tab, "k").get_attribute("aria-describedby") == "help") == live
        before = value(tab, "k")
        assert parameters(tab)["k"] == str(before)
        press(tab, "k", "ArrowLeft")
        assert value(tab, "k") == before - 1
        assert parameters(tab)["k"] == str(before - 1) == caption(tab, FOUND)[1]
    assert value(tab, "k") == 16
    tab.get_by_role("link", name="Tuning", exact=True).first.click()
    tab.locator("h1", has_text="Tuning").wait_for()
    settle(tab)
    assert slider(tab, "k").get_attribute("aria-describedby") != "help"
    assert value(tab, "k") == 16
    assert_healthy(tab)


@pytest.mark.long
def test_the_handle_is_not_pulled_back_by_answers_to_older_values(opened):
    tab, _ = opened
    tab.evaluate(
        """() => {
        const input = document.querySelector('.st-key-k [data-testid=stBidiComponentIsolated]').shadowRoot
            .querySelector('input');
        window.stood = [];
        const look = () => { window.stood.push(input.valueAsNumber); requestAnimationFrame(look); };
        look(); }"""
    )
    drag(tab, "k", 0.2, 0.8, steps=60, pause=15)
    tab.mouse.up()
    settle(tab)
    stood = json.loads(tab.evaluate("() => JSON.stringify(window.stood)"))
    moving = stood[next(place for place, one in enumerate(stood) if one != stood[0]) :]
    assert moving == sorted(moving)
