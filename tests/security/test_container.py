"""What goes into the image: what its recipe copies, all of which is there, and nothing else of the folder."""

import re
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]


def copied() -> set[str]:
    """What the recipe copies out of the folder."""
    recipe = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    lines = re.findall(r"^COPY (?!--from)(.*)$", recipe, re.MULTILINE)
    return {source for line in lines for source in line.split()[:-1]}


def rules() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def is_left_out(path: str) -> bool:
    """As builders decide it: the last rule that matches the path, or a folder above it, counts."""
    whole = PurePosixPath(path)
    places = [str(place) for place in (whole, *whole.parents)][:-1]
    left_out = False
    for rule in rules():
        pattern = rule.removeprefix("!")
        tail = pattern.removeprefix("**/")
        named = [place.rsplit("/", 1)[-1] for place in places] if tail != pattern else places
        if any(fnmatch(name, tail) for name in named):
            left_out = not rule.startswith("!")
    return left_out


def test_everything_that_is_copied_exists_and_is_not_ignored():
    assert {"app.py", "pages", "ucf_core", "ucf_ui", ".streamlit", "pyproject.toml"} <= copied()
    assert [source for source in sorted(copied()) if not (ROOT / source).exists()] == []
    assert [source for source in sorted(copied()) if is_left_out(source)] == []
    assert not is_left_out("ucf_ui/components/live_slider.js")
    assert not is_left_out(".streamlit/config.toml")


def test_what_is_not_copied_is_ignored():
    assert {rule.removeprefix("!") for rule in rules() if rule.startswith("!")} == copied()
    assert rules()[0] == "*"


@pytest.mark.parametrize(
    "path",
    [
        *(".git/config", ".venv/bin/python", "tests/conftest.py", ".hypothesis/x", ".mypy_cache/x", ".pytest_cache/x"),
        *("data/ratings.csv", "uploads/mine.csv", "test-results/x", "deploy/nginx.conf", "uv.lock"),
        *(".streamlit/secrets.toml", "ucf_core/__pycache__/errors.pyc", "ucf_ui/figures/__pycache__/map.pyc"),
    ],
)
def test_history_secrets_caches_and_data_stay_out(path):
    assert is_left_out(path)
