"""Takes the pictures of README and guide: `python scripts/screenshots.py [name ...]`. Needs Chromium; stops by itself.

The app runs on a free port with a UCF_HOME of its own, so the pictures show the embedded sample and nothing else.
"""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
WIDTH = 1280
_POOR = "user=15&M=2&ef_construction=10&k=20&dim=16&ef=20"


@dataclass(frozen=True)
class Picture:
    """What is shown: an address, a theme, the text at its top (None: the top of the page), and what comes first."""

    path: str
    dark: bool = False
    top: str | None = None
    height: int = 900
    prepare: Callable[[Page], None] | None = None


def _measured(tab: Page) -> None:
    """Measure the presets once, instead of in five folds: a minute or two."""
    tab.get_by_role("radio", name="Share of each user").click()
    tab.wait_for_function(_IDLE, timeout=60_000)
    tab.get_by_role("button", name="Start", exact=True).click()
    tab.get_by_text("All rows", exact=True).wait_for(timeout=600_000)


def _rated(tab: Page) -> None:
    """Rate six of the films that are offered."""
    for place, stars in enumerate((5, 4, 2, 5, 1, 4)):
        tab.get_by_test_id("stFeedback").nth(place).get_by_role("radio").nth(stars - 1).click()
        tab.wait_for_function(_IDLE, timeout=60_000)


PICTURES = {
    "overview": Picture("/?user=15"),
    "neighbours": Picture("/neighbours?user=15&k=25&neighbour=73", top="Neighbours (k)", height=1100),
    "recommendations": Picture(
        "/recommendations?user=15&film=1080",
        top="More settings: predicted rating, support, weights of neighbours",
        height=1150,
    ),
    "compare": Picture("/compare?user=15&k=25", top="User 15 and user 509"),
    "map": Picture(f"/map?{_POOR}", top="Set under Advanced: M 2, ef_construction 10."),
    "your-taste": Picture("/your_taste", prepare=_rated),
    "tuning": Picture(f"/tuning?{_POOR}"),
    "tuning-dark": Picture(f"/tuning?{_POOR}", dark=True),
    "evaluation": Picture("/evaluation", prepare=_measured, top="Results"),
    "diagnostics": Picture("/diagnostics?user=15"),
    "index": Picture(f"/index_inspector?{_POOR}", top="Replay up to step"),
    "index-dark": Picture(f"/index_inspector?{_POOR}", dark=True, top="Replay up to step"),
    "data": Picture("/data"),
    "jobs": Picture("/jobs"),
}
_IDLE = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const ok = app && app.dataset.testScriptState === 'notRunning'
        && !document.querySelector('[data-testid=stSkeleton],[data-stale=true]');
    const now = performance.now();
    window.__idleSince = ok ? (window.__idleSince ?? now) : undefined;
    return ok && now - window.__idleSince > 1000; }"""


@contextmanager
def served(home: str) -> Iterator[str]:
    """The address of the running app."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    process = subprocess.Popen(
        [*command, "--server.port", str(port), "--server.scriptHealthCheckEnabled", "true"],
        cwd=ROOT,
        env=os.environ | {"UCF_HOME": home},
        stdout=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 120
        while not healthy(f"{url}/_stcore/script-health-check"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the app did not start")
            time.sleep(0.2)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def healthy(url: str) -> bool:
    """Whether the app has run once without an error."""
    try:
        with urllib.request.urlopen(url, timeout=100) as answer:
            return bool(answer.read(16).strip() == b"ok")
    except OSError:
        return False


def take(browser: Browser, url: str, picture: Picture) -> bytes:
    """One picture as PNG, in its true colours."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": picture.height}, color_scheme="dark" if picture.dark else "light"
    )
    tab = context.new_page()
    tab.goto(url + picture.path)
    tab.wait_for_function(_IDLE, timeout=120_000)
    if picture.prepare is not None:
        picture.prepare(tab)
        tab.wait_for_function(_IDLE, timeout=120_000)
    if picture.top is not None:
        # the bar at the top of the page covers what is scrolled below it
        tab.get_by_text(picture.top, exact=True).first.evaluate(
            "element => { element.style.scrollMarginTop = '68px'; element.scrollIntoView(); }"
        )
    # the mouse on a chart would open its toolbar
    tab.mouse.move(0, 0)
    tab.wait_for_timeout(800)
    shot = tab.screenshot()
    context.close()
    small = io.BytesIO()
    Image.open(io.BytesIO(shot)).convert("RGB").save(small, "PNG", optimize=True)
    return small.getvalue()


def main() -> None:
    """Take all pictures, or those named on the command line."""
    wanted = sys.argv[1:] or list(PICTURES)
    unknown = [name for name in wanted if name not in PICTURES]
    if unknown:
        raise SystemExit(f"no such picture: {', '.join(unknown)}; choose from {', '.join(PICTURES)}")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("no Chromium on this machine: install it to take the pictures")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, served(home) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name in wanted:
            picture = take(browser, url, PICTURES[name])
            (IMAGES / f"{name}.png").write_bytes(picture)
            print(f"docs/images/{name}.png: {len(picture):,} bytes", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
