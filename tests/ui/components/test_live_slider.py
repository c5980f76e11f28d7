"""A live slider stores the browser's valid values only, and starts from session, link or default."""

import pytest
import streamlit as st

from ucf_core.base.specs import K
from ucf_ui.components import live_slider
from ucf_ui.widgets import inputs


@pytest.fixture
def session(monkeypatch):
    state = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


@pytest.fixture
def parameters(monkeypatch):
    params = {}
    monkeypatch.setattr(st, "query_params", params)
    return params


def send(session, **moved):
    session["k-live"] = {"moved": moved}


@pytest.mark.parametrize(("at", "taken"), [(7, 7), (7.0, 7), (1, 1), (9, 9)])
def test_a_value_on_the_slider_is_stored_as_a_whole_number(at, taken, session):
    send(session, at=at)
    live_slider._take_over("k", range(1, 10))
    assert session["k"] == taken
    assert isinstance(session["k"], int)


@pytest.mark.parametrize("at", [0, 10, -1, 2.5, 1e308, float("nan"), True, None, "7", [7], {}])
def test_a_value_that_is_not_on_the_slider_changes_nothing(at, session):
    session["k"] = 5
    send(session, at=at)
    live_slider._take_over("k", range(1, 10))
    assert session["k"] == 5


def test_an_uneven_slider_accepts_only_its_stops(session):
    for at, expected in ((100, 100), (101, 100), (110, 110)):
        send(session, at=at)
        live_slider._take_over("k", [1, 100, 110])
        assert session["k"] == expected


@pytest.mark.parametrize("state", [None, 3, [], {}, {"moved": None}, {"moved": 4}, {"moved": {"passing": "yes"}}])
def test_invalid_messages_of_a_browser_are_ignored(state, session):
    session["k-live"] = state
    assert not live_slider.in_hand("k")


def test_a_slider_is_being_moved_until_its_handle_is_released(session):
    send(session, at=3, passing=True)
    assert live_slider.in_hand("k")
    assert inputs.is_passed("k")
    session[inputs.LIVE] = False
    assert not inputs.is_passed("k")
    session[inputs.LIVE] = True
    send(session, at=3, passing=False)
    assert not inputs.is_passed("k")


@pytest.mark.parametrize(
    ("stored", "linked", "expected", "in_url"),
    [
        (None, None, 50, None),
        (None, "20", 20, "20"),
        (30, "20", 30, "30"),
        (999, None, 100, "100"),
        (0, None, 1, "1"),
        (None, "101", 50, None),
        (None, "abc", 50, None),
        (50, "20", 50, None),
    ],
)
def test_the_session_comes_first_then_the_link_then_the_default(
    stored, linked, expected, in_url, session, parameters, monkeypatch
):
    drawn = []
    monkeypatch.setattr(inputs, "live_slider", lambda *args, **options: drawn.append(options["value"]))
    if stored is not None:
        session["k"] = stored
    if linked is not None:
        parameters["k"] = linked
    assert inputs.number(K, "k", largest=100, live=True) == expected
    assert drawn == [expected]
    assert session["k"] == expected
    assert parameters.get("k") == in_url
