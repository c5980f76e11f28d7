"""The guide and the README know every page, and every picture that they show is there."""

import re
from pathlib import Path

import pytest

from ucf_ui.base import pages

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_guide_walks_through_all_pages_in_the_order_of_the_navigation():
    sections = [match for match in re.findall(r"^## (.+)$", GUIDE, re.M) if match in pages.SECTIONS]
    assert sections == [*pages.SECTIONS]
    assert re.findall(r"^### (.+)$", GUIDE, re.M) == [entry.title for entry in pages.ENTRIES]


def test_the_readme_lists_all_pages_and_links_to_the_guide():
    table = README.split("| page | what it answers |")[1].split("\n\n")[0]
    assert re.findall(r"^\| ([A-Z][^|]*?) \|", table, re.M) == [entry.title for entry in pages.ENTRIES]
    assert "(docs/guide.md)" in README


@pytest.mark.parametrize(("text", "folder"), [(GUIDE, ROOT / "docs"), (README, ROOT)], ids=["guide", "readme"])
def test_every_picture_is_there_and_says_what_it_shows(text, folder):
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text)
    assert pictures
    for words, path in pictures:
        assert len(words) > 10
        assert (folder / path).is_file(), path


def test_pictures_are_small_and_none_is_left_over():
    files = sorted((ROOT / "docs" / "images").glob("*.png"))
    assert {f"images/{path.name}" for path in files} == set(re.findall(r"\((images/[^)]+)\)", GUIDE))
    assert sum(path.stat().st_size for path in files) < 4_000_000
