"""A dataset whose titles, genres, ids and file name try to be scripts, pictures, formatting and turns of direction."""

import csv
import io
import json
import re

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, settle, some_of
from serving import served

from ucf_core.datasets.sources.uploads import save_upload

SCRIPT = "window.pwned = (window.pwned || 0) + 1"
TITLES = [
    f'<img src=x onerror="{SCRIPT}">',
    f"<script>{SCRIPT}</script>",
    f"</textarea></title><svg onload={SCRIPT}>",
    f"[press](javascript:{SCRIPT})",
    "![picture](http://tracker.invalid/p.png)",
    "**Bold** _slanted_ `code` $x^2$ :red[red] :material/home: :smile:",
    "# Heading | cell | ~~gone~~ <b>fat</b>",
    "{{7*7}} ${7*7} %{customdata[0]} <extra>none</extra>",
    "gpj.\u202eelif-exe.txt",
    "\u05e9\u05dc\u05d5\u05dd \u200fHebrew",
    "bell\x07 escape\x1b[31m line\u2028end",
    '=HYPERLINK("http://tracker.invalid","win")',
    "Long " + "x" * 3000,
    "Words " + "and words " * 200,
]
GENRES = ["<i>Drama</i>", "$War$", f"<img src=y onerror={SCRIPT}>", ":red[Noir]"]
USERS = [f"<b onclick={SCRIPT}>ann</b>", "[bob](javascript:1)", "$cyd$", "\u202edan", "eve", "=1+1", "**gil**", "hal"]
FILE = '<img src=x onerror=alert(1)>"; rm -rf ~.csv'
PAGES = [
    *("/", "/neighbours", "/recommendations", "/your_taste", "/tuning", "/evaluation", "/diagnostics"),
    *("/index_inspector", "/data", "/jobs"),
]


def hostile_file():
    sink = io.StringIO(newline="")
    rows = csv.writer(sink)
    rows.writerow(["user", "item", "rating", "title", "genres"])
    for u, name in enumerate(USERS):
        for i, title in enumerate(TITLES):
            if (u * 5 + i * 3) % 4:
                rows.writerow([name, f"<u>{i}</u>", 1 + (u + i * i) % 5, title, "|".join(GENRES[: 1 + i % 4])])
    return sink.getvalue().encode()


@pytest.fixture(scope="module")
def hostile(browser, tmp_path_factory):
    """The address of a server whose only dataset is the hostile one, beside the sample."""
    home = tmp_path_factory.mktemp("hostile")
    name = save_upload(FILE, hostile_file(), home=home)
    log = tmp_path_factory.mktemp("server") / "log"
    with served(home, log, warm=True) as url:
        yield url, name
    text = log.read_text()
    assert "Traceback" not in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u2028\u202e]", text)


def visit(new_tab, hostile, path, **options):
    url, name = hostile
    tab = new_tab(url, **options)
    tab.asked_to_confirm = []
    tab.on("dialog", lambda dialog: (tab.asked_to_confirm.append(dialog.message), dialog.dismiss()))
    tab.goto(f"{path}?dataset={name}")
    settle(tab)
    return tab


def check_nothing_happened(tab):
    assert_healthy(tab)  # no request beyond this machine among other things
    assert tab.evaluate("window.pwned") is None
    assert tab.asked_to_confirm == []
    assert tab.locator("img[src=x], img[src=y], svg[onload], [onerror], [onclick], a[href^=javascript]").count() == 0
    assert tab.locator("[data-testid=stMain] :is(i, u):not([data-testid])").count() == 0
    assert tab.locator(".katex").count() == 0
    # no title makes the page wider than the window
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    main = tab.locator("[data-testid=stMain]")
    assert "\u202e" not in main.inner_text()


@pytest.mark.parametrize("path", some_of(PAGES, 1))
def test_every_page_shows_it_as_text_and_nothing_runs(path, new_tab, hostile):
    tab = visit(new_tab, hostile, path)
    tab.locator("h1").wait_for()
    check_nothing_happened(tab)


@pytest.mark.long
def test_on_a_small_screen_nothing_is_pushed_out(new_tab, hostile):
    for path in ("/neighbours", "/recommendations", "/your_taste"):
        check_nothing_happened(visit(new_tab, hostile, path, width=400))


def test_titles_stand_in_the_table_word_for_word(new_tab, hostile):
    tab = visit(new_tab, hostile, "/neighbours")
    cells = tab.get_by_role("region", name="The user's best rated films").locator("[role=gridcell]")
    cells.nth(len(TITLES[:8])).wait_for(state="attached")
    shown = {text.strip() for text in cells.all_text_contents()}
    assert shown & set(TITLES[:8])
    assert "\u202e" not in "".join(shown)
    check_nothing_happened(tab)


def test_a_film_is_looked_at_with_its_evidence_and_downloaded(new_tab, hostile, tmp_path):
    tab = visit(new_tab, hostile, "/recommendations")
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download as CSV", exact=True).click()
    saved = tmp_path / "list.csv"
    download.value.save_as(saved)
    assert "/" not in download.value.suggested_filename
    rows = list(csv.reader(io.StringIO(saved.read_text(encoding="utf-8"), newline="")))
    assert len(rows) > 1
    assert all(len(row) == len(rows[0]) for row in rows)
    assert not any(cell.lstrip()[:1] in ("=", "@") for row in rows for cell in row)
    check_nothing_happened(tab)


def test_the_export_of_tables_that_lets_formulas_through_is_not_offered(new_tab, hostile):
    tab = visit(new_tab, hostile, "/recommendations")
    tab.get_by_role("region", name="Recommended films, best first").hover()
    expect(tab.get_by_role("button", name="Fullscreen").first).to_be_visible()
    # or Streamlit names it otherwise now
    expect(tab.locator("button[aria-label^='Download as CSV: ']")).not_to_have_count(0)
    assert tab.get_by_role("button", name="Download as CSV:").count() == 0


def test_a_title_is_found_while_typing_and_shown_as_it_is(new_tab, hostile):
    tab = visit(new_tab, hostile, "/your_taste")
    box = tab.locator(".st-key-taste-query input")
    box.fill("img src")
    tab.get_by_role("region", name="Titles found, best first").wait_for()
    settle(tab)
    cells = tab.get_by_role("region", name="Titles found, best first").locator("[role=gridcell]")
    assert any(TITLES[0] in text for text in cells.all_text_contents())
    box.fill(f'<img src=x onerror="{SCRIPT}">')
    settle(tab)
    check_nothing_happened(tab)


@pytest.mark.long
def test_the_address_bar_brings_no_markup_in(new_tab, hostile):
    url, _ = hostile
    for parameters in (
        f"dataset=<img src=x onerror={SCRIPT}>",
        f"user=<script>{SCRIPT}</script>",
        "dataset=/etc/passwd",
        "dataset=../../etc&user=**b**",
        f"dataset=sample&user=15&neighbour=<svg onload={SCRIPT}>&film=<b>x</b>&k=<i>",
    ):
        tab = new_tab(url)
        tab.asked_to_confirm = []
        tab.on("dialog", lambda dialog: dialog.dismiss())
        tab.goto(f"/neighbours?{parameters}")
        settle(tab)
        check_nothing_happened(tab)


def test_the_file_name_is_kept_without_anything_that_means_something(hostile):
    _, name = hostile
    assert re.fullmatch(r"upload:[A-Za-z0-9._-]+", name)
    assert json.dumps(name)[1:-1] == name
