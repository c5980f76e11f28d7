"""How long a person waits for the answer to a rating on Your taste, and for the first draw of the map.

    uv run python -m benchmarks.taste_and_map [--edits 20]
    uv run python -m benchmarks.taste_and_map --home FOLDER --dataset NAME    # one that is built there

Starts the app and drives a real Chromium. The time of an edit runs from when the browser has the press of a star to the
first frame with new neighbours or films beside the stars, and in the tables, as in `benchmarks.dashboard`. That of the
map runs from the click on its link, on a page of the same dataset, to the first frame with the crowd in it; the second
visit finds the projection in memory.
"""

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, sync_playwright

from benchmarks.dashboard import CHROMIUM_ARGS, IDLE, WATCH, figures, server, watched_page

# what an edit changes: the tables of neighbours and films
_TABLES = ", ".join(f"[class*=st-key-taste-{name}-table] canvas" for name in ("neighbour", "why"))
_ANSWER = ".st-key-taste-answer"
_CROWD = "() => document.querySelector('.st-key-user-map .js-plotly-plot .main-svg image, .st-key-user-map .trace')"


def edits(tab: Page, address: str, query: str, count: int, where: str) -> list[list[float]]:
    """Milliseconds from a press of a star to new words `where`, to the last new table or chart, and to an idle page."""
    tab.goto(f"{address}/your_taste{query}")
    stars = tab.locator("[data-testid=stFeedback]")
    stars.first.wait_for(timeout=120_000)
    tab.wait_for_function(IDLE, timeout=120_000)
    for film, star in ((0, 5), (1, 4), (2, 1)):
        stars.nth(film).locator("button").nth(star - 1).click()
        tab.wait_for_timeout(300)
        tab.wait_for_function(IDLE, timeout=120_000)
    taken: list[list[float]] = [[], [], []]
    for number in range(count):
        button = stars.nth(number % 3).locator("button").nth((number // 3 + number) % 5)
        button.focus()
        tab.evaluate(WATCH, where)
        button.press("Enter")
        for kept, one in zip(taken, tab.evaluate("() => window.answered"), strict=True):
            if one is not None:
                kept.append(float(one))
        tab.wait_for_timeout(300)
    return taken


def first_draw(tab: Page, address: str, query: str) -> list[float]:
    """Seconds from the click on the link of the map to its crowd, on the first and the second visit."""
    taken = []
    tab.goto(f"{address}/neighbours{query}")
    for _ in range(2):
        tab.wait_for_selector("[data-testid=stDataFrame]", timeout=120_000)
        tab.wait_for_function(IDLE, timeout=120_000)
        start = time.perf_counter()
        tab.get_by_role("link", name="Map", exact=True).first.click()
        tab.wait_for_function(_CROWD, timeout=120_000, polling="raf")
        taken.append(time.perf_counter() - start)
        tab.wait_for_function(IDLE, timeout=120_000)
        tab.get_by_role("link", name="Neighbours", exact=True).first.click()
    return taken


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=20, help="stars that are pressed")
    parser.add_argument("--home", type=Path, help="a UCF_HOME in which the dataset is built; an empty one without it")
    parser.add_argument("--dataset", help="the dataset to open, by its name")
    asked = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("no Chromium on this machine: install it first")
    query = f"?dataset={quote(asked.dataset)}" if asked.dataset else ""
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS) as browser,
        server(asked.home or Path(folder) / "home", Path(folder) / "server.log") as (address, _),
    ):
        tab = watched_page(browser)
        first, second = first_draw(tab, address, query)
        print(f"map: first draw {first:.2f} s, second visit {second:.2f} s, load {os.getloadavg()[0]:.1f}", flush=True)
        for where, name in ((_ANSWER, "beside the stars"), (_TABLES, "in the tables")):
            new, drawn, idle = edits(tab, address, query, asked.edits, where)
            print(
                f"your taste: new {name} {figures(new)}, all tables {figures(drawn)}, page idle {figures(idle)}, "
                f"load {os.getloadavg()[0]:.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
