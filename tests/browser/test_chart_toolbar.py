"""The buttons on every chart: what they save is the chart."""

import csv
import html
import io
import re
import struct
from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, choose, open_page, save

import ucf_core as ucf
from ucf_ui.figures.users import shared_ratings

RATINGS_GIVEN = ".js-plotly-plot:has-text('Ratings given')"


@pytest.fixture
def explorer(home):
    return ucf.Explorer(ucf.load_ratings("sample", home=home), in_memory=True)


def test_the_picture_is_saved_in_either_format_under_the_name_of_the_chart(tab):
    open_page(tab, "/neighbours?user=15")
    chart = tab.locator(RATINGS_GIVEN)
    box = chart.bounding_box()
    name, png = save(tab, chart, "PNG")
    assert name == "ratings-given.png"
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == pytest.approx((2 * box["width"], 2 * box["height"]), abs=4)
    assert len(png) > 5_000
    name, svg = save(tab, chart, "SVG")
    assert name == "ratings-given.svg"
    words = "".join(ElementTree.fromstring(svg).itertext())
    assert "Ratings given" in words
    assert "Rating (stars)" in words
    assert_healthy(tab)


def test_the_csv_has_each_bar_of_each_series(tab, explorer):
    open_page(tab, "/neighbours?user=15")
    name, content = save(tab, tab.locator(RATINGS_GIVEN), "CSV")
    assert name == "ratings-given.csv"
    heading, *rows = csv.reader(io.StringIO(content.decode()))
    assert heading[:3] == ["Series", "Rating (stars)", "Share of ratings (%)"]
    ratings = explorer.ratings
    own = ratings.matrix[ratings.users.row(15)].data
    for series, given in (("This user", own), ("All users", ratings.matrix.data)):
        shown = {float(row[1]): float(row[2]) for row in rows if row[0] == series}
        assert shown == pytest.approx({stars: 100 * float((given == stars).mean()) for stars in shown}, abs=1e-3)
        assert sum(shown.values()) == pytest.approx(100, abs=1e-2)


@pytest.mark.long
def test_a_chart_that_is_drawn_later_has_the_buttons_too(tab, explorer):
    open_page(tab, "/neighbours?user=15")
    choose(tab, "neighbour", 0)
    chart = tab.get_by_role("figure", name="Both users' ratings of the films that they share").locator(
        ".js-plotly-plot"
    )
    _, content = save(tab, chart, "CSV")
    heading, *rows = csv.reader(io.StringIO(content.decode()))
    assert heading == ["Series", "Rating (stars)", "Film", "Label"]
    other = re.search(r"neighbour=(\d+)", tab.url)[1]
    ratings = explorer.ratings
    both = ucf.compare_users(ratings, ratings.users.row(15), ratings.users.row(int(other)))
    for name, trace in zip(
        ("User 15", f"User {other}"), shared_ratings(both, ratings, "15", other).data[1:], strict=True
    ):
        shown = [(float(x), float(y), label) for series, x, y, label in rows if series == name]
        labels = [html.unescape(label) for label in trace.text]
        assert shown == list(zip(trace.x.tolist(), trace.y.tolist(), labels, strict=True))


def test_a_text_that_a_sheet_would_run_gets_an_apostrophe_and_commas_stay_in_their_cell(tab):
    open_page(tab, "/neighbours?user=15")
    chart = tab.locator(RATINGS_GIVEN)
    chart.evaluate("chart => { chart.data[0].name = '=1+1'; chart.data[1].name = 'a, <b>&quot;b&amp;c</b>'; }")
    _, content = save(tab, chart, "CSV")
    assert {row[0] for row in csv.reader(io.StringIO(content.decode()))} == {"Series", "'=1+1", "a, &quot;b&c"}


@pytest.mark.long
def test_the_buttons_are_reached_by_keyboard_and_then_shown(tab):
    open_page(tab, "/neighbours?user=15")
    chart = tab.locator(RATINGS_GIVEN)
    buttons = chart.locator(".ucf-save button")
    assert [button.get_attribute("aria-label") for button in buttons.all()] == [
        "Save chart as PNG",
        "Save chart as SVG",
        "Save the chart's data as CSV",
    ]
    buttons.first.focus()
    tab.keyboard.press("Tab")
    tab.wait_for_timeout(500)
    assert buttons.nth(1).evaluate("button => button === document.activeElement")
    assert chart.locator(".modebar").evaluate("bar => getComputedStyle(bar).opacity") == "1"
    with tab.expect_download() as saved:
        tab.keyboard.press("Enter")
    assert saved.value.suggested_filename == "ratings-given.svg"


@pytest.mark.long
def test_a_hidden_toolbar_leaves_the_title_of_its_chart_to_be_seen(tab):
    open_page(tab, "/neighbours?user=15")
    bar = tab.locator(RATINGS_GIVEN).locator(".modebar")
    grounds = bar.evaluate(
        "bar => [bar, ...bar.children].map(one => getComputedStyle(one))"
        ".filter(style => style.opacity > 0).map(style => style.backgroundColor)"
    )
    assert set(grounds) == {"rgba(0, 0, 0, 0)"}


@pytest.mark.long
@pytest.mark.parametrize("path", ["/", "/neighbours", "/tuning", "/index_inspector"])
def test_every_chart_of_a_page_has_the_buttons_once(path, tab):
    open_page(tab, path)
    charts = tab.locator(".js-plotly-plot")
    expect(charts).not_to_have_count(0)
    assert [chart.locator(".ucf-save").count() for chart in charts.all()] == [1] * charts.count()
