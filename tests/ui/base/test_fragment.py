"""In which order a fragment draws: the answer before its controls, where it runs by itself."""

import pytest
from streamlit.testing.v1 import AppTest

from ucf_ui.base import fragment

DRAWN = []


@pytest.fixture
def alone(monkeypatch):
    """AppTest runs whole pages only: as if a widget of the fragment had been moved."""
    monkeypatch.setattr(fragment, "_runs_alone", lambda: True)


def page():
    import streamlit as st
    from test_fragment import DRAWN

    from ucf_ui.base.fragment import after_the_answer, fragment

    def controls():
        DRAWN.append("controls")
        st.caption("controls")

    def more():
        DRAWN.append("more controls")
        st.caption("more controls")

    def body():
        after_the_answer(controls)
        DRAWN.append("answer")
        st.caption("answer")
        after_the_answer(more)

    fragment(body)()


def failing():
    import streamlit as st

    from ucf_core.base.errors import SpecError
    from ucf_ui.base.fragment import after_the_answer, fragment

    def broken():
        raise SpecError("no such control")

    def body():
        after_the_answer(broken)
        after_the_answer(lambda: st.caption("controls"))
        raise SpecError("no answer")

    fragment(body)()


def run(script):
    DRAWN.clear()
    tester = AppTest.from_function(script).run()
    assert not tester.exception
    return [one.value for one in tester.caption], [one.value for one in tester.error]


def test_a_whole_page_is_drawn_from_top_to_bottom():
    assert run(page) == (["controls", "answer", "more controls"], [])
    assert DRAWN == ["controls", "answer", "more controls"]


def test_a_fragment_that_runs_alone_draws_its_answer_first_and_each_thing_in_the_same_place(alone):
    assert run(page) == (["controls", "answer", "more controls"], [])
    assert DRAWN == ["answer", "controls", "more controls"]


def test_controls_that_have_not_read_a_link_yet_come_first(alone):
    def script():
        import streamlit as st

        from ucf_ui.base.fragment import after_the_answer, fragment

        def controls():
            st.session_state["k"] = st.session_state.get("k", 3)

        def body():
            after_the_answer(controls, once=["k"])
            st.caption(f"answer for {st.session_state['k']}")

        fragment(body)()

    assert run(script) == (["answer for 3"], [])


def test_controls_are_drawn_even_if_the_answer_fails(alone):
    assert run(failing) == (["controls"], ["no such control", "no answer"])


def test_outside_of_a_fragment_nothing_is_postponed():
    def script():
        import streamlit as st

        from ucf_ui.base.fragment import after_the_answer

        after_the_answer(lambda: st.caption("controls"))
        st.caption("answer")

    assert run(script) == (["controls", "answer"], [])
