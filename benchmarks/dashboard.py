"""How long a person waits for the dashboard: first page after a cold start, and a slider's answer on screen.

    uv run python -m benchmarks.dashboard [--moves 40]

Starts the app on an empty `UCF_HOME`, drives a real Chromium, and prints seconds and milliseconds. The time of a move
runs from just before the key press to the first frame with new numbers, and to the first with nothing left to do.
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

from playwright.sync_api import Page, sync_playwright

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
# Starts two clocks: one stops at the first frame in which the numbers have changed, the other at the first frame after
# the script has run and nothing on the page is stale. A run can begin and end between two frames, so an observer sees
# its begin.
WATCH = """(selector) => {
    const start = performance.now(), app = () => document.querySelector('[data-testid=stApp]');
    const numbers = () => [...document.querySelectorAll(selector)].map((one) => one.textContent).join('|');
    const before = numbers();
    let ran = false, changed = null;
    const observer = new MutationObserver(() => { ran = true; });
    observer.observe(document.body, {subtree: true, attributes: true, attributeFilter: ['data-test-script-state']});
    window.answered = new Promise((resolve) => {
        const look = () => {
            const now = performance.now() - start;
            if (changed === null && numbers() !== before) changed = now;
            const idle = app().dataset.testScriptState === 'notRunning' && !document.querySelector('[data-stale=true]');
            if ((ran && idle) || now > 5000) { observer.disconnect(); resolve([changed, ran ? now : null]); }
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    }); }"""
# where a page writes numbers that a moved slider changes
NUMBERS = {"/neighbours": "[data-testid=stCaptionContainer]", "/tuning": "[data-testid=stMetric]"}


@contextmanager
def server(home: Path) -> Iterator[tuple[str, float]]:
    """The app on a free port: its address, and the clock reading at its start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = home.parent / "server.log"
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


def first_page(tab: Page, address: str, start: float) -> float:
    """Seconds from server start until the first page is drawn and idle."""
    tab.goto(address)
    tab.wait_for_selector("[data-testid=stMetric]", timeout=60_000)
    tab.wait_for_function(IDLE, timeout=60_000)
    return time.perf_counter() - start


def moves(tab: Page, address: str, path: str, label: str, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds from a key press to new numbers, and to an idle page, for `count` steps of a slider to and fro."""
    tab.goto(address + path)
    slider = tab.get_by_role("slider", name=label)
    slider.wait_for(timeout=60_000)
    tab.wait_for_function(IDLE, timeout=60_000)
    time.sleep(2)
    numbers, idle = [], []
    for number in range(count):
        tab.evaluate(WATCH, NUMBERS[path])
        slider.press("ArrowLeft" if number < count * 2 // 3 else "ArrowRight")
        seen, over = tab.evaluate("() => window.answered")
        if over is None:
            raise SystemExit(f"{path}: moving {label} started no run within 5 s")
        idle.append(float(over))
        if seen is not None:
            numbers.append(float(seen))
        time.sleep(0.4)  # as a person would, who looks before moving on
    return numbers, idle


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=40, help="slider moves a page and slider")
    moves_each = parser.parse_args().moves
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("no Chromium on this machine: install it first")
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS) as browser,
        server(Path(folder) / "home") as (address, start),
    ):
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        print(f"first page after a cold start on an empty UCF_HOME: {first_page(tab, address, start):.2f} s")
        for path in NUMBERS:
            for label in ("Neighbours (k)", "Dimensions (dim)", "Search breadth (ef)"):
                numbers, idle = moves(tab, address, path, label, moves_each)
                print(f"{path:12} {label:20} new numbers {_figures(numbers)}, page idle {_figures(idle)}", flush=True)


def _figures(taken: list[float]) -> str:
    ordered = sorted(taken)
    return f"p50 {statistics.median(ordered):4.0f} p95 {ordered[int(0.95 * (len(ordered) - 1))]:4.0f} ms"


if __name__ == "__main__":
    main()
