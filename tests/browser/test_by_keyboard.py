"""Every page without a mouse: all controls are reached, in order, and say what they are; focus stays where it was."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, open_page, parameters, press, slider, some_of, value

from ucf_ui.base import pages

SHOWN = {
    **{Path(entry.path).stem: f"/{Path(entry.path).stem}?user=15" for entry in pages.ENTRIES},
    "overview": "/?user=15",
    "neighbours": "/neighbours?user=15&neighbour=212",
    "recommendations": "/recommendations?user=15&film=1080",
}
# What has the focus, numbered in the order in which it got it: its name, and whether it is in sight.
FOCUSED = """() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    at = at?.closest('canvas') ?? at;  // a table's cells are for screen readers and have no place of their own
    if (!at || at === document.body) return null;
    window.met ??= new Map();
    if (!window.met.has(at)) window.met.set(at, window.met.size);
    const labels = [...(at.labels ?? [])].map((label) => label.textContent).join(' ');
    const box = at.getBoundingClientRect();
    return {
        number: window.met.get(at),
        kind: at.tagName.toLowerCase() + (at.type ? ` ${at.type}` : ''),
        name: (at.getAttribute('aria-label') || labels || at.textContent || at.title).trim(),
        scrolls: at.matches('.dvn-scroller, [data-testid=stMain], [data-testid=stSidebarContent]'),
        seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    }; }"""
# Controls that could have had the focus and did not; of radio buttons and pills one is reached, the others by arrows.
MISSED = """() => {
    const missed = [];
    const look = (root) => { for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) look(element.shadowRoot);
        if (!element.matches('a[href], button, input, select, textarea, [tabindex]') || element.tabIndex < 0) continue;
        const shown = element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
        if (element.disabled || !shown || !element.getBoundingClientRect().width) continue;
        if (element.matches('[role=radio], [type=radio], [data-variant=pills]') || window.met.has(element)) continue;
        missed.push(element.outerHTML.slice(0, 200));
    } };
    look(document);
    return missed; }"""
MOST = 250


def walk(tab):
    """What Tab comes to from the top of the page to its end."""
    met = []
    for _ in range(MOST):
        tab.keyboard.press("Tab")
        now = tab.evaluate(FOCUSED)
        if now is None:
            return met
        if not met or now["number"] != met[-1]["number"]:  # a table is walked cell by cell
            met.append(now)
    raise AssertionError(f"no end after {MOST} steps: {met[-3:]}")


@pytest.mark.parametrize("name", some_of(SHOWN, 1))
def test_tab_comes_to_every_control_once_and_out_of_the_page_again(name, tab):
    open_page(tab, SHOWN[name])
    met = walk(tab)
    assert [one["number"] for one in met] == list(range(len(met)))
    assert [one for one in met if not one["name"] and not one["scrolls"]] == []
    assert [one for one in met if not one["seen"]] == []
    assert tab.evaluate(MISSED) == []
    assert_healthy(tab)


def test_a_live_slider_says_what_it_is_and_moves_by_every_key(tab):
    open_page(tab, "/neighbours?user=15&k=50")
    handle = tab.get_by_role("slider", name="Neighbours (k)")
    handle.focus()
    for key, expected in (
        ("ArrowRight", 51),
        ("ArrowUp", 52),
        ("ArrowLeft", 51),
        ("ArrowDown", 50),
        ("PageUp", 59),
        ("PageDown", 50),
        ("End", 670),
        ("Home", 1),
    ):
        press(tab, "k", key)
        assert (key, value(tab, "k"), parameters(tab).get("k", "50")) == (key, expected, str(expected))
        assert slider(tab, "k").evaluate("input => input.getRootNode().activeElement === input")
    expect(tab.get_by_role("button", name="Help for Neighbours (k)")).to_have_count(1)
    assert_healthy(tab)


@pytest.mark.parametrize(
    ("path", "role", "first", "second"),
    [
        ("/evaluation", "button", "The presets", "The present settings"),
        pytest.param("/map?user=15", "radio", "PCA", "UMAP", marks=pytest.mark.long),
    ],
)
def test_arrows_go_from_one_of_a_group_to_the_next(path, role, first, second, tab):
    open_page(tab, path)
    tab.get_by_role(role, name=first, exact=True).focus()
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("document.activeElement.textContent") == second


@pytest.mark.long
@pytest.mark.parametrize("name", ["Advanced", "Preset: ", "Copy as Python"])
def test_what_a_popover_shows_comes_next_and_then_its_button_again(name, tab):
    open_page(tab, "/tuning?user=15")
    button = tab.get_by_role("button", name=name)
    button.focus()
    tab.keyboard.press("Enter")
    body = tab.get_by_test_id("stPopoverBody")
    body.locator("button, input").first.wait_for()
    tab.wait_for_function("() => document.activeElement.matches('[data-testid=stPopoverBody]')")
    steps = 1
    tab.keyboard.press("Tab")
    while not button.evaluate("button => button === document.activeElement"):
        assert body.evaluate("body => body.contains(document.activeElement)")
        tab.keyboard.press("Tab")
        steps += 1
        assert steps < 40
    assert steps >= 2
    tab.keyboard.press("Escape")
    body.wait_for(state="detached")
    assert button.evaluate("button => button === document.activeElement")
    assert_healthy(tab)


@pytest.mark.long
def test_a_popover_that_is_opened_by_mouse_leaves_the_focus_alone(tab):
    open_page(tab, "/tuning?user=15")
    tab.get_by_role("button", name="Copy as Python").click()
    tab.get_by_test_id("stPopoverBody").wait_for()
    tab.wait_for_timeout(300)
    assert not tab.evaluate("document.activeElement.matches('[data-testid=stPopoverBody]')")
    copy = tab.get_by_role("button", name="Copy to clipboard")
    expect(copy).to_be_visible()
    assert_healthy(tab)


@pytest.mark.parametrize(
    ("path", "role", "name"),
    [
        ("/neighbours?user=15", "button", "Surprise me"),
        pytest.param("/recommendations?user=15&film=1080", "radio", "Predicted rating", marks=pytest.mark.long),
        pytest.param("/compare?user=15", "radio", "Two settings", marks=pytest.mark.long),
        pytest.param("/map?user=15", "radio", "Mean rating", marks=pytest.mark.long),
    ],
)
def test_focus_stays_where_it_was_when_the_page_answers(path, role, name, tab):
    open_page(tab, path)
    control = tab.get_by_role(role, name=name).first
    control.focus()
    tab.keyboard.press("Space")
    tab.wait_for_timeout(300)
    tab.wait_for_function("document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'")
    assert control.evaluate("control => control === document.activeElement")
    assert_healthy(tab)
