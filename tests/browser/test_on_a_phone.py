"""A phone: what moves and opens under a finger, and what must not lie over something else where there is no mouse."""

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, caption, open_page, parameters, settle, slider, tab_of, user, value

# How many bars of buttons there are, and what words lie under one of them, line by line.
COVERED = """() => {
    const all = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
    const bars = all('[data-testid=stElementToolbarButtonContainer]').map((bar) => bar.getBoundingClientRect());
    const found = [];
    for (const one of all('[data-testid=stMain] :is(p, h2, h3, label)')) {
        const words = document.createRange();
        words.selectNodeContents(one);
        for (const line of words.getClientRects())
            for (const bar of bars) {
                const beside = line.left >= bar.right || line.right <= bar.left;
                // a line is a little higher than its letters
                const apart = line.top + 4 >= bar.bottom || line.bottom - 4 <= bar.top;
                if (!beside && !apart) found.push(one.textContent.slice(0, 60));
            }
    }
    return [bars.length, found]; }"""


@pytest.fixture
def phone(whole_browser, base_url):
    """A tab of a phone: narrow, with a finger and without a mouse."""
    context = whole_browser.new_context(
        base_url=base_url,
        viewport={"width": 400, "height": 850},
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
    )
    yield tab_of(context)
    context.close()


def middle(locator):
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_slider_follows_a_finger_and_jumps_to_a_tap(phone):
    open_page(phone, "/neighbours?user=15&k=50")
    x, y = middle(slider(phone, "k"))
    finger = phone.context.new_cdp_session(phone)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x - 10 * step, "y": y}]})
        phone.wait_for_timeout(40)
    moved = value(phone, "k")
    assert moved < 50
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    settle(phone)
    assert parameters(phone)["k"] == str(moved)
    phone.touchscreen.tap(x + 100, y)
    settle(phone)
    assert value(phone, "k") > 50
    phone.get_by_role("button", name="Help for Neighbours (k)").tap()
    expect(phone.locator(".st-key-k #help")).to_be_visible()
    assert_healthy(phone)


@pytest.mark.long
def test_a_mark_and_a_point_of_the_map_are_tapped(phone):
    open_page(phone, "/map?user=15&k=5")
    phone.wait_for_selector(".ucf-map-marks svg > *", state="attached")
    phone.touchscreen.tap(*middle(phone.locator(".ucf-map-marks svg > circle").last))
    settle(phone)
    neighbour = user(phone)
    assert neighbour != "15"
    phone.locator(".st-key-user-map").scroll_into_view_if_needed()
    # the point furthest to the right has nobody around it
    phone.touchscreen.tap(
        *phone.evaluate(
            """() => {
                const points = [...document.querySelectorAll('.st-key-user-map .scatterlayer .point')];
                const boxes = points.map((point) => point.getBoundingClientRect());
                const box = boxes.reduce((a, b) => (b.x > a.x ? b : a));
                return [box.x + box.width / 2, box.y + box.height / 2]; }"""
        )
    )
    settle(phone)
    assert user(phone) not in ("15", neighbour)
    assert_healthy(phone)


@pytest.mark.long
def test_stars_are_tapped_and_the_rated_page_fits_the_screen(phone):
    open_page(phone, "/your_taste")
    for film, stars in ((0, 5), (1, 4), (3, 2)):
        phone.touchscreen.tap(*middle(phone.get_by_test_id("stFeedback").nth(film).locator("button").nth(stars - 1)))
        settle(phone)
    assert caption(phone, r"You gave (\d+) ratings, ([\d.]+) stars") == ("3", "3.67")
    expect(phone.get_by_role("region", name="Films recommended to you, best first")).to_have_count(1)
    assert phone.locator("[data-testid=stMain]").evaluate("main => main.scrollWidth - main.clientWidth") <= 0
    assert_healthy(phone)


@pytest.mark.long
def test_a_chart_is_saved_by_a_tap(phone):
    open_page(phone, "/neighbours?user=15")
    chart = phone.locator(".js-plotly-plot").first
    chart.scroll_into_view_if_needed()
    for name in ("Save chart as PNG", "Save chart as SVG", "Save the chart's data as CSV"):
        with phone.expect_download() as saved:
            chart.get_by_role("button", name=name).tap()
        assert saved.value.suggested_filename.startswith("ratings-given.")
    assert_healthy(phone)


@pytest.mark.long
@pytest.mark.parametrize(
    "path", ["/compare?user=15&compare=settings&beside=notebook", "/tuning?user=15", "/recommendations?user=15"]
)
def test_the_buttons_of_a_table_lie_over_no_words(path, phone):
    open_page(phone, path)
    bars, covered = phone.evaluate(COVERED)
    assert bars >= 1
    assert covered == []
    assert_healthy(phone)


@pytest.mark.long
def test_a_script_can_be_copied_without_a_mouse_and_is_not_cut(phone):
    open_page(phone, "/tuning?user=15")
    phone.get_by_role("button", name="Copy as Python").tap()
    script = phone.get_by_test_id("stCode")
    script.wait_for()
    expect(script.get_by_role("button", name="Copy to clipboard")).to_be_visible()
    assert script.locator("pre").evaluate("pre => pre.scrollWidth - pre.clientWidth") <= 1
    assert_healthy(phone)
