"""Charts below what a window shows are drawn when the rest can be used, or when their place can be seen."""

from playwright.sync_api import expect
from reading import assert_healthy, open_page, wait_idle

CHARTS = ".js-plotly-plot"
PLACE = ".st-key-dataset-charts-place"

# when the first button of the tour and the first chart were there
WATCH = """
window.seen = {};
const look = () => {
    const note = (name, there) => { if (there && !(name in window.seen)) window.seen[name] = performance.now(); };
    note("button", document.querySelector(".st-key-tour-1 button"));
    note("chart", document.querySelector(".js-plotly-plot .main-svg"));
    requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


def test_the_first_page_can_be_used_before_plotly_is_fetched_and_shows_its_charts_unasked(tab):
    tab.add_init_script(WATCH)
    open_page(tab, "/?user=15")
    expect(tab.locator(CHARTS)).to_have_count(3)
    seen = tab.evaluate("() => window.seen")
    fetched = tab.evaluate(
        "() => Math.min(...performance.getEntriesByType('resource')"
        ".filter((one) => one.name.includes('PlotlyChart')).map((one) => one.startTime))"
    )
    assert seen["button"] < fetched < seen["chart"]
    assert_healthy(tab)


def test_once_drawn_they_are_drawn_at_once(tab):
    open_page(tab, "/?user=15")
    tab.get_by_role("link", name="Data", exact=True).first.click()
    tab.locator("h1", has_text="Data").wait_for()
    wait_idle(tab)
    tab.get_by_role("link", name="Overview", exact=True).first.click()
    tab.locator("h1", has_text="Overview").wait_for()
    wait_idle(tab)
    expect(tab.locator(CHARTS)).to_have_count(3)
    assert_healthy(tab)


def test_who_goes_down_at_once_need_not_wait_for_the_clock(tab):
    tab.add_init_script(
        "const real = setTimeout; window.setTimeout = (f, ms, ...a) => ms === 800 || real(f, ms, ...a);"
    )
    tab.goto("/?user=15")
    tab.locator(PLACE).wait_for(state="attached")
    tab.wait_for_timeout(3_000)
    expect(tab.locator(CHARTS)).to_have_count(0)
    tab.get_by_text("Where to go").scroll_into_view_if_needed()
    wait_idle(tab)
    expect(tab.locator(CHARTS)).to_have_count(3)
    assert_healthy(tab)
