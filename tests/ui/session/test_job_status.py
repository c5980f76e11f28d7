"""The status of a job on screen, in each state, and Try again."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ucf_ui.session import cache


@pytest.fixture
def shown():
    """The widgets of a job in some state."""

    def run(state: str, error: str | None = None, dataset: str | None = None) -> AppTest:
        job = cache.jobs().submit("index 1", "Index of *films*", lambda _: None, dataset=dataset)
        cache.jobs().join(10)
        job.state, job.error = state, error

        def script():
            from ucf_ui.session import cache, job_status

            job = cache.jobs().get("index 1")
            if job is not None:
                job_status.show(job, note="Exact search answers.")

        return AppTest.from_function(script).run()

    st.cache_resource.clear()
    yield run
    st.cache_resource.clear()


def texts(elements):
    return [element.value.replace("\\", "") for element in elements]


def test_a_finished_job_shows_nothing(shown):
    assert [element for element in shown("done").main.children.values() if element.type != "empty"] == []


def test_a_failed_job_says_why_and_can_be_tried_again(shown):
    tester = shown("failed", error="dim=9 exceeds the rank 4")
    assert texts(tester.error) == ["Index of *films* failed: dim=9 exceeds the rank 4. Exact search answers."]
    tester.button(key="retry-index 1").click().run()
    assert not tester.exception
    assert cache.jobs().get("index 1") is None


def test_a_cancelled_job_can_be_tried_again(shown):
    tester = shown("cancelled")
    assert texts(tester.info) == ["Index of *films* was cancelled. Exact search answers."]
    assert [button.label for button in tester.button] == ["Try again"]


def test_neither_title_nor_error_of_a_private_upload_is_shown_to_another_session(shown):
    tester = shown("failed", error="bad line in films.csv", dataset="session:films.csv")
    assert texts(tester.error) == ["Work on a private upload of another session failed. Exact search answers."]
