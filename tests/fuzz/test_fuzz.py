"""A short run of every target, and every input that once broke one; `python -m fuzz` tries many more."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.harness import Target, attempt
from fuzz.mutate import mutated
from fuzz.targets import all_targets
from ucf_core.base.errors import DatasetError

NAMES = (
    *("csv", "dat", "u.data", "movies.csv", "movies.dat", "u.item", "u.genre", "export"),
    *("graph", "graph-for-hnswlib", "manifest", "doctor", "json", "evaluation", "evaluation-array"),
    *("import", "catalogue", "import-array", "links", "url", "kept-link"),
)

# What once broke a target and is too long, or too regular, to keep as a file.
BROKE = [
    ("export", b"Rating,Title,Year," + b"x" * 140_000 + b"\n4,Heat,1995,\n"),
    ("u.genre", b"Action|" + b"1" * 5_000 + b"\n"),
    ("u.genre", b"Action| 5\x1c\n"),
    *((name, b"[" * 100_000) for name in ("manifest", "doctor", "json", "evaluation", "import", "catalogue", "links")),
]


@pytest.fixture(scope="module")
def targets() -> dict[str, Target]:
    return all_targets()


def test_every_target_is_tried_here(targets):
    assert tuple(targets) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_whole_inputs_are_read_without_a_word(targets, name):
    for data in targets[name].seeds:
        outcome = attempt(targets[name], data)
        assert (outcome.fault, outcome.said) == ("", "")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_a_ucf_error_comes_out(targets, name):
    target = targets[name]

    @given(st.integers(0, 2**32))
    def holds(seed: int) -> None:
        assert attempt(target, mutated(random.Random(seed), target.seeds, target.words)).fault == ""

    holds()


@pytest.mark.parametrize("name", NAMES)
@given(data=st.binary(max_size=300))
def test_bytes_without_any_order_are_refused_in_the_same_way(targets, name, data):
    assert attempt(targets[name], data).fault == ""


@pytest.mark.parametrize("name", NAMES)
def test_what_once_broke_a_reader_does_so_no_more(targets, name):
    found = {path: attempt(targets[name], data).fault for path, data in targets[name].corpus().items()}
    assert {path: fault for path, fault in found.items() if fault} == {}
    for data in (data for broken, data in BROKE if broken == name):
        assert attempt(targets[name], data).fault == ""


def test_the_harness_tells_a_fault_from_a_refusal():
    def run(data: bytes) -> None:
        if data == b"refused":
            raise DatasetError("one line")
        if data == b"two lines":
            raise DatasetError("one line\nand another")
        if data == b"broken":
            raise KeyError("x")
        while data == b"endless":
            pass

    target = Target("made up", run, ())
    assert attempt(target, b"fine") == attempt(target, b"")
    assert (attempt(target, b"refused").said, attempt(target, b"refused").fault) == ("one line", "")
    assert attempt(target, b"two lines").fault.startswith("a message of 2 lines")
    assert "KeyError" in attempt(target, b"broken").fault
    assert "TooSlowError" in attempt(target, b"endless", seconds=0.2).fault
