"""What nobody expected: the page says an id and nothing else, and the log has the traceback under that id."""

import re

import pytest
from apptest import texts
from streamlit.testing.v1 import AppTest

from ucf_core.errors import DatasetError
from ucf_ui import page, state

SECRET = "the rating 4.5 of user 4711 in /srv/private"


def only_error(tester):
    assert [element.value for element in tester.exception] == []
    (said,) = texts(tester.error)
    return said


def raising(error):
    def script():
        from ucf_ui import page
        from ucf_ui.faults import errors_shown

        with errors_shown("Tuning"):
            raise page.error_of_this_test

    return script


@pytest.fixture
def shown(monkeypatch):
    def shown(error):
        monkeypatch.setattr(page, "error_of_this_test", error, raising=False)
        return only_error(AppTest.from_function(raising(error)).run())

    return shown


def test_an_unexpected_error_shows_an_id_under_which_the_log_has_the_traceback(shown, caplog):
    said = shown(RuntimeError(SECRET))
    found = re.fullmatch(r"Something went wrong\. Error ([0-9a-f]{6}); the log has the details\.", said)
    (record,) = [record for record in caplog.records if record.name.startswith("ucf_")]
    assert record.ucf_fields == {"id": found[1], "type": "RuntimeError", "page": "Tuning"}
    assert record.levelname == "ERROR"
    assert str(record.exc_info[1]) == SECRET


def test_an_expected_failure_is_shown_in_its_words_and_logged_without_them(shown, caplog):
    caplog.set_level("INFO")
    assert "4711" in shown(DatasetError(SECRET))
    (record,) = [record for record in caplog.records if record.name.startswith("ucf_")]
    assert record.ucf_fields == {"error": "DatasetError", "page": "Tuning"}
    assert "4711" not in caplog.text


@pytest.mark.parametrize("name", ["neighbours", "tuning", "data"])
def test_a_page_that_raises_keeps_its_sidebar_and_says_nothing_of_the_error(name, with_sample, open_page, monkeypatch):
    tester = open_page(name)

    def fail(*args, **kwargs):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(page, "header", fail)
    tester.run()
    said = only_error(tester)
    assert said.startswith("Something went wrong. Error ")
    assert "4711" not in str(tester.main)
    assert tester.sidebar.selectbox(key="dataset").value == "sample"


def test_a_sidebar_that_raises_leaves_the_page(with_sample, open_page, monkeypatch):
    tester = open_page("data")

    def fail():
        raise RuntimeError(SECRET)

    monkeypatch.setattr(state, "sidebar", fail)
    tester.run()
    assert only_error(tester).startswith("Something went wrong. Error ")
    assert texts(tester.title) == ["Data"]
