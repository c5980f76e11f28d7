"""Unexpected errors: the page shows only an id, and the log has the traceback under that id."""

import re

import pytest
from apptest import button, healthy, texts
from streamlit.runtime.scriptrunner import RerunData, RerunException, StopException
from streamlit.testing.v1 import AppTest

from ucf_core.base.errors import DatasetError
from ucf_ui.base.faults import safely
from ucf_ui.session import sidebar
from ucf_ui.shell import page

SECRET = "the rating 4.5 of user 4711 in /srv/private"


def only_error(tester):
    assert [element.value for element in tester.exception] == []
    (message,) = texts(tester.error)
    return message


def raising(error):
    def script():
        from ucf_ui.base.faults import errors_shown
        from ucf_ui.shell import page

        with errors_shown("Tuning"):
            raise page.error_of_this_test

    return script


@pytest.fixture
def shown(monkeypatch):
    def shown(error):
        monkeypatch.setattr(page, "error_of_this_test", error, raising=False)
        return only_error(AppTest.from_function(raising(error)).run())

    return shown


def test_unexpected_error_shows_the_id_of_the_log_entry(shown, caplog):
    message = shown(RuntimeError(SECRET))
    found = re.fullmatch(r"Something went wrong\. Error ([0-9a-f]{6}); the log has the details\.", message)
    (record,) = [record for record in caplog.records if record.name.startswith("ucf_")]
    assert record.ucf_fields == {"id": found[1], "type": "RuntimeError", "page": "Tuning"}
    assert record.levelname == "ERROR"
    assert str(record.exc_info[1]) == SECRET


def test_expected_error_is_shown_but_its_message_is_not_logged(shown, caplog):
    caplog.set_level("INFO")
    assert "4711" in shown(DatasetError(SECRET))
    (record,) = [record for record in caplog.records if record.name.startswith("ucf_")]
    assert record.ucf_fields == {"error": "DatasetError", "page": "Tuning"}
    assert "4711" not in caplog.text


@pytest.mark.parametrize("name", ["neighbours", "tuning", "data"])
def test_failing_page_keeps_its_sidebar_and_hides_the_error(name, with_sample, open_page, monkeypatch):
    tester = open_page(name)

    def fail(*args, **kwargs):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(page, "header", fail)
    tester.run()
    message = only_error(tester)
    assert message.startswith("Something went wrong. Error ")
    assert "4711" not in str(tester.main)
    assert tester.sidebar.selectbox(key="dataset").value == "sample"


def test_failing_sidebar_keeps_the_page(with_sample, open_page, monkeypatch):
    tester = open_page("data")

    def fail():
        raise RuntimeError(SECRET)

    monkeypatch.setattr(sidebar, "sidebar", fail)
    tester.run()
    assert only_error(tester).startswith("Something went wrong. Error ")
    assert texts(tester.title) == ["Data"]


def failing(error):
    def fail(*arguments):
        raise error

    return fail


def test_failing_callback_shows_an_id_once_and_keeps_the_page(with_sample, open_page, monkeypatch, caplog):
    tester = open_page("neighbours")
    monkeypatch.setattr(sidebar, "_surprise", failing(RuntimeError(SECRET)))
    tester.run()
    button(tester, "Surprise me").click().run()
    found = re.fullmatch(r"Something went wrong\. Error ([0-9a-f]{6}); the log has the details\.", only_error(tester))
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.ucf_fields == {"id": found[1], "type": "RuntimeError", "page": "failing.<locals>.fail"}
    assert str(record.exc_info[1]) == SECRET
    assert "4711" not in str(tester)
    assert texts(tester.title) == ["Neighbours"]
    assert len(tester.dataframe) > 0
    assert texts(healthy(tester.run()).error) == []


def test_expected_error_of_a_callback_shows_its_message(with_sample, open_page, monkeypatch):
    tester = open_page("jobs")
    monkeypatch.setattr(sidebar, "_surprise", failing(DatasetError("*no* such user")))
    tester.run()
    button(tester, "Surprise me").click().run()
    assert only_error(tester) == r"\*no\* such user"


def test_error_of_a_callback_survives_a_rerun(monkeypatch):
    monkeypatch.setattr(page, "error_of_this_test", DatasetError("not kept"), raising=False)

    def script():
        import streamlit as st

        from ucf_ui.base.faults import callback_errors_shown, safely
        from ucf_ui.shell import page

        def fail():
            raise page.error_of_this_test

        with callback_errors_shown():
            if st.button("Go", on_click=safely(fail)):
                st.rerun()

    tester = AppTest.from_function(script).run()
    assert only_error(button(tester, "Go").click().run()) == "not kept"
    assert texts(tester.run().error) == []


@pytest.mark.parametrize("control", [StopException(), RerunException(RerunData())])
def test_streamlit_control_exceptions_pass_through(control):
    with pytest.raises(type(control)):
        safely(failing(control))()
