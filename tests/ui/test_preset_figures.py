"""The figures beside the presets are those that docs/quality.md has for the same settings."""

import re
from pathlib import Path

import pytest

from ucf_core.presets import PRESETS
from ucf_core.specs import QuerySpec, ScoringSpec, changed
from ucf_ui.preset_figures import MEASURED, PROTOCOL

QUALITY = (Path(__file__).parents[2] / "docs" / "quality.md").read_text(encoding="utf-8")
RATINGS, LISTS = QUALITY.split("### Predicted ratings: ")[1].split("### Lists of 10: ")
RMSE_ROW = {"default": "ours, defaults", "best_ratings": "ours, learned, k 400"}
LIST_ROW = {"default": "ours, defaults", "best_lists": "ours, learned"}


def row(part, name):
    """The cells of the table row of a model."""
    (found,) = re.findall(rf"^\| {re.escape(name)} \| (.*) \|$", part, re.MULTILINE)
    return found.split(" | ")


def specs(text):
    """The settings that a table writes as "weighting raw, dim 16, k 400"."""
    words = {} if text == "-" else dict(part.split(" ") for part in text.split(", "))
    whole = {name: int(value) for name, value in words.items() if value.isdecimal()}
    broken = {name: float(value) for name, value in words.items() if re.fullmatch(r"\d+\.\d+", value)}
    changes = words | whole | broken
    return changed(QuerySpec(), changes), changed(ScoringSpec(), changes)


@pytest.mark.parametrize("name", MEASURED)
def test_the_error_of_predicted_ratings_is_the_measured_one(name):
    if name not in RMSE_ROW:
        assert MEASURED[name].rmse is None
        return
    cells = row(RATINGS, RMSE_ROW[name])
    assert f"{MEASURED[name].rmse:.4f}" == cells[0].split(" ")[0]
    assert specs(cells[-1]) == (PRESETS[name].query, PRESETS[name].scoring)


@pytest.mark.parametrize("name", MEASURED)
def test_the_quality_of_lists_is_the_measured_one(name):
    if name not in LIST_ROW:
        assert MEASURED[name].ndcg is None
        return
    measured, chosen = LISTS.split("What was chosen for the lists")
    assert f"{MEASURED[name].ndcg:.4f}" == row(measured, LIST_ROW[name])[0].split(" ")[0]
    if name != "default":
        query, scoring = specs(row(chosen, LIST_ROW[name])[0])
        assert (query, changed(scoring, {"ranking": "learned"})) == (PRESETS[name].query, PRESETS[name].scoring)


def test_the_protocol_that_is_told_is_that_of_the_tables():
    assert RATINGS.startswith("5 folds, seed 0")
    assert LISTS.startswith("20 % of every user's ratings held out, seed 0")
    assert "- Data: sample; 100,004 ratings of 671 users" in QUALITY
    for part in ("MovieLens Small 2016, 671 users", "5 folds", "20 %", "lists of 10"):
        assert part in PROTOCOL
