"""What a live slider takes over from the browser, and which value it starts from."""

import pytest
import streamlit as st

from ucf_core.base.specs import K
from ucf_ui.components import live_slider
from ucf_ui.widgets import inputs


@pytest.fixture
def session(monkeypatch):
    kept = {}
    monkeypatch.setattr(st, "session_state", kept)
    return kept


@pytest.fixture
def parameters(monkeypatch):
    kept = {}
    monkeypatch.setattr(st, "query_params", kept)
    return kept


def say(session, **moved):
    session["k-live"] = {"moved": moved}


@pytest.mark.parametrize(("at", "taken"), [(7, 7), (7.0, 7), (1, 1), (9, 9)])
def test_a_value_on_the_slider_is_taken_over_as_a_whole_number(at, taken, session):
    say(session, at=at)
    live_slider._take_over("k", range(1, 10))
    assert session["k"] == taken
    assert isinstance(session["k"], int)


@pytest.mark.parametrize("at", [0, 10, -1, 2.5, 1e308, float("nan"), True, None, "7", [7], {}])
def test_what_is_not_on_the_slider_changes_nothing(at, session):
    session["k"] = 5
    say(session, at=at)
    live_slider._take_over("k", range(1, 10))
    assert session["k"] == 5


def test_only_the_stops_of_an_uneven_slider_count(session):
    for at, expected in ((100, 100), (101, 100), (110, 110)):
        say(session, at=at)
        live_slider._take_over("k", [1, 100, 110])
        assert session["k"] == expected


@pytest.mark.parametrize("state", [None, 3, [], {}, {"moved": None}, {"moved": 4}, {"moved": {"passing": "yes"}}])
def test_whatever_else_a_browser_sends_holds_no_handle(state, session):
    session["k-live"] = state
    assert not live_slider.in_hand("k")


def test_a_handle_is_in_hand_until_it_is_let_go(session):
    say(session, at=3, passing=True)
    assert live_slider.in_hand("k")
    assert inputs.is_passed("k")
    session[inputs.LIVE] = False
    assert not inputs.is_passed("k")
    session[inputs.LIVE] = True
    say(session, at=3, passing=False)
    assert not inputs.is_passed("k")


@pytest.mark.parametrize(
    ("kept", "linked", "expected", "in_url"),
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
    kept, linked, expected, in_url, session, parameters, monkeypatch
):
    drawn = []
    monkeypatch.setattr(inputs, "live_slider", lambda *args, **options: drawn.append(options["value"]))
    if kept is not None:
        session["k"] = kept
    if linked is not None:
        parameters["k"] = linked
    assert inputs.number(K, "k", largest=100, live=True) == expected
    assert drawn == [expected]
    assert session["k"] == expected
    assert parameters.get("k") == in_url
