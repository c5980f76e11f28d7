"""The picture of the rooms shows the imports as they are, and every file that the documents name exists."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ucf_core.base.floors import CORE_ROOMS, UI_ROOMS

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
PATH = re.compile(r"(?<![\w/.])(?:ucf_core|ucf_ui|pages|tests|scripts|benchmarks|deploy|docs)/[\w./-]*\w")


# In a process of its own: CPython 3.11 may fail to parse sources beside other threads of this one.
DRAW = """
import json, runpy, sys
script = runpy.run_path(sys.argv[1])
print(json.dumps([str(script["PICTURE"]), script["draw"](), sorted(script["arrows"]())]))
"""


def test_the_picture_shows_every_room_and_every_import_between_rooms():
    command = [sys.executable, "-c", DRAW, str(ROOT / "scripts" / "draw_rooms.py")]
    path, drawn, arrows = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    picture = Path(path).read_text(encoding="utf-8")
    assert picture == drawn, "run `uv run python scripts/draw_rooms.py`"
    assert sorted(map(list, re.findall(r"<title>(\S+) imports (\S+)</title>", picture))) == arrows
    rooms = re.findall(r'<text x="18"[^>]*>([^<]+)<', picture)
    assert rooms == ["pages", *(f"ucf_ui/{room}" for room in UI_ROOMS), *(f"ucf_core/{room}" for room in CORE_ROOMS)]


def test_the_readme_lists_all_rooms_in_the_order_of_the_floors():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for package, rooms in (("ucf_ui", UI_ROOMS), ("ucf_core", CORE_ROOMS)):
        table = readme.split(f"| room of `{package}` |")[1].split("\n\n")[0]
        assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.M)) == rooms


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_exists(document):
    words = document.read_text(encoding="utf-8")
    missing = [path for path in PATH.findall(words) if not (ROOT / path).exists()]
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^):]+)\)", words)]
    missing += [link for link in links if not (document.parent / link).exists()]
    assert not missing
