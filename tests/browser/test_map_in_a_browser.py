"""The map page in a real browser: a cold link, marks over the crowd, drags, clicks, and what a moved slider sends."""

import re

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, open_page, parameters, press, settle, user
from serving import served

LINK = "/map?user=15&k=40&ef=40&M=4&ef_construction=25"
CHART = ".st-key-user-map .js-plotly-plot"
MARKS = ".ucf-map-marks svg > *"


def marks(tab):
    tab.wait_for_selector(MARKS, state="attached")
    return tab.locator(MARKS).count()


def legend(tab, pattern):
    """The groups of the first match of `pattern` in the legend of the marks."""
    return re.search(pattern, tab.locator(".st-key-map-marks .legend").text_content()).groups()


def span(tab):
    """What the first axis shows."""
    return tab.evaluate(f"() => document.querySelector('{CHART}')._fullLayout.xaxis.range.join()")


def drag(tab):
    """Pull the map to the left by a place where nobody is."""
    before = span(tab)
    tab.locator(CHART).scroll_into_view_if_needed()
    plot = tab.locator(f"{CHART} .draglayer .nsewdrag").bounding_box()
    x, y = plot["x"] + 0.6 * plot["width"], plot["y"] + 0.85 * plot["height"]
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x - 60, y, steps=5)
    tab.mouse.up()
    tab.wait_for_timeout(500)
    assert span(tab) != before


@pytest.fixture
def received(tab):
    """Messages that the server sends to the tab."""
    frames = []
    tab.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))
    return frames


@pytest.mark.long
def test_the_first_visitor_of_a_fresh_server_opens_the_map_by_a_link(new_tab, browser, home, tmp_path):
    with served(home, tmp_path / "log", warm=False) as url:
        tab = open_page(new_tab(url), LINK)
        expect(tab.locator("h1")).to_have_text("Map")
        found, missed = legend(tab, r"(\d+) true neighbours found(\d+) true neighbours missed")
        assert int(found) + int(missed) == 40
        # found in place of those missed, and the user
        assert marks(tab) == 40 + int(missed) + 1
        assert_healthy(tab)


def test_a_moved_k_sends_no_crowd_and_leaves_the_map_where_it_was_dragged(tab, received):
    open_page(tab, "/map?user=15&k=40")
    assert marks(tab) == 41
    crowd = max(map(len, received))
    assert [frame for frame in received if b"heatmap" in bytes(frame)]
    drag(tab)
    dragged = span(tab)
    tab.evaluate(f"document.querySelector('{CHART}').dataset.same = 'yes'")
    received.clear()
    press(tab, "k", "ArrowLeft")
    assert parameters(tab)["k"] == "39"
    assert legend(tab, r"(\d+) neighbours found") == ("39",)
    assert received
    assert not [frame for frame in received if b"heatmap" in bytes(frame)]
    assert max(map(len, received)) < crowd / 4
    expect(tab.locator(f"{CHART}[data-same=yes]")).to_have_count(1)
    assert span(tab) == dragged
    assert_healthy(tab)


@pytest.mark.long
def test_marks_follow_the_axes(tab):
    open_page(tab, "/map?user=15&k=5")
    marks(tab)
    star = tab.locator(f"{MARKS.replace('*', 'path')}").last
    before = star.get_attribute("d")
    drag(tab)
    assert star.get_attribute("d") != before


@pytest.mark.long
def test_a_clicked_mark_becomes_the_user(tab):
    open_page(tab, "/map?user=15&k=5")
    marks(tab)
    mark = tab.locator(".ucf-map-marks svg > circle").last
    mark.hover()
    who = tab.locator(".ucf-map-marks > div").inner_text().split("\n")[0]
    assert who.startswith("User ")
    mark.click()
    settle(tab)
    assert user(tab) == who.removeprefix("User ") == parameters(tab)["user"] != "15"
    expect(tab.get_by_text(who, exact=True)).to_have_count(1)
    assert_healthy(tab)


def test_a_clicked_point_of_the_crowd_becomes_the_user(tab):
    open_page(tab, "/map?user=15&k=1")
    marks(tab)
    # the point furthest to the right has nobody around it
    box = tab.evaluate(
        f"""() => {{
            const points = [...document.querySelectorAll('{CHART} .scatterlayer .point')];
            const boxes = points.map((point) => point.getBoundingClientRect());
            const box = boxes.reduce((a, b) => (b.x > a.x ? b : a));
            return [box.x + box.width / 2, box.y + box.height / 2]; }}"""
    )
    tab.mouse.move(*box)
    tab.wait_for_selector(f"{CHART} .hoverlayer .hovertext")
    who = tab.locator(f"{CHART} .hoverlayer .hovertext").text_content()
    tab.mouse.click(*box)
    settle(tab)
    assert user(tab) != "15"
    assert f"User {user(tab)}" in who
    assert_healthy(tab)


@pytest.mark.long
def test_it_fits_a_phone_and_the_dark(new_tab, base_url):
    tab = open_page(new_tab(base_url, width=400, dark=True), f"{LINK}&colour=genre")
    assert marks(tab)
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert_healthy(tab)


@pytest.mark.long
@pytest.mark.parametrize("width", [400, 1280])
def test_the_map_is_not_much_higher_than_wide_and_its_title_is_in_sight(width, new_tab, base_url):
    tab = open_page(new_tab(base_url, width=width), LINK)
    chart, title = tab.locator(CHART).bounding_box(), tab.locator(f"{CHART} .gtitle").bounding_box()
    assert chart["height"] == pytest.approx(min(620, width + 64), abs=1)
    assert title["y"] > chart["y"]
    # below it comes what is said of the points
    words = tab.get_by_text("All 671 users are points").bounding_box()
    assert 0 < words["y"] - chart["y"] - chart["height"] < 60
    assert_healthy(tab)
