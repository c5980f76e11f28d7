"""The dashboard as a person has it: links, keys, clicks, the address bar, and other people beside."""

import re
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import expect
from reading import (
    assert_healthy,
    caption,
    choose,
    chosen,
    click_row,
    open_page,
    parameters,
    press,
    settle,
    slider,
    some_of,
    tab_of,
    user,
    value,
    wait_idle,
)
from serving import served

from ucf_ui.base import pages

PAGES = {entry.title: f"/{Path(entry.path).stem}" for entry in pages.ENTRIES} | {pages.OVERVIEW.title: "/"}
FOUND = r"HNSW found (\d+) of the (\d+) exact neighbours"


@pytest.mark.parametrize("title", some_of(PAGES, 1))
def test_a_deep_link_opens_its_page_in_a_new_browser(title, tab):
    open_page(tab, PAGES[title])
    expect(tab.locator("h1")).to_have_text(title)
    assert user(tab) == "268"
    assert chosen(tab, "dataset") == "MovieLens Small 2016"
    # a note of what to do first is no alarm
    expect(tab.locator("[data-testid=stAlertContentError], [data-testid=stAlertContentWarning]")).to_have_count(0)


def test_the_first_visitor_of_a_fresh_server_gets_page_and_sidebar_by_a_deep_link(new_tab, browser, home, tmp_path):
    with served(home, tmp_path / "log", warm=False) as url:
        tab = open_page(new_tab(url), "/neighbours?user=15&k=12")
        expect(tab.locator("h1")).to_have_text("Neighbours")
        assert user(tab) == "15"
        assert value(tab, "k") == 12
        assert caption(tab, FOUND) == ("12", "12")
        expect(tab.locator("[data-testid=stSidebarNavLink]")).to_have_count(len(pages.ENTRIES))
        assert parameters(tab) == {"user": "15", "k": "12"}


