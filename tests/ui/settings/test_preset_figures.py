"""The figures beside the presets are those that docs/quality.md has, for the settings that the presets have now."""

import re
from pathlib import Path

import pytest

from benchmarks.presets import DOCUMENT, settings_text, table
from ucf_core.explorer.presets import PRESETS
from ucf_core.studies.evaluation.results import Row
from ucf_core.studies.evaluation.spec import Setting
from ucf_ui.settings.presets import MEASURED, PROTOCOL

QUALITY = (Path(__file__).parents[3] / "docs" / "quality.md").read_text(encoding="utf-8")
SECTION = QUALITY.split("## Presets\n")[1].split("\n## ")[0]


def cells(name):
    """The cells of a preset's row."""
    (found,) = re.findall(rf"^\| {name} \| (.*) \|$", SECTION, re.MULTILINE)
    return found.split(" | ")


@pytest.mark.parametrize("name", PRESETS)
def test_the_figures_are_those_of_the_document(name):
    rmse, _, ndcg, *_ = cells(name)
    assert (f"{MEASURED[name].rmse:.4f}", f"{MEASURED[name].ndcg:.4f}") == (rmse, ndcg)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_they_were_measured_with_the_settings_of_the_preset(preset):
    assert cells(preset.name)[-1] == settings_text(preset), "run python -m benchmarks.presets --out docs/quality.md"


def test_the_presets_are_the_best_at_what_they_are_for():
    assert min(MEASURED, key=lambda name: MEASURED[name].rmse) == "best_ratings"
    assert max(MEASURED, key=lambda name: MEASURED[name].ndcg) == "best_lists"


def test_the_protocol_on_screen_is_that_of_the_document():
    section = " ".join(SECTION.split())
    for part in ("MovieLens Small 2016", "5 folds", "lists of 10", "20 %"):
        assert part in section
        assert part in PROTOCOL


def test_a_table_of_figures_replaces_the_one_before(tmp_path):
    rows = []
    for number, preset in enumerate(PRESETS.values(), 1):
        metrics = dict.fromkeys(("rmse", "mae", "ndcg", "precision", "item_coverage"), number / 8)
        row = Row(Setting(query=preset.query, scoring=preset.scoring), metrics, {})
        rows.append((row, row))
    path = tmp_path / "quality.md"
    path.write_text("# Quality\n\n<!-- presets:table -->\nold\n<!-- /presets:table -->\n\nkept\n")
    DOCUMENT.write(path, {}, {"table": table(rows)})
    written = path.read_text()
    assert "old" not in written
    assert written.endswith("kept\n")
    assert "| default | 0.1250 | 0.1250 | 0.1250 | 0.1250 | 0.1250 | - |" in written
    assert "| best_ratings | 0.3750 |" in written
