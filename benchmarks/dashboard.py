"""How long a person waits for the dashboard: first page after a cold start, and a slider's answer on screen.

    uv run python -m benchmarks.dashboard [--moves 40]
    uv run python -m benchmarks.dashboard --home FOLDER --dataset NAME    # one that is built there
    uv run python -m benchmarks.dashboard --home FOLDER --dataset NAME --starts 9    # the first page alone, so often

Starts the app on an empty `UCF_HOME`, or on FOLDER, drives a real Chromium, and prints seconds and milliseconds. The
first page is there when all that a window of 1280 x 900 shows is drawn and can be used, and nothing runs; the charts
below are timed by themselves. Each start has a server and a browser's memory of its own. The time
of a step runs from when the browser has the key press to the first frame with new numbers, to the first in which chart
and table have changed too, and to the first with nothing left to do; with live sliders and, in the same run, with plain
ones. The load of the machine stands beside each, since other work on it lengthens all of them.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
IDLE = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    return app && app.dataset.testConnectionState === 'CONNECTED' && app.dataset.testScriptState === 'notRunning'
        && !document.querySelector('[data-testid=stSkeleton],[data-stale=true]'); }"""
# Tables are painted, text by text, and some through a canvas that is not on the page. `painted` tells when those that a
# selector finds were last given another text at a place than stood there before.
PAINTED = """() => {
    const proto = CanvasRenderingContext2D.prototype, {fillText, drawImage} = proto;
    const texts = new WeakMap(), times = new WeakMap();
    proto.fillText = function (text, x, y, ...more) {
        if (!texts.has(this.canvas)) texts.set(this.canvas, new Map());
        const here = texts.get(this.canvas), place = `${Math.round(x)} ${Math.round(y)}`;
        if (here.get(place) !== text) times.set(this.canvas, performance.now());
        here.set(place, text);
        return fillText.call(this, text, x, y, ...more);
    };
    proto.drawImage = function (image, ...more) {
        if (times.has(image)) times.set(this.canvas, Math.max(times.get(this.canvas) ?? 0, times.get(image)));
        return drawImage.call(this, image, ...more);
    };
    window.painted = (selector) =>
        Math.max(...[...document.querySelectorAll(selector)].map((one) => times.get(one) ?? -Infinity)); }"""
# Starts its clocks at the next key press: one stops at the first frame in which the numbers have changed, one at the
# last change of a chart or table, and one at the first frame after the script has run and nothing on the page is stale.
# A run can begin and end between two frames, so an observer sees its begin.
WATCH = """(selector) => {
    let start = performance.now();
    addEventListener('keydown', () => { start = performance.now(); }, {capture: true, once: true});
    const app = () => document.querySelector('[data-testid=stApp]');
    const numbers = () => [...document.querySelectorAll(selector)].map((one) => one.textContent).join('|');
    const before = numbers();
    // what Plotly writes of a chart
    let ran = false, changed = null, over = null, charts = -Infinity;
    const marks = '.js-plotly-plot .main-svg';
    const redrawn = new MutationObserver((seen) => {
        if (seen.some(({target}) => (target.closest ?? (() => null)).call(target, marks)
            || target.parentElement?.closest(marks))) charts = performance.now();
    });
    redrawn.observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
    const observer = new MutationObserver((seen) => {
        // a live slider has its answer, though none that changes the page
        ran ||= seen.some(({target, attributeName}) => attributeName === 'data-test-script-state'
            || !target.hasAttribute(attributeName));
    });
    const attributeFilter = ['data-test-script-state', 'data-waiting'];
    observer.observe(document.body, {subtree: true, attributes: true, attributeFilter});
    window.answered = new Promise((resolve) => {
        const look = () => {
            const now = performance.now() - start;
            // what is painted is seen in this frame, though it may have been after this look at the last one
            if (changed === null && painted(selector) > start) changed = painted(selector) - start;
            if (changed === null && numbers() !== before) changed = now;
            const drawn = Math.max(charts, painted('canvas')) - start;
            const idle = app().dataset.testScriptState === 'notRunning' && !document.querySelector('[data-stale=true]');
            ran ||= changed !== null || drawn > 0; // a short run may leave no trace in the state
            over = ran && idle ? over ?? now : null;
            // Plotly draws when the run is over
            if ((over !== null && now > over + 1000) || now > 20000) {
                observer.disconnect();
                redrawn.disconnect();
                resolve([changed, drawn > 0 ? drawn : null, over]);
            }
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    }); }"""
# where a page writes numbers that a moved slider changes
NUMBERS = {
    "/neighbours": "[data-testid=stCaptionContainer]",
    "/recommendations": "[data-testid=stDataFrame] canvas",
    "/tuning": "[data-testid=stMetric]",
}
CHART, CHARTS = ".js-plotly-plot .main-svg:first-child", 3
WINDOW: ViewportSize = {"width": 1280, "height": 900}
LIVE, PLAIN = "live", "plain"


