"""No callback of a widget raises past the page: all are wrapped by `safely`. Read from the source."""

import ast
from inspect import signature
from pathlib import Path

import pytest
import streamlit as st

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for glob in ("app.py", "pages/**/*.py", "ucf_ui/**/*.py") for path in ROOT.glob(glob))


def unsafe(source: str) -> list[str]:
    """What is given as `on_...` anywhere, by name, by position or in a dictionary, without being wrapped."""
    given: list[ast.expr] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            given += [one.value for one in node.keywords if is_callback(one.arg)]
            if isinstance(node.func, ast.Attribute):
                named = zip(positions(node.func.attr), node.args, strict=False)
                given += [value for name, value in named if name.startswith("on_")]
        elif isinstance(node, ast.Dict):
            given += [
                value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and str(key.value).startswith("on_")
            ]
    return [ast.unparse(value) for value in given if not is_safe(value)]


def positions(element: str) -> list[str]:
    """The names of the arguments of an element of Streamlit, in order; none of anything else."""
    found = getattr(st, element, None)
    return list(signature(found).parameters) if callable(found) and not isinstance(found, type) else []


def is_callback(argument: str | None) -> bool:
    """Whether what is given by this name is called for a widget; what a cache lets go of is called beside any page."""
    return argument is not None and argument.startswith("on_") and argument != "on_release"


def is_safe(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return value.value is None or value.value in ("ignore", "rerun")
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "safely"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("st.button('x', on_click=go)", ["go"]),
        ("st.button('x', on_click=safely(go))", []),
        ("st.button('x', on_click=partial(safely(go), 1))", ["partial(safely(go), 1)"]),
        ("st.button('x', None, None, go)", ["go"]),
        ("columns[0].button('x', None, None, safely(go))", []),
        ("st.dataframe(x, on_select='rerun')", []),
        ("st.download_button('x', on_click='ignore')", []),
        ("st.selectbox('x', y, on_change=None)", []),
        ("st.chat_input(on_submit=lambda: 1)", ["lambda: 1"]),
        ("_slider(key='x', on_moved_change=moved)", ["moved"]),
        ("st.button('x', **{'on_click': go})", ["go"]),
    ],
)
def test_each_way_to_pass_a_callback_is_found(source, found):
    assert unsafe(source) == found


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_every_callback_is_called_safely(path):
    assert unsafe(path.read_text(encoding="utf-8")) == []


def test_the_pages_have_callbacks():
    assert sum(path.read_text(encoding="utf-8").count("=safely(") for path in SOURCES) > 30


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_every_part_that_runs_by_itself_shows_its_faults(path):
    if path != ROOT / "ucf_ui" / "base" / "fragment.py":
        assert "st.fragment" not in {
            ast.unparse(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        }
