"""The values in the URL, and the one selected row."""

import pytest
import streamlit as st

from ucf_ui.base import url
from ucf_ui.widgets import selection


@pytest.fixture
def browser(monkeypatch):
    """A session's state and URL as plain dictionaries."""
    session, parameters = {}, {}
    monkeypatch.setattr(st, "session_state", session)
    monkeypatch.setattr(st, "query_params", parameters)
    return session, parameters


@pytest.mark.parametrize(
    ("in_url", "in_session", "expected"),
    [
        (None, None, "a"),
        ("b", None, "b"),
        ("nonsense", None, "a"),
        ("b", "c", "c"),
        ("b", "gone", "b"),
        (None, "gone", "a"),
    ],
)
def test_the_session_comes_before_the_url_and_the_url_before_the_default(in_url, in_session, expected, browser):
    session, parameters = browser
    if in_url is not None:
        parameters["x"] = in_url
    if in_session is not None:
        session["x"] = in_session
    url.seed("x", ["a", "b", "c"], "a")
    assert session["x"] == expected


def test_a_number_in_the_url_is_found_among_numbers(browser):
    session, parameters = browser
    parameters["film"] = "318"
    url.seed("film", [1, 318], None)
    assert session["film"] == 318


def test_nothing_chosen_stays_nothing_chosen(browser):
    session, parameters = browser
    parameters["film"] = "318"
    session["film"] = None
    url.seed("film", [1, 318], None)
    assert session["film"] is None


def test_a_default_stays_out_of_the_url(browser):
    _, parameters = browser
    url.keep("x", "b", "a")
    assert parameters == {"x": "b"}
    url.keep("x", "a", "a")
    assert parameters == {}
    url.keep("x", 5, None)
    assert parameters == {"x": "5"}
    url.keep("x", None, None)
    assert parameters == {}


def test_a_clicked_row_selects_its_id(browser):
    session, _ = browser
    session["table"] = {"selection": {"rows": [1]}}
    selection._select("table", "film", [10, 20, 30])
    assert session["film"] == 20
    session["table"] = {"selection": {"rows": []}}
    selection._select("table", "film", [10, 20, 30])
    assert session["film"] is None


def test_a_click_on_a_row_that_is_no_longer_there_selects_nothing(browser):
    session, _ = browser
    session["table"] = {"selection": {"rows": [3]}}
    selection._select("table", "film", [10, 20, 30])
    assert session["film"] is None