@contextmanager
def server(home: Path, log: Path) -> Iterator[tuple[str, float]]:
    """The app on a free port: its address, and the clock reading at its start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = time.perf_counter()
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"],
            cwd=ROOT,
            env={**os.environ, "UCF_HOME": str(home)},
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            try:
                with urllib.request.urlopen(address + "/_stcore/health", timeout=5):
                    break
            except OSError:
                if process.poll() is not None or time.perf_counter() - start > 60:
                    raise SystemExit(f"the server did not start:\n{log.read_text()}") from None
                time.sleep(0.02)
        yield address, start
    finally:
        process.terminate()
        process.wait(10)


def watched_page(browser: Browser) -> Page:
    """A page on which `WATCH` works."""
    tab = browser.new_page(viewport=WINDOW)
    tab.add_init_script(f"({PAINTED})()")
    return tab


def first_page(tab: Page, address: str, start: float) -> tuple[float, float]:
    """Seconds from server start until all that the window shows can be used, and until the last chart is drawn."""
    tab.goto(address)
    tab.locator(".st-key-tour-1 button").first.wait_for(timeout=60_000)
    tab.wait_for_function(IDLE, timeout=60_000)
    usable = time.perf_counter() - start
    tab.wait_for_function(f"() => document.querySelectorAll('{CHART}').length === {CHARTS}", timeout=60_000)
    tab.wait_for_function(IDLE, timeout=60_000)
    return usable, time.perf_counter() - start


def starts(browser: Browser, home: Path, query: str, count: int, log: Path) -> None:
    """Print how long the first page takes after `count` starts on `home`, each with an empty browser."""
    taken = []
    for _ in range(count):
        context = browser.new_context(viewport=WINDOW)
        tab = context.new_page()
        with server(home, log) as (address, start):
            taken.append(first_page(tab, address + query, start))
        context.close()
        print(f"first page {taken[-1][0]:.2f} s, charts below {taken[-1][1]:.2f} s", flush=True)
    usable, charts = (statistics.median(column) for column in zip(*taken, strict=True))
    print(f"medians of {count}: first page {usable:.2f} s, charts below {charts:.2f} s after the start of the server")


def moves(tab: Page, label: str, path: str, count: int) -> list[list[float]]:
    """Milliseconds from a key press to new numbers, to the last new chart or table, and to an idle page.

    For `count` steps of a slider to and fro; a step that changes no number or no chart counts for the others only.
    """
    slider = tab.get_by_role("slider", name=label)
    slider.wait_for(timeout=60_000)
    tab.wait_for_function(IDLE, timeout=60_000)
    time.sleep(2)
    taken: list[list[float]] = [[], [], []]
    for number in range(count):
        tab.evaluate(WATCH, NUMBERS[path])
        slider.press("ArrowLeft" if number < count * 2 // 3 else "ArrowRight")
        times = tab.evaluate("() => window.answered")
        if times[-1] is None:
            raise SystemExit(f"{path}: moving {label} started no run within 20 s")
        for kept, one in zip(taken, times, strict=True):
            if one is not None:
                kept.append(float(one))
        time.sleep(0.4)  # as a person would, who looks before moving on
    return taken


def switch_to(tab: Page, kind: str) -> None:
    """Choose the kind of sliders."""
    switch = tab.get_by_role("switch", name="Live sliders").or_(tab.get_by_role("checkbox", name="Live sliders"))
    tab.get_by_role("button", name="Advanced").click()
    switch.wait_for()
    if switch.is_checked() != (kind == LIVE):
        tab.get_by_text("Live sliders").click()
    tab.wait_for_timeout(500)
    tab.keyboard.press("Escape")
    tab.wait_for_function(IDLE, timeout=60_000)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=40, help="slider moves a page, slider and kind of slider")
    parser.add_argument("--home", type=Path, help="a UCF_HOME in which the dataset is built; an empty one without it")
    parser.add_argument("--dataset", help="the dataset to open, by its name")
    parser.add_argument("--page", choices=list(NUMBERS), action="append", help="only this page")
    parser.add_argument("--starts", type=int, help="measure the first page alone, after so many starts")
    asked = parser.parse_args()
    query = f"?dataset={quote(asked.dataset)}" if asked.dataset else ""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("no Chromium on this machine: install it first")
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS) as browser,
    ):
        if asked.starts:
            starts(browser, asked.home or Path(folder) / "home", query, asked.starts, Path(folder) / "server.log")
            return
        with server(asked.home or Path(folder) / "home", Path(folder) / "server.log") as (address, start):
            tab = watched_page(browser)
            first, _ = first_page(tab, address, start)
            if asked.home is None:
                print(f"first page after a cold start on an empty UCF_HOME: {first:.2f} s")
            sliders(tab, address, query, asked.page or list(NUMBERS), asked.moves)


def sliders(tab: Page, address: str, query: str, paths: list[str], count: int) -> None:
    """Print how long `count` steps of each slider take on these pages."""
    for path in paths:
        tab.goto(address + path + query)
        tab.get_by_role("slider").first.wait_for(timeout=300_000)
        tab.wait_for_function(IDLE, timeout=60_000)
        for kind in (LIVE, PLAIN):
            switch_to(tab, kind)
            every: list[float] = []
            for label in ("Neighbours (k)", "Dimensions (dim)", "Search breadth (ef)"):
                numbers, drawn, idle = moves(tab, label, path, count)
                every += numbers
                print(
                    f"{path:16} {label:20} {kind:5} new numbers {figures(numbers)}, chart and table "
                    f"{figures(drawn)}, page idle {figures(idle)}, load {os.getloadavg()[0]:.1f}",
                    flush=True,
                )
            print(f"{path:16} {'all three':20} {kind:5} new numbers {figures(every)}", flush=True)


def figures(taken: list[float]) -> str:
    """Median and 95th percentile, in words."""
    if not taken:
        return "none"
    ordered = sorted(taken)
    return f"p50 {statistics.median(ordered):4.0f} p95 {ordered[int(0.95 * (len(ordered) - 1))]:4.0f} ms"


if __name__ == "__main__":
    main()
