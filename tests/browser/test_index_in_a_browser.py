"""The index page in a real browser: a link to it, the replay by keyboard, settings that search again."""

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, caption, open_page, parameters, press, settle

LINK = "/index_inspector?user=15&k=40&ef=40&M=4&ef_construction=25"


def replay(tab):
    return tab.get_by_role("slider", name="Replay up to step")


def test_a_link_opens_the_index_and_shows_every_chart(tab):
    open_page(tab, LINK)
    expect(tab.locator("h1")).to_have_text("Index")
    found, k = caption(tab, r"(\d+) of (\d+)")
    assert int(found) < int(k) == 40
    expect(tab.locator(".js-plotly-plot")).to_have_count(6)
    assert_healthy(tab)


@pytest.mark.long
def test_the_search_is_replayed_by_keyboard(tab):
    open_page(tab, LINK)
    steps = int(caption(tab, r"Step (\d+) of \1, bottom layer")[0])
    replay(tab).focus()
    for key in ("ArrowLeft", "ArrowLeft"):
        tab.keyboard.press(key)
    settle(tab)
    expect(tab.get_by_text(f"Step {steps - 2} of {steps}")).to_have_count(1)
    replay(tab).focus()
    tab.keyboard.press("Home")
    settle(tab)
    expect(tab.get_by_text("Every search begins at the same user")).to_have_count(1)
    tab.keyboard.press("ArrowRight")
    settle(tab)
    expect(tab.get_by_text("looks along the")).to_have_count(1)
    assert_healthy(tab)


@pytest.mark.long
def test_a_moved_ef_searches_again_and_is_in_the_address(tab):
    open_page(tab, LINK)
    before = int(caption(tab, r"Distances computed\s+(\d+)")[0])
    press(tab, "ef", "End")
    assert int(caption(tab, r"Distances computed\s+(\d+)")[0]) > before
    assert parameters(tab)["ef"] == "600"
    assert_healthy(tab)


@pytest.mark.long
def test_it_fits_a_phone_and_the_dark(new_tab, base_url):
    tab = open_page(new_tab(base_url, width=400, dark=True), LINK)
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert_healthy(tab)
