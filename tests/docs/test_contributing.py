"""The table "to change X, open Y" of CONTRIBUTING.md is true: each thing is defined in the files named there alone."""

import re
import tomllib
from pathlib import Path

import pytest

from ucf_core.base.specs import EF, K
from ucf_core.datasets.personal.export_registry import services
from ucf_core.datasets.read.layouts import known_layouts
from ucf_core.recommendations.aggregations import AGGREGATIONS
from ucf_core.recommendations.rules import RULES
from ucf_core.studies.evaluation.metrics import METRICS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TABLE = TEXT.split("| to change |")[1].split("## Rules")[0].strip().splitlines()[2:]
ROWS = [row.strip("|").split("|") for row in TABLE]
PATH = re.compile(r"`((?:ucf_core|ucf_ui|pages)/[\w./]+)`")
PRODUCT = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for folder in ("pages", "ucf_ui", "ucf_core")
    for path in sorted((ROOT / folder).rglob("*.py"))
}


def importers(module: str) -> set[str]:
    """Files outside the folder or file `module` that import from it."""
    *folder, name = module.split(".")
    imported = re.compile(rf"(from {re.escape(module)}\b|from {re.escape('.'.join(folder))} import [^#\n]*\b{name}\b)")
    own = module.replace(".", "/")
    return {path for path, source in PRODUCT.items() if imported.search(source) and not path.startswith(own)}


def files_with(*texts: str) -> set[str]:
    return {path for path, source in PRODUCT.items() if any(f'"{text}' in source for text in texts)}


def beginning(text: str) -> str:
    """The start of a long text, which a line break in the source does not cut."""
    return text.split(".")[0][:40]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_every_file_and_name_in_the_table_exists(row):
    for cell in row[1:]:
        paths = PATH.findall(cell)
        assert paths or not cell.strip()
        assert not [path for path in paths if not (ROOT / path).exists()]
        sources = "".join((ROOT / path).read_text(encoding="utf-8") for path in paths if (ROOT / path).is_file())
        for name in re.findall(r"`(\w+)`", cell):
            assert re.search(rf"\b{name}\b", sources), name


def test_the_table_has_all_changes():
    assert len(ROWS) == 13


@pytest.mark.parametrize(
    ("texts", "home"),
    [
        ([EF.label, beginning(EF.help), K.label, beginning(K.help)], {"ucf_core/base/specs.py"}),
        ([beginning(rule.explanation) for rule in RULES.values()], {"ucf_core/recommendations/rules.py"}),
        ([beginning(one.explanation) for one in AGGREGATIONS.values()], {"ucf_core/recommendations/aggregations.py"}),
        (
            [beginning(metric.help) for metric in METRICS.values()],
            {f"ucf_core/studies/evaluation/{kind}_metrics.py" for kind in ("rating", "list", "catalogue")},
        ),
    ],
    ids=["settings", "ranking rules", "aggregations", "metrics"],
)
def test_words_of_a_declaration_are_written_in_one_place(texts, home):
    assert files_with(*texts) == home


def modules_with(call: str, folder: str) -> list[str]:
    """Modules of a folder that make an object at their top: `NAME = call(...)`."""
    return [path for path in PRODUCT if path.startswith(folder) and re.search(rf"^\w+ = {call}\(", PRODUCT[path], re.M)]


def test_only_the_registry_of_layouts_knows_the_layouts():
    folder = "ucf_core/datasets/read/"
    modules = modules_with("(?:Layout|folder_layout)", folder)
    assert len(modules) == len(known_layouts())
    for module in modules:
        importing = importers(module[:-3].replace("/", "."))
        # the sample is stored as Parquet, and the titles of a cluster build are in movies.csv
        borrowed = {
            f"ucf_core/{path}.py" for path in ("datasets/load", "datasets/sources/sample", "cluster/input/parts")
        }
        assert f"{folder}layouts.py" in importing
        assert importing - {f"{folder}layouts.py"} <= borrowed


def test_only_the_registry_of_services_knows_the_export_services():
    registry = "ucf_core/datasets/personal/export_registry.py"
    modules = [path for path in modules_with("ExportService", "ucf_core/datasets/personal/") if path != registry]
    assert len(modules) == len(services())
    assert {path for module in modules for path in importers(module[:-3].replace("/", "."))} == {registry}


def test_only_the_registry_of_stores_knows_milvus():
    assert importers("ucf_core.index.milvus") == {"ucf_core/index/stores/registry.py"}


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    required = [*project["dependencies"], *(package for extra in extras.values() for package in extra)]
    table = TEXT.split("## Dependencies")[1]
    missing = {name for package in required if (name := re.split(r"[<>=;]", package)[0]) not in table}
    assert not missing
