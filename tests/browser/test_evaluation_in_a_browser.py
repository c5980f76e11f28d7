"""Settings are measured, compared, downloaded and used: from a deep link to the sliders of another page."""

import csv

import pytest
from playwright.sync_api import expect
from reading import assert_healthy, click_row, open_page, parameters, settle, value, wait_idle

import ucf_core as ucf
from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.studies.evaluation.evaluate import evaluate
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting

ROWS = "All settings and baselines with their figures"


def pick(tab, text):
    tab.get_by_text(text, exact=True).first.click()
    settle(tab)


def give(tab, key, values):
    box = tab.locator(f".st-key-{key} input")
    box.fill(values)
    box.press("Enter")
    settle(tab)


def test_a_grid_is_measured_watched_compared_downloaded_and_used(tab, new_tab, tmp_path, home, base_url):
    open_page(tab, "/evaluation")
    expect(tab.locator("h1")).to_have_text("Evaluation")
    tab.get_by_text("No results for this dataset yet").wait_for()
    pick(tab, "The presets")
    pick(tab, "A grid of values")
    pick(tab, "Share of each user")
    give(tab, "eval-k", "7, 30")
    give(tab, "eval-dim", "12")
    expect(tab.get_by_text("2 settings")).to_have_count(1)
    tab.get_by_role("button", name="Start").click()
    tab.get_by_text("All rows", exact=True).wait_for(timeout=120_000)
    wait_idle(tab)
    assert_healthy(tab)
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download as CSV", exact=True).click()
    download.value.save_as(tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] == "user_knn"]
    assert [(row["k"], row["dim"]) for row in rows] == [("7", "12"), ("30", "12")]
    settings = [Setting(query=QuerySpec(k=k, dim=12)) for k in (7, 30)]
    spec = EvaluationSpec(split=SplitSpec(protocol="per_user_holdout"))
    truth = evaluate(ucf.load_ratings("sample", home=home), spec, settings).rows[-2:]
    for row, known in zip(rows, truth, strict=True):
        assert float(row["rmse"]) == pytest.approx(known.metrics["rmse"])
        assert float(row["ndcg"]) == pytest.approx(known.metrics["ndcg"])
    other = open_page(new_tab(base_url, width=400, dark=True), "/evaluation")
    expect(other.get_by_text("All rows", exact=True)).to_have_count(1)
    expect(other.locator("[data-testid=stPlotlyChart]")).to_have_count(6)
    assert other.evaluate("document.documentElement.scrollWidth") <= 400
    assert_healthy(other)
    click_row(tab, ROWS, 0)
    expect(tab.get_by_text("Against the best of each metric")).to_have_count(1)
    tab.get_by_role("button", name="Use these settings").click()
    settle(tab)
    tab.get_by_role("link", name="Neighbours", exact=True).first.click()
    tab.locator("h1", has_text="Neighbours").wait_for()
    wait_idle(tab)
    assert (value(tab, "k"), value(tab, "dim")) == (7, 12)
    assert (parameters(tab)["k"], parameters(tab)["dim"]) == ("7", "12")
    assert_healthy(tab)
