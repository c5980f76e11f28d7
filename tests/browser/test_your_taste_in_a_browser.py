"""One's own taste as a person tells it: typing, stars, an export, and the file taken home; seen by nobody else."""

import re

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, caption, click_row, open_page, parameters, settle, user, wait_idle

import ucf_core as ucf
from ucf_core.datasets.personal.matching import match_export

IMDB = """Const,Your Rating,Date Rated,Title,Title Type,Year
tt0133093,9,2021-03-01,The Matrix,Movie,1999
tt0113277,4,2021-03-02,Heat,Movie,1995
tt0211915,10,2021-03-02,Amélie,Movie,2001
tt9999999,10,2021-03-02,A film that nobody made,Movie,2020
"""

ANSWER = ".st-key-taste-answer"


def type_title(tab, title):
    """Letter by letter, without Enter: the page searches while one types."""
    box = tab.locator(".st-key-taste-query input")
    box.click()
    box.press_sequentially(title, delay=40)
    settle(tab)


def give(tab, key, rating):
    tab.locator(f".st-key-{key} button").get_by_text(rating, exact=True).click()
    settle(tab)


def stars(tab, film, number):
    """Press a star of one of the well-known films."""
    tab.locator("[data-testid=stFeedback]").nth(film).locator("button").nth(number - 1).click()
    settle(tab)


def home_files(home):
    return sorted(str(path) for path in home.rglob("*") if path.is_file())


@pytest.mark.long
def test_a_deep_link_opens_the_page_with_films_to_start_with(tab):
    open_page(tab, "/your_taste?user=15&k=12")
    expect(tab.locator("h1")).to_have_text("Your taste")
    expect(tab.locator("[data-testid=stFeedback]")).to_have_count(12)
    expect(tab.get_by_text("No ratings yet. Rate a film or upload ratings")).to_have_count(1)
    expect(tab.get_by_text("stays in the memory of this session")).to_have_count(1)
    expect(tab.locator("[data-testid=stAlert]")).to_have_count(0)
    assert user(tab) == "15"


def test_typing_and_pressing_a_rating_gives_neighbours_and_films_at_once(tab):
    open_page(tab, "/your_taste")
    type_title(tab, "the matirx")
    expect(tab.get_by_text("Your rating of Matrix, The (1999)")).to_have_count(1)
    give(tab, "taste-rating", "4.5")
    expect(tab.get_by_role("region", name="Your neighbours, nearest first")).to_have_count(1)
    assert caption(tab, r"You gave (\d+) rating, ([\d.]+) stars") == ("1", "4.50")
    assert caption(tab, r"HNSW found (\d+) of the (\d+) users") == ("50", "50")
    click_row(tab, "Titles found, best first", 1)
    expect(tab.get_by_text("Your rating of Matrix Reloaded, The (2003)")).to_have_count(1)
    give(tab, "taste-rating", "1")
    assert caption(tab, r"You gave (\d+) ratings, ([\d.]+) stars") == ("2", "2.75")
    click_row(tab, "Your ratings, the latest first", 0)
    give(tab, "taste-change", "2")
    assert caption(tab, r"You gave (\d+) ratings, ([\d.]+) stars") == ("2", "3.25")
    tab.get_by_role("button", name="Remove").click()
    settle(tab)
    assert caption(tab, r"You gave (\d+) rating, ([\d.]+) stars") == ("1", "4.50")
    assert_healthy(tab)


def test_what_stands_beside_the_stars_follows_each_star_and_each_setting(tab):
    open_page(tab, "/your_taste")
    answer = tab.locator(ANSWER)
    expect(answer).to_be_hidden()
    stars(tab, 0, 5)
    expect(answer).to_contain_text("First for you:")
    before = answer.inner_text()
    stars(tab, 3, 1)
    expect(answer).not_to_have_text(before)
    expect(answer).to_have_text(re.compile(r"by similarity: \d+ \(\d\.\d\d\), \d+ \(\d\.\d\d\), \d+ \(\d\.\d\d\)\.$"))
    tab.get_by_role("slider", name="Neighbours (k)").press("Home")
    expect(answer).to_have_text(re.compile(r"by similarity: \d+ \(\d\.\d\d\)\.$"))
    expect(tab.get_by_text("of the 1 user most similar to you")).to_have_count(1)
    settle(tab)
    type_title(tab, "the matirx")
    expect(tab.locator("[data-testid=stFeedback]")).to_have_count(0)
    tab.locator(".st-key-taste-query input").fill("")
    expect(tab.locator("[data-testid=stFeedback]")).to_have_count(12)
    assert_healthy(tab)


