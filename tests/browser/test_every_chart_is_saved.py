"""Every kind of chart that there is, on a page that shows it: its picture in both formats, and its data as CSV."""

import csv
import inspect
import io
import pkgutil
import re
from importlib import import_module
from xml.etree import ElementTree

import plotly.graph_objects as go
import pytest
from playwright.sync_api import expect
from reading import assert_healthy, choose, open_page, save, settle

from ucf_ui import figures

TITLES = {
    "activity_histogram": "Users by activity",
    "agreement_scatter": "Ratings of shared films",
    "approach_curve": "How the search comes nearer",
    "density_map": "All users",
    "dataset_histogram": "Ratings by value",
    "degree_histogram": "Links of a user on the bottom layer",
    "evidence_bars": "neighbours gave it",
    "frontier_curve": "Why it stops",
    "genre_bars": "Favourite genres",
    "genre_pairs": "Genres of what each rated",
    "hits_curve": "True neighbours seen",
    "layer_bars": "Users on each layer",
    "metric_chart": "nDCG@10",
    "occurrence_bars": "How many neighbour lists include each user",
    "popularity_bars": "Popularity by kind of taste",
    "popularity_curve": "The long tail",
    "popularity_scatter": "Popularity of lists against profiles",
    "rank_shifts": "How the list changes",
    "rating_histogram": "Ratings given",
    "recall_against_time": "Index recall against time",
    "recall_by_profile": "Index recall by number of ratings",
    "recall_curve": "Index recall against exact search",
    "search_map": "Where the search went",
    "shared_ratings": "shared films",
    "similarity_by_rank": "Similarity by rank",
    "similarity_histograms": "Similarity of pairs of users",
    "sum_bars": "Parts of the score",
    "weight_bars": "weigh",
}


def choose_neighbour(tab):
    choose(tab, "neighbour", 0)


def choose_film(tab):
    choose(tab, "film", 0)


def rate_a_film_and_ask_why(tab):
    tab.locator("[data-testid=stFeedback]").first.locator("button").nth(4).click()
    settle(tab)
    choose(tab, "taste-why", 0)


def measure(tab):
    tab.get_by_text("The presets", exact=True).first.click()
    tab.get_by_text("The present settings", exact=True).first.click()
    tab.get_by_text("Share of each user", exact=True).first.click()
    settle(tab)
    tab.get_by_role("button", name="Start").click()
    tab.get_by_text("All rows", exact=True).wait_for(timeout=120_000)
    settle(tab)


def wait_for_lists(tab):
    tab.get_by_text("Catalogue used").wait_for(timeout=60_000)
    settle(tab)


def nothing(tab):
    """The page shows its charts by itself."""


VIEWS = {
    "/?user=15": (nothing, {"activity_histogram", "dataset_histogram", "popularity_curve"}),
    "/neighbours?user=15": (
        choose_neighbour,
        {"rating_histogram", "genre_bars", "similarity_by_rank", "shared_ratings"},
    ),
    "/recommendations?user=15": (choose_film, {"sum_bars"}),
    "/compare?user=15": (nothing, {"agreement_scatter", "genre_pairs"}),
    "/compare?user=15&compare=settings&beside=notebook": (nothing, {"rank_shifts"}),
    "/map?user=15": (nothing, {"density_map"}),
    "/your_taste": (rate_a_film_and_ask_why, {"evidence_bars"}),
    "/your_taste?ranking=learned": (rate_a_film_and_ask_why, {"weight_bars"}),
    "/tuning?user=15": (nothing, {"recall_curve", "recall_against_time", "similarity_by_rank"}),
    "/evaluation": (measure, {"metric_chart"}),
    "/diagnostics?user=15": (
        wait_for_lists,
        {"occurrence_bars", "similarity_histograms", "recall_by_profile", "popularity_scatter", "popularity_bars"},
    ),
    "/index_inspector?user=15&M=2&ef_construction=10&k=20&dim=16&ef=20": (
        nothing,
        {"search_map", "approach_curve", "hits_curve", "frontier_curve", "layer_bars", "degree_histogram"},
    ),
}


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode())))


def test_no_kind_of_chart_is_left_out_below():
    modules = [import_module(f"ucf_ui.figures.{found.name}") for found in pkgutil.iter_modules(figures.__path__)]
    functions = {name: one for module in modules for name, one in inspect.getmembers(module, inspect.isfunction)}
    returning = {name for name, one in functions.items() if one.__annotations__.get("return") is go.Figure}
    kinds = {name for name in returning if not name.startswith("_")} - {"chart"}
    assert {*TITLES} == kinds
    assert set().union(*(shown for _, shown in VIEWS.values())) == kinds


@pytest.mark.long
@pytest.mark.parametrize("path", VIEWS)
def test_each_chart_of_a_page_is_saved_as_two_pictures_and_as_data(path, tab):
    prepare, kinds = VIEWS[path]
    open_page(tab, path)
    prepare(tab)
    charts = tab.locator(".js-plotly-plot")
    met = []
    for chart in charts.all():
        title = chart.locator(".gtitle").text_content()
        met.append(title)
        name = "-".join(re.findall(r"\w+", title)).lower()
        saved, png = save(tab, chart, "PNG")
        assert saved == f"{name}.png"
        assert png.startswith(b"\x89PNG")
        saved, svg = save(tab, chart, "SVG")
        assert saved == f"{name}.svg"
        assert title in "".join(ElementTree.fromstring(svg).itertext())
        saved, content = save(tab, chart, "CSV")
        assert saved == f"{name}.csv"
        heading, *rows = rows_of(content)
        assert heading[0] == "Series"
        assert len(heading) >= 3
        assert len(set(heading)) == len(heading)
        assert rows
        assert {len(row) for row in rows} == {len(heading)}
    for kind in kinds:
        assert any(TITLES[kind] in title for title in met), (kind, met)
    assert_healthy(tab)


@pytest.mark.long
def test_what_is_saved_of_the_map_has_the_marks_that_lie_over_it(tab):
    open_page(tab, "/map?user=15&k=7")
    tab.wait_for_selector(".ucf-map-marks svg > *", state="attached")
    chart = tab.locator(".st-key-user-map .js-plotly-plot")
    drawn = chart.evaluate("chart => chart.data.length")
    _, svg = save(tab, chart, "SVG")
    words = "".join(ElementTree.fromstring(svg).itertext())
    assert "7 neighbours found" in words
    assert "User 15" in words
    heading, *rows = rows_of(save(tab, chart, "CSV")[1])
    assert [sum(row[0] == series for row in rows) for series in ("7 neighbours found", "User 15")] == [7, 1]
    assert chart.evaluate("chart => chart.data.length") == drawn
    # every user is in one of the cells
    counts = [float(row[heading.index("Users in a cell")]) for row in rows if row[0] == "Cells"]
    assert sum(counts) == pytest.approx(671)
    assert min(counts) == 1
    assert_healthy(tab)


@pytest.mark.long
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("path", ["/?user=15", "/tuning?user=15"])
def test_the_buttons_leave_the_title_in_sight(path, width, new_tab, base_url):
    tab = open_page(new_tab(base_url, width=width), path)
    for chart in tab.locator(".js-plotly-plot").all():
        chart.scroll_into_view_if_needed()
        chart.hover()
        title, bar = chart.locator(".gtitle").bounding_box(), chart.locator(".modebar").bounding_box()
        beside = bar["x"] >= title["x"] + title["width"]
        assert beside or bar["y"] >= title["y"] + title["height"]
        expect(chart.locator(".ucf-save button").first).to_be_visible()
    assert_healthy(tab)
