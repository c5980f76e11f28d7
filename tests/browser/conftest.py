"""A real server, a real browser, and nothing beyond this machine."""

import os
import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright
from reading import tab_of
from serving import served

WHOLE = ("chromium", "chromium-browser", "google-chrome")
# without the parts that nobody sees it takes a fifth less time
SHELL = ("chromium-headless-shell", *WHOLE)
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]


@pytest.fixture(scope="session")
def home(sample_home):
    return sample_home


@pytest.fixture(scope="session")
def base_url(browser, home, tmp_path_factory):
    """A server that has run the app once. After the browser, so that nothing is served where there is none."""
    log = tmp_path_factory.mktemp("server") / "streamlit.log"
    with served(home, log, warm=True) as url:
        yield url
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="session")
def playwright():
    with sync_playwright() as started:
        yield started


@contextmanager
def launched(playwright, names):
    """The first of the browsers of these names that is on this machine."""
    executable = next(filter(None, map(shutil.which, names)), None)
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: .ci/run must install it")
        pytest.skip("no Chromium on this machine: install it to run the browser tests")
    instance = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGS)
    yield instance
    instance.close()


@pytest.fixture(scope="session")
def browser(playwright):
    with launched(playwright, SHELL) as instance:
        yield instance


@pytest.fixture(scope="session")
def whole_browser(playwright):
    """For what the shell leaves out: help that opens under a finger."""
    with launched(playwright, WHOLE) as instance:
        yield instance


@pytest.fixture
def new_tab(browser):
    """Open a tab in a context of its own (a new person's browser)."""
    contexts = []

    def new_tab(base_url, *, width=1280, height=900, dark=False):
        context = browser.new_context(
            base_url=base_url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        return tab_of(context)

    yield new_tab
    for context in contexts:
        context.close()


@pytest.fixture
def tab(new_tab, base_url):
    return new_tab(base_url)