def test_on_a_phone_the_answer_stays_at_the_foot_below_the_stars_and_takes_no_touch(new_tab, base_url):
    tab = open_page(new_tab(base_url, width=390, height=800), "/your_taste")
    stars(tab, 0, 5)
    answer = tab.locator(ANSWER)
    expect(answer).to_be_in_viewport(ratio=1)
    box = answer.bounding_box()
    at_its_middle = "at => document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2)"
    assert tab.evaluate(f"at => ({at_its_middle})(at).closest('{ANSWER}') === null", box)
    tab.get_by_text("Your neighbours", exact=True).evaluate("it => it.scrollIntoView()")
    expect(answer).not_to_be_in_viewport()
    assert_healthy(tab)


@pytest.mark.long
def test_stars_neighbours_and_reasons_leave_no_trace_on_disk_or_in_the_address(tab, new_tab, base_url, home):
    open_page(tab, "/your_taste")
    before = home_files(home)
    stars(tab, 0, 5)
    stars(tab, 3, 1)
    assert caption(tab, r"You gave (\d+) ratings, ([\d.]+) stars") == ("2", "3.00")
    click_row(tab, "Your neighbours, nearest first", 0)
    assert int(caption(tab, r"(\d+) films? that both of you rated")[0]) >= 1
    click_row(tab, "Films recommended to you, best first", 1)
    assert int(caption(tab, r"(\d+) neighbours? rated it, [\d.]+ stars on average. Predicted for you")[0]) >= 1
    assert parameters(tab) == {}
    assert home_files(home) == before
    expect(open_page(new_tab(base_url), "/your_taste").get_by_text("No ratings yet. Rate a film")).to_have_count(1)
    tab.get_by_role("button", name="Go to user").click()
    tab.locator("h1", has_text="Neighbours").wait_for()
    wait_idle(tab)
    assert user(tab) != "268"
    tab.get_by_role("link", name="Your taste", exact=True).first.click()
    tab.locator("h1", has_text="Your taste").wait_for()
    wait_idle(tab)
    assert caption(tab, r"You gave (\d+) ratings") == ("2",)
    assert_healthy(tab)


def test_an_export_is_uploaded_used_downloaded_and_uploaded_again(tab, new_tab, base_url, home, tmp_path):
    ratings = ucf.load_ratings("sample", home=home)
    open_page(tab, "/your_taste")
    file = tmp_path / "ratings.csv"
    file.write_text(IMDB, encoding="cp1252")
    tab.get_by_text("Upload ratings from Letterboxd").click()
    chooser = tab.locator("[data-testid=stFileUploader] input[type=file]")
    chooser.set_input_files(file)
    tab.get_by_text("Read as IMDb, Windows-1252: 4 ratings, 3 films found here.").wait_for()
    settle(tab)
    expect(tab.get_by_text("Its scale from 1 to 10 becomes this dataset's")).to_have_count(1)
    expect(tab.get_by_text("Not in this dataset: 1 film")).to_have_count(1)
    tab.get_by_role("button", name="Use 3 ratings").click()
    settle(tab)
    assert caption(tab, r"You gave (\d+) ratings, ([\d.]+) stars") == ("3", "3.83")
    with tab.expect_download() as download:
        tab.locator(".st-key-taste-download button").first.click()
    saved = tmp_path / "saved.csv"
    download.value.save_as(saved)
    export = ucf.read_export(saved.read_bytes(), scale=ratings.scale)
    rated = match_export(export, ratings, ucf.TitleIndex(ratings)).rated(ratings)
    assert {ratings.title(ratings.items.row(raw)): rating for raw, rating in rated.items()} == {
        "Matrix, The": 4.5,
        "Heat": 2,
        "Amelie (Fabuleux destin d'Amélie Poulain, Le)": 5,
    }
    other = open_page(new_tab(base_url, width=400), "/your_taste")
    other.get_by_text("Upload ratings from Letterboxd").click()
    other.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(saved)
    settle(other)
    other.get_by_role("button", name="Use 3 ratings").click()
    settle(other)
    assert caption(other, r"You gave (\d+) ratings, ([\d.]+) stars") == ("3", "3.83")
    assert_healthy(other)
    assert_healthy(tab)


@pytest.mark.long
def test_a_file_that_is_no_export_is_told_in_one_message(tab, tmp_path):
    open_page(tab, "/your_taste")
    file = tmp_path / "holiday.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    tab.get_by_text("Upload ratings from Letterboxd").click()
    tab.locator("[data-testid=stFileUploader] input[type=file]").set_input_files(file)
    tab.locator("[data-testid=stAlert]").wait_for()
    settle(tab)
    assert (
        tab.locator("[data-testid=stAlert]")
        .inner_text()
        .endswith("the file is binary, not text; export the ratings as CSV")
    )
    assert_healthy(tab)
