"""A parameter is declared once: what checks, pages, commands, links and sentences have of it comes from there."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ucf_core.base.errors import SpecError
from ucf_core.base.parameter import Parameter, check, declared, in_words, parameters
from ucf_core.recommendations.scoring import PARAMETERS

ON_EVERY_PAGE = ("k", "dim", "ef", "weighting", "space", "engine", "M", "ef_construction")
OF_LISTS = ("ranking", "n", "aggregation", "min_support", "neighbourhood", "amplification", "significance")
OF_LEARNED = ("shrinkage", "ridge", "rating_ridge")


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What people see of a program whose parameters all have another default; see changed_defaults."""
    script = Path(__file__).with_name("changed_defaults.py")
    home = str(tmp_path_factory.mktemp("home"))
    settings = {
        "UCF_HOME": home,
        "COLUMNS": "300",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "PYTHONPATH": str(script.parents[1]),
    }
    ran = subprocess.run(
        [sys.executable, script], env=os.environ | settings, capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert [problem for part in found.values() for problem in part.get("problems", [])] == []
    return found


def test_every_default_was_changed(seen):
    before = {name: known.default for name, known in PARAMETERS.items()}
    assert not {name for name, default in before.items() if seen["declared"][name] == default}


@pytest.mark.parametrize("name", [*ON_EVERY_PAGE, *OF_LISTS, *OF_LEARNED])
def test_a_page_begins_with_the_declared_default_and_leaves_it_out_of_its_link(name, seen):
    page = seen["learned" if name in OF_LEARNED else "usual"]
    assert page["values"][name] == seen["declared"][name]
    assert name not in page["link"]


@pytest.mark.parametrize("name", ["k", "dim", "ef", "weighting", "space"])
def test_side_b_of_compare_begins_with_the_declared_default(name, seen):
    assert seen["compare"]["values"][f"b_{name}"] == seen["declared"][name]
    assert f"b_{name}" not in seen["compare"]["link"]


@pytest.mark.parametrize("name", ["protocol", "seed", "n", "share"])
def test_an_evaluation_begins_with_the_declared_default(name, seen):
    expected = seen["declared"][name]
    assert seen["evaluation"]["values"][f"eval-{name}"] == (round(100 * expected) if name == "share" else expected)


@pytest.mark.parametrize("name", ["k", "space", "engine"])
def test_neighbours_of_all_users_begin_with_the_declared_default(name, seen):
    assert seen["jobs"]["values"][f"all-{name}"] == seen["declared"][name]


@pytest.mark.parametrize("name", ["k", "dim", "ef", "M", "ef_construction", "weighting"])
def test_a_value_that_is_no_longer_the_default_is_in_the_link(name, seen):
    old = str(PARAMETERS[name].default)
    assert str(seen["old link"]["values"][name]) == old
    assert seen["old link"]["link"][name] == old


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name not in ("dim", "engine")])
def test_the_help_of_a_command_names_the_declared_default(name, seen):
    line = next(one for one in seen["help"]["recommend"].splitlines() if f" --{name.replace('_', '-')} " in one)
    assert f"[default: {seen['declared'][name]}]" in line


def test_the_help_of_a_command_names_the_default_dim_and_those_of_an_evaluation(seen):
    assert f"default {seen['declared']['dim']}, or the rank" in seen["help"]["recommend"]
    for name in ("protocol", "folds", "share", "seed", "n"):
        assert re.search(rf"--{name} .*\[default: {seen['declared'][name]}\]", seen["help"]["evaluate"])


def test_a_command_answers_with_the_declared_defaults(seen):
    answer = seen["answer"]
    assert (answer["k"], answer["ef"], answer["dim"]) == tuple(seen["declared"][name] for name in ("k", "ef", "dim"))


def test_sentences_name_the_new_defaults_where_they_always_do_and_else_what_differs_from_them(seen):
    k, ef = seen["declared"]["k"], seen["declared"]["ef"]
    a = next(text for text in seen["compare"]["captions"] if text.startswith("**A**"))
    assert a.startswith(f"**A**, the present settings: k {k}, dim 129, ef {ef}, centred weighting, SVD embedding, list")
    assert a.endswith("list by summed similarity, predicted by plain mean.")
    assert "Set under Advanced: SVD embedding." in seen["compare"]["captions"]
    assert any(text.startswith("Set under Advanced: ratings as given.") for text in seen["old link"]["captions"])


@dataclass(frozen=True)
class Tea:
    """A spec that this test declares."""

    minutes: int = declared(Parameter(default=3, low=1, high=9))
    sugar: float = declared(Parameter(default=0.5, low=0.0, high=2.0, words="with {} spoons of sugar"))
    kind: str = declared(Parameter(default="green", choices={"green": "Green", "black": "Black"}, words="{} tea"))
    cups: int | None = declared(Parameter(default=2, low=1, high=4), default=None)
    unused: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        check(self)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"minutes": 10}, "minutes=10 is out of range; choose 1 <= minutes <= 9"),
        ({"minutes": 2.5}, "minutes=2.5 is not a whole number; choose 1 <= minutes <= 9"),
        ({"sugar": float("nan")}, "sugar=nan is out of range; choose 0.0 <= sugar <= 2.0"),
        ({"kind": "red"}, "kind='red' is not known; choose one of green, black"),
        ({"minutes": None}, "minutes=None is not a whole number; choose 1 <= minutes <= 9"),
        ({"cups": 0}, "cups=0 is out of range; choose 1 <= cups <= 4"),
    ],
)
def test_a_spec_is_checked_by_what_its_fields_declare(wrong, message):
    with pytest.raises(SpecError, match=re.escape(message)):
        Tea(**wrong)
    assert Tea().cups is None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        *(("minutes", "9", 9), ("minutes", "10", None), ("minutes", "2.5", None), ("minutes", "", None)),
        *(("sugar", "1", 1.0), ("sugar", "nan", None), ("sugar", "inf", None), ("sugar", "-0.1", None)),
        *(("kind", "black", "black"), ("kind", "Black", None), ("cups", "none", None), ("cups", "4", 4)),
    ],
)
def test_a_link_gives_what_the_parameter_allows_and_nothing_else(name, text, value):
    read = parameters(Tea)[name].read(text)
    assert (read, type(read)) == (value, type(value))


def test_a_sentence_has_what_is_asked_for_and_what_differs_as_far_as_it_has_an_effect():
    assert in_words(Tea()) == []
    assert in_words(Tea(), always=("minutes", "kind", "cups")) == ["minutes 3", "green tea"]
    other = {"minutes": 5, "sugar": 1.0, "kind": "black", "cups": 2}
    assert in_words(Tea(**other)) == ["minutes 5", "with 1 spoons of sugar", "black tea", "cups 2"]
    assert in_words(Tea(**other), always=("minutes",), among=("kind",)) == ["minutes 5", "black tea"]
    assert in_words(Tea(**other, unused=frozenset({"sugar", "cups"}))) == ["minutes 5", "black tea"]
