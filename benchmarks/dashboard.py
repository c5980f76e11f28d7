"""How long a person waits for the dashboard: first page after a cold start, and a slider's answer on screen.

    uv run python -m benchmarks.dashboard [--moves 40]

Starts the app on an empty `UCF_HOME`, drives a real Chromium, and prints seconds and milliseconds. The time of a move
runs from just before the key press to the first frame in which the script has run and nothing on the page is stale.
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
# starts a clock that stops at the first frame in which a script run that began after the key press is over and drawn
WATCH = """() => {
    const app = document.querySelector('[data-testid=stApp]'), start = performance.now();
    window.answered = new Promise((resolve) => {
        let ran = false;
        const look = () => {
            ran ||= app.dataset.testScriptState === 'running';
            const idle = app.dataset.testScriptState === 'notRunning' && !document.querySelector('[data-stale=true]');
            if (ran && idle) resolve(performance.now() - start);
            else if (performance.now() - start > 10000) resolve(Infinity);
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    }); }"""


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


def moves(tab: Page, address: str, path: str, label: str, count: int) -> list[float]:
    """Milliseconds of each of `count` moves of a slider by one step, to and fro over values never seen before."""
    tab.goto(address + path)
    tab.wait_for_function(IDLE, timeout=60_000)
    time.sleep(1)
    slider = tab.get_by_role("slider", name=label)
    taken = []
    for number in range(count):
        tab.evaluate(WATCH)
        slider.press("ArrowLeft" if number < count * 2 // 3 else "ArrowRight")
        taken.append(float(tab.evaluate("() => window.answered")))
        time.sleep(0.1)
    return taken


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
        for path in ("/neighbours", "/recommendations", "/tuning"):
            for label in ("Neighbours (k)", "Dimensions (dim)", "Search breadth (ef)"):
                taken = sorted(moves(tab, address, path, label, moves_each))
                p95 = taken[int(0.95 * (len(taken) - 1))]
                print(f"{path:18} {label:20} p50 {statistics.median(taken):4.0f} ms  p95 {p95:4.0f} ms")


if __name__ == "__main__":
    main()
