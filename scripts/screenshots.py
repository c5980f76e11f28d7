"""Takes the pictures of the README: `python scripts/screenshots.py`. Needs Chromium; stops by itself.

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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
WIDTH, HEIGHT = 1280, 900
# name: (address, theme, the text to be at the top of the picture, or None for the top of the page)
PICTURES = {
    "neighbours": ("/neighbours?user=15&k=25&neighbour=73", "light", "Neighbours (k)"),
    "tuning": ("/tuning?user=15&M=2&ef_construction=10&k=20&dim=16&ef=20", "dark", None),
    "recommendations": (
        "/recommendations?user=15&film=1080",
        "light",
        "More settings: support, shrinkage, predicted rating",
    ),
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


def take(browser: Browser, url: str, theme: str, top: str | None) -> bytes:
    """One picture as PNG, with as few colours as it needs."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="dark" if theme == "dark" else "light"
    )
    tab = context.new_page()
    tab.goto(url)
    tab.wait_for_function(_IDLE, timeout=60_000)
    if top is not None:
        # the bar at the top of the page covers what is scrolled below it
        tab.get_by_text(top, exact=True).first.evaluate(
            "element => { element.style.scrollMarginTop = '68px'; element.scrollIntoView(); }"
        )
        tab.wait_for_timeout(500)
    shot = tab.screenshot()
    context.close()
    small = io.BytesIO()
    Image.open(io.BytesIO(shot)).convert("RGB").quantize(192).save(small, "PNG", optimize=True)
    return small.getvalue()


def main() -> None:
    """Take all pictures."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("no Chromium on this machine: install it to take the pictures")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, served(home) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, (path, theme, top) in PICTURES.items():
            picture = take(browser, url + path, theme, top)
            (IMAGES / f"{name}.png").write_bytes(picture)
            print(f"docs/images/{name}.png: {len(picture):,} bytes")
        browser.close()


if __name__ == "__main__":
    main()
