"""The diagnostics page by a deep link: all charts are drawn, lists are measured by a job, a hub can be gone to."""

import re

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, caption, choose, click_row, open_page, parameters, press, settle, user


def lists_measured(tab):
    """The figures of the lists come by a job."""
    tab.get_by_text("Catalogue used").wait_for(timeout=60_000)
    settle(tab)


def test_a_deep_link_shows_every_chart(tab):
    open_page(tab, "/diagnostics?user=15&M=2&ef_construction=10&k=20&dim=16&ef=20")
    lists_measured(tab)
    for title in (
        "How many neighbour lists include each user",
        "Similarity of pairs of users",
        "Index recall by number of ratings",
        "Popularity of lists against profiles",
        "Popularity by kind of taste",
    ):
        expect(tab.locator(".js-plotly-plot .gtitle", has_text=title)).to_have_count(1)
    assert 0 < int(caption(tab, r"On average, (\d+) % of the exact 20 neighbours of 671 users")[0]) < 90
    assert_healthy(tab)


@pytest.mark.long
def test_a_clicked_hub_becomes_the_user(tab):
    open_page(tab, "/diagnostics?user=15")
    lists_measured(tab)
    top = int(caption(tab, r"Most listed user\s+in (\d+) lists")[0])
    click_row(tab, "Users who stand in most neighbour lists", 0)
    assert user(tab) != "15"
    chosen, lists = caption(tab, r"The chosen user, (\d+), is in (\d+) lists")
    assert (chosen, int(lists)) == (user(tab), top)
    assert parameters(tab)["user"] == chosen
    tab.get_by_text("See this user's neighbours").click()
    settle(tab)
    assert re.search(r"/neighbours\b", tab.url)
    assert user(tab) == chosen
    assert_healthy(tab)


@pytest.mark.long
def test_settings_change_what_is_measured_and_stay_in_the_link(tab):
    open_page(tab, "/diagnostics?user=15")
    lists_measured(tab)
    before = caption(tab, r"Most listed user\s+in (\d+) lists")
    popular = float(caption(tab, r"([\d.]+) times")[0])
    press(tab, "k", "Home")
    assert parameters(tab)["k"] == "1"
    assert caption(tab, r"Most listed user\s+in (\d+) lists") != before
    press(tab, "k", "End")
    choose(tab, "ranking", "Weighted mean rating")
    lists_measured(tab)
    assert parameters(tab)["ranking"] == "predicted"
    assert float(caption(tab, r"([\d.]+) times")[0]) < popular
    assert_healthy(tab)


@pytest.mark.long
def test_the_page_fits_a_phone_in_the_dark(new_tab, base_url):
    tab = open_page(new_tab(base_url, width=400, height=800, dark=True), "/diagnostics?user=15")
    lists_measured(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 400
    assert_healthy(tab)