@pytest.mark.long
@pytest.mark.parametrize("title", PAGES)
def test_the_first_visitor_of_a_new_home_gets_any_page_by_a_deep_link(title, new_tab, browser, tmp_path):
    with served(tmp_path / "home", tmp_path / "log", warm=False) as url:
        tab = open_page(new_tab(url), f"{PAGES[title]}?user=15")
        expect(tab.locator("h1")).to_have_text(title)
        assert user(tab) == "15"
        assert_healthy(tab)
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_k_dim_and_ef_move_by_keyboard_with_the_numbers_and_the_address(tab):
    open_page(tab, "/neighbours?user=15")
    assert caption(tab, FOUND) == ("50", "50")
    press(tab, "k", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert value(tab, "k") == 47
    assert caption(tab, FOUND) == ("47", "47")
    assert parameters(tab) == {"user": "15", "k": "47"}
    before = caption(tab, r"(\d+) % also appear")
    press(tab, "dim", "Home", "ArrowRight", "ArrowRight", "ArrowRight")
    assert value(tab, "dim") == 4
    assert parameters(tab)["dim"] == "4"
    assert caption(tab, r"(\d+) % also appear") != before
    press(tab, "ef", "End")
    assert value(tab, "ef") == 600
    assert parameters(tab) == {"user": "15", "k": "47", "dim": "4", "ef": "600"}
    press(tab, "ef", "Home")
    assert parameters(tab)["ef"] == "1"
    assert_healthy(tab)


@pytest.mark.long
def test_tuning_follows_the_sliders(tab):
    open_page(tab, "/tuning?user=15&M=2&ef_construction=10&k=20&dim=16&ef=20")
    poor = int(caption(tab, r"Recall by id\s[\s\S]*?average (\d+) %")[0])
    assert poor < 90
    press(tab, "ef", "End")
    assert float(caption(tab, r"Recall by id\s[\s\S]*?average ([\d.]+) %")[0]) > poor + 10
    stayed = int(caption(tab, r"weighted ratings kept (\d+) of")[0])
    press(tab, "k", "Home")
    assert int(caption(tab, r"weighted ratings kept (\d+) of")[0]) < stayed
    assert_healthy(tab)


@pytest.mark.long
def test_a_neighbour_is_selected_by_a_row_or_by_the_box(tab):
    open_page(tab, "/neighbours?user=15")
    expect(tab.get_by_text("Select a neighbour in the table")).to_have_count(1)
    click_row(tab, "Neighbours, nearest first", 2)
    by_row = parameters(tab)["neighbour"]
    assert chosen(tab, "neighbour") == by_row
    expect(tab.get_by_text(f"User 15 and user {by_row}", exact=True)).to_have_count(1)
    choose(tab, "neighbour", 0)
    by_box = parameters(tab)["neighbour"]
    assert by_box != by_row
    expect(tab.get_by_text(f"User 15 and user {by_box}", exact=True)).to_have_count(1)
    click_row(tab, "Neighbours, nearest first", 4)
    assert parameters(tab)["neighbour"] not in (by_row, by_box)
    tab.get_by_role("button", name=re.compile("^Go to user")).click()
    settle(tab)
    assert user(tab) != "15"
    assert parameters(tab)["user"] == user(tab)
    assert_healthy(tab)


def rows_of(tab, label):
    """The cells of each row of a table that is on screen, with whether it is selected, as screen readers get them."""
    table = tab.get_by_role("region", name=label)
    rows = table.locator("tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [row.ariaSelected ?? row.getAttribute('aria-selected'),"
        " [...row.querySelectorAll('td')].map((cell) => cell.textContent)])"
    )
    return [(selected == "true", cells) for selected, cells in rows]


def test_new_rows_take_the_place_of_old_ones_and_the_selected_one_stays_selected(tab):
    open_page(tab, "/neighbours?user=15&k=20&dim=64")
    table = "Neighbours, nearest first"
    click_row(tab, table, 3)
    chosen_one = parameters(tab)["neighbour"]
    tab.get_by_role("region", name=table).evaluate("(node) => { node.marked = true; }")
    places = set()
    for _ in range(12):
        press(tab, "dim", "ArrowLeft")
        tab.wait_for_timeout(500)  # what screen readers get is made anew when rows have stood still for a while
        rows = rows_of(tab, table)
        assert parameters(tab)["neighbour"] == chosen(tab, "neighbour") == chosen_one
        place = next(at for at, (_, cells) in enumerate(rows) if chosen_one in cells)
        assert [at for at, (selected, _) in enumerate(rows) if selected] == [place]
        places.add(place)
    assert len(places) > 1  # else nothing of this was put to the test
    # not drawn anew, which takes a browser longer
    assert tab.get_by_role("region", name=table).evaluate("(node) => node.marked")
    press(tab, "k", *["ArrowLeft"] * (20 - min(places)))
    assert "neighbour" not in parameters(tab)
    expect(tab.get_by_role("region", name=table).locator("tbody tr")).to_have_count(min(places))
    assert not any(selected for selected, _ in rows_of(tab, table))
    assert_healthy(tab)


@pytest.mark.long
def test_a_film_is_selected_by_a_row_or_by_the_box_and_shows_its_evidence(tab):
    open_page(tab, "/recommendations?user=15")
    click_row(tab, "Recommended films, best first", 1)
    by_row = parameters(tab)["film"]
    expect(tab.get_by_role("figure", name="What each neighbour adds to the number")).to_have_count(1)
    choose(tab, "film", 0)
    assert parameters(tab)["film"] != by_row
    assert caption(tab, r"(\d+) neighbours? rated it")
    assert_healthy(tab)


@pytest.mark.parametrize(
    ("path", "chosen_key"),
    [("/neighbours", "neighbour"), pytest.param("/recommendations", "film", marks=pytest.mark.long)],
)
def test_a_copied_link_shows_the_same_in_another_browser(path, chosen_key, tab, new_tab, base_url):
    open_page(tab, f"{path}?user=15")
    press(tab, "k", "ArrowLeft", "ArrowLeft")
    press(tab, "dim", "ArrowLeft")
    press(tab, "ef", "ArrowRight")
    choose(tab, chosen_key, 1)
    other = open_page(new_tab(base_url), tab.url)
    assert parameters(other) == parameters(tab)
    assert set(parameters(tab)) == {"user", "k", "dim", "ef", chosen_key}
    assert user(other) == "15"
    assert [value(other, key) for key in ("k", "dim", "ef")] == [48, 127, 129]
    assert chosen(other, chosen_key) == chosen(tab, chosen_key)
    assert without_times(other) == without_times(tab)
    press(other, "k", "ArrowLeft")  # where they go on from there is their own affair
    assert (value(other, "k"), value(tab, "k")) == (47, 48)
    assert parameters(tab)["k"] == "48"


def without_times(tab):
    return re.sub(r"[\d.]+ ms", "", tab.locator("[data-testid=stMain]").inner_text())


EVERYTHING = {
    "user": "15",
    "k": "20",
    "dim": "16",
    "ef": "30",
    "M": "2",
    "ef_construction": "10",
    "ranking": "damped",
    "against": "predicted",
    "n": "7",
    "min_support": "2",
    "shrinkage": "2.5",
    "aggregation": "mean",
    "reference": "9-8-7",
    "neighbour": "212",
    "film": "858",
}


@pytest.mark.long
def test_what_a_link_says_stays_in_the_address_through_pages_and_reloads(tab):
    shown = {
        "/neighbours": {"user", "k", "dim", "ef", "M", "ef_construction", "neighbour"},
        "/recommendations": {
            *("user", "k", "dim", "ef", "M", "ef_construction", "ranking", "against", "n", "min_support"),
            *("shrinkage", "aggregation", "film"),
        },
        "/tuning": {"user", "k", "dim", "ef", "M", "ef_construction", "reference"},
    }
    neighbour = parameters(click_first(open_page(tab, "/neighbours?" + urlencode(subset("user", "k", "dim", "ef")))))
    everything = EVERYTHING | {"neighbour": neighbour["neighbour"]}
    for path, keys in shown.items():
        expected = {key: everything[key] for key in keys}
        if path == "/recommendations":
            del expected["film"]  # two lists side by side have no selected film
        open_page(tab, f"{path}?{urlencode(expected)}")
        assert parameters(tab) == expected
        tab.reload()
        wait_idle(tab)
        assert parameters(tab) == expected
        for other in ("Overview", path.strip("/").capitalize()):
            tab.get_by_role("link", name=other, exact=True).first.click()
            tab.locator("h1", has_text=other).wait_for()
            settle(tab)
        assert parameters(tab) == expected
        assert_healthy(tab)


def subset(*keys):
    return {key: EVERYTHING[key] for key in keys}


def click_first(tab):
    click_row(tab, "Neighbours, nearest first", 0)
    return tab


@pytest.mark.long
def test_raw_ratings_and_exact_search_stay_in_the_address(tab):
    for link in ({"space": "raw"}, {"engine": "exact"}):
        open_page(tab, "/neighbours?" + urlencode(link))
        assert parameters(tab) == link
        assert caption(tab, "(Exact search), [0-9.]+ ms: finds every neighbour")
        tab.reload()
        wait_idle(tab)
        assert parameters(tab) == link


@pytest.mark.parametrize(
    ("path", "nonsense"),
    [
        pytest.param(
            "/neighbours",
            {"k": "abc", "dim": "-1", "ef": "1e9", "user": "0", "neighbour": "'; drop table users"},
            marks=pytest.mark.long,
        ),
        ("/tuning", {"k": "999999", "dim": "0", "ef": "", "reference": "a-b-c", "user": "<script>alert(1)</script>"}),
        ("/recommendations", {"dataset": "../../etc", "film": "<script>", "ranking": "best", "against": "%00"}),
        pytest.param(
            "/neighbours",
            {"space": "cube", "engine": "annoy", "M": "3", "ef_construction": "0", "x": "x" * 3_000},
            marks=pytest.mark.long,
        ),
        pytest.param(
            "/recommendations",
            {"n": "-5", "min_support": "21", "shrinkage": "nan", "aggregation": "median"},
            marks=pytest.mark.long,
        ),
    ],
    ids=["numbers", "bounds", "names", "settings", "scoring"],
)
def test_nonsense_in_the_address_gives_a_working_page(path, nonsense, tab):
    open_page(tab, f"{path}?{urlencode(nonsense)}")
    assert user(tab) == "268"
    assert chosen(tab, "dataset") == "MovieLens Small 2016"
    assert value(tab, "k") == 50
    alerts = tab.locator("[data-testid=stAlert]").all_inner_texts()
    expected = {
        "dataset": "is not on this machine. Showing MovieLens Small 2016.",
        "user": f"This dataset has no user {nonsense.get('user')}. Showing user 268.",
    }
    assert len(alerts) == len(nonsense.keys() & expected.keys())
    for name in nonsense.keys() & expected.keys():
        assert any(expected[name] in words for words in alerts)
    expect(tab.locator("[data-testid=stPlotlyChart], [data-testid=stDataFrame]")).not_to_have_count(0)
    expect(slider(tab, "k")).to_be_enabled()


@pytest.mark.long
def test_two_people_do_not_see_each_others_user_or_settings(new_tab, base_url):
    first, second = new_tab(base_url), new_tab(base_url)
    open_page(first, "/neighbours?user=15")
    open_page(second, "/neighbours?user=30&k=9")
    press(first, "k", "ArrowLeft")
    click_row(first, "Neighbours, nearest first", 0)
    press(second, "dim", "Home")
    assert (user(first), value(first, "k"), value(first, "dim")) == ("15", 49, 128)
    assert (user(second), value(second, "k"), value(second, "dim")) == ("30", 9, 1)
    assert chosen(second, "neighbour") == ""
    assert "neighbour" not in parameters(second)


@pytest.mark.long
def test_surprise_me_with_a_selected_neighbour(tab):
    open_page(tab, "/neighbours?user=15")
    click_row(tab, "Neighbours, nearest first", 0)
    for _ in range(3):
        tab.get_by_role("button", name="Surprise me").click()
        settle(tab)
        assert_healthy(tab)
        assert parameters(tab).get("user", "268") == user(tab)
        assert parameters(tab).get("neighbour", "") == chosen(tab, "neighbour")


@pytest.mark.long
def test_another_dataset_with_text_ids_and_back(new_tab, base_url, tmp_path):
    tab = open_page(new_tab(base_url), "/data?user=15")
    words = tmp_path / "words.csv"
    words.write_text("user,item,rating\nann,x,4\nann,y,2\nbob,x,5\nbob,z,3\ncyd,y,1\ncyd,z,5\n")
    tab.locator("input[type=file]").set_input_files(words)
    settle(tab)
    tab.get_by_role("button", name="Add this file").click()
    tab.get_by_role("button", name="Open it").click()
    settle(tab)
    assert parameters(tab) == {"dataset": "session:words.csv"}
    assert user(tab) in ("ann", "bob", "cyd")
    tab.get_by_role("link", name="Neighbours", exact=True).first.click()
    tab.locator("h1", has_text="Neighbours").wait_for()
    settle(tab)
    assert value(tab, "k") == 2
    tab.locator(".st-key-user input").fill("cyd")
    tab.keyboard.press("Enter")
    settle(tab)
    assert parameters(tab)["user"] == "cyd"
    other = open_page(new_tab(base_url), tab.url)
    assert (user(other), chosen(other, "dataset")) == ("cyd", "words.csv (uploaded)")
    choose(tab, "dataset", "MovieLens Small 2016")
    assert user(tab) == "268"
    assert "user" not in parameters(tab)
    assert "dataset" not in parameters(tab)
    assert_healthy(tab)
    assert_healthy(other)


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_whoever_walks_by_tab_sees_where_they_are(scheme, new_tab, base_url):
    tab = open_page(new_tab(base_url, dark=scheme == "dark"), "/?user=15")
    met = {}
    for _ in range(70):
        tab.keyboard.press("Tab")
        test_id, style = tab.evaluate(
            """() => { const at = document.activeElement, style = getComputedStyle(at);
            return [at.dataset.testid ?? at.className, [style.outlineStyle, style.outlineColor, style.boxShadow]]; }"""
        )
        met[test_id] = style
    ring = "rgb(37, 99, 168)" if scheme == "light" else "rgb(108, 178, 245)"
    for link in ("stSidebarNavLink", "stPageLink-NavLink", "modebar-btn"):
        assert met[link][:2] == ["solid", ring]
    assert met["stBaseButton-secondary"][2] != "none"


@pytest.mark.parametrize("touch", some_of([True, False], 1), ids=["finger", "mouse"])
def test_what_was_typed_goes_along_when_the_box_is_left_for_another_page(touch, browser, base_url):
    context = browser.new_context(base_url=base_url, has_touch=touch, viewport={"width": 1280, "height": 900})
    tab = open_page(tab_of(context), "/neighbours?user=100")
    tab.locator(".st-key-user input").fill("56")
    link = tab.get_by_role("link", name="Tuning", exact=True).first
    link.tap() if touch else link.click()
    tab.locator("h1", has_text="Tuning").wait_for()
    settle(tab)
    assert urlsplit(tab.url).path == "/tuning"
    assert (parameters(tab)["user"], user(tab)) == ("56", "56")
    expect(tab.locator("h1")).to_have_text("Tuning")
    assert_healthy(tab)
    context.close()


def test_back_leaves_a_page_at_once_whatever_was_changed_on_it(tab):
    open_page(tab, "/?user=15")
    tab.get_by_role("link", name="Neighbours", exact=True).first.click()
    tab.locator("h1", has_text="Neighbours").wait_for()
    wait_idle(tab)
    for number in ("200", "201"):
        tab.locator(".st-key-user input").fill(number)
        tab.keyboard.press("Enter")
        settle(tab)
        assert parameters(tab)["user"] == number
    tab.go_back()
    tab.locator("h1", has_text="Overview").wait_for()
    wait_idle(tab)
    assert (urlsplit(tab.url).path, user(tab)) == ("/", "201")
    tab.go_forward()
    tab.locator("h1", has_text="Neighbours").wait_for()
    wait_idle(tab)
    assert (urlsplit(tab.url).path, user(tab)) == ("/neighbours", "201")
    assert_healthy(tab)
