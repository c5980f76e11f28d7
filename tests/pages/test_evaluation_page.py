"""The Evaluation page: starting a run, its results, and using the best settings elsewhere."""

import threading
from dataclasses import replace

import pytest
import streamlit as st
from apptest import button, frames, go, healthy, texts
from tiny import ONE_EACH

import ucf_core as ucf
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.explorer.presets import PRESETS
from ucf_core.studies.evaluation.evaluate import evaluate
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting
from ucf_core.studies.evaluation.store import evaluate_once
from ucf_core.studies.evaluation.verdict import verdict
from ucf_ui.session import cache
from ucf_ui.views.evaluation import jobs as evaluation_jobs

# 40 users in two clusters, 12 ratings each, 24 films
MINE = "user,item,rating\n" + "".join(
    f"{u},{(u % 2) * 8 + (5 * u + 3 * i) % 16},{1 + (u * i + (u % 2) * 2) % 5}\n" for u in range(40) for i in range(12)
)


@pytest.fixture
def page(upload, open_page):
    """The Evaluation page on 40 users without timestamps."""
    upload(MINE)
    return open_page("evaluation")


@pytest.fixture
def ratings(page, empty_home):
    return ucf.load_ratings("upload:mine.csv", home=empty_home)


def finish_jobs(tester):
    """Wait for the worker to finish, then rerun the page."""
    cache.jobs().join(60)
    return healthy(tester.run())


def press(tester, label):
    button(tester, label).click()
    return healthy(tester.run())


def pills(tester, key, values):
    next(group for group in tester.button_group if group.key == key).set_value(values)
    return healthy(tester.run())


def plain(elements):
    return [text.replace("\\", "") for text in texts(elements)]


def shown(elements, words):
    return any(words in text for text in plain(elements))


def rows(tester):
    return next(frame for frame in frames(tester) if "Model" in frame)


def set_grid_values(tester, **values):
    """Enter values of the grid: type numbers, select names."""
    for name, chosen in values.items():
        typed = [box for box in tester.text_input if box.key == f"eval-{name}"]
        if typed:
            typed[0].set_value(", ".join(chosen))
        else:
            tester.multiselect(key=f"eval-{name}").set_value(list(chosen))


def choose_two_settings(tester, *, k=("3", "9")):
    """Choose a fast evaluation: two settings, 2 folds."""
    pills(tester, "eval-what", ["grid"])
    set_grid_values(tester, k=k, dim=["4"])
    tester.number_input(key="eval-folds").set_value(2)
    return healthy(tester.run())


TWO = [Setting(query=QuerySpec(k=k, dim=4)) for k in (3, 9)]
TWO_FOLDS = EvaluationSpec(split=SplitSpec(folds=2))


def test_empty_page_explains_the_start_and_its_cost(page):
    assert shown(page.info, "No results for this dataset yet. Press Start to compare the presets")
    assert shown(page.caption, "**4 settings** x 5 folds = 20 runs over 40 users, and 4 baselines.")
    assert shown(page.caption, "No run of this dataset was timed yet")
    for preset in PRESETS.values():
        assert shown(page.markdown, f"**{preset.title}**: {preset.explanation}")


def test_results_match_the_core(page, ratings):
    finish_jobs(press(choose_two_settings(page), "Start"))
    assert texts(page.error) == []
    truth = evaluate(ratings, TWO_FOLDS, TWO)
    table = rows(page)
    assert table["Model"].tolist() == ["k 3", "k 9", "Bias", "Popular", "Film means", "Random"]
    for title, name in (("RMSE", "rmse"), ("nDCG@10", "ndcg"), ("Coverage", "coverage")):
        expected = [row.metrics[name] for row in (*truth.rows[4:], *truth.rows[:4])]
        assert table[title].astype(object).where(table[title].notna(), None).tolist() == pytest.approx(expected)
    low, high = truth.rows[-1].ci95["rmse"]
    assert table["RMSE, 95 %"].iloc[1] == f"{low:.3f} to {high:.3f}"
    assert table["RMSE, 95 %"].iloc[3] == ""
    best = min(truth.rows[-2:], key=lambda row: row.metrics["rmse"])
    assert shown(page.markdown, f"**RMSE**: k {best.model.query.k}, {best.metrics['rmse']:.3f} (")
    assert shown(page.caption, "at the pace of the last run")


def test_current_settings_come_from_the_other_pages(upload, open_page, empty_home):
    upload(MINE)
    tester = open_page("neighbours", k=7, dim=5)
    go(tester, "evaluation")
    pills(tester, "eval-what", ["present"])
    tester.number_input(key="eval-folds").set_value(2)
    healthy(tester.run())
    assert shown(tester.caption, "**1 setting** x 2 folds = 2 runs")
    finish_jobs(press(tester, "Start"))
    ratings = ucf.load_ratings("upload:mine.csv", home=empty_home)
    (row,) = evaluate(ratings, replace(TWO_FOLDS, baselines=()), [Setting(query=QuerySpec(k=7, dim=5))]).rows
    table = rows(tester)
    assert table["Model"].iloc[0] == "k 7, dim 5"
    assert table["RMSE"].iloc[0] == pytest.approx(row.metrics["rmse"])


def test_current_settings_equal_to_a_preset_are_measured_once(page):
    pills(page, "eval-what", ["presets", "present"])
    assert shown(page.caption, "equal to the preset Default")
    assert shown(page.caption, "**4 settings** x 5 folds")


def test_start_is_disabled_without_a_choice(page):
    pills(page, "eval-what", [])
    assert shown(page.caption, "Choose what to measure")
    assert "Start" not in [one.label for one in page.button]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"k": ["3", "many"]}, "k='many' is not a whole number"),
        ({"k": ["3", "0"]}, "k=0 is out of range; choose 1 <= k"),
        ({"amplification": ["x"]}, "amplification='x' is not a number"),
        ({"ridge": ["0"]}, "ridge=0.0 is out of range"),
        ({"neighbourhood": ["per_item"], "ranking": ["learned"]}, "choose neighbourhood='global', or neither"),
        (
            {"k": [str(k) for k in range(1, 40)], "dim": [str(d) for d in range(1, 24)], "ef": ["1", "2"]},
            "1,794 settings",
        ),
    ],
)
def test_invalid_values_show_one_message_and_no_start(values, words, page):
    choose_two_settings(page)
    set_grid_values(page, **values)
    healthy(page.run())
    assert shown(page.error, words)
    assert len(texts(page.error)) == 1
    assert "Start" not in [one.label for one in page.button]
    assert cache.jobs().all() == []


@pytest.mark.parametrize(
    ("values", "words"),
    [({"k": ["40"]}, "k=40 exceeds the 39 other users"), ({"dim": ["25"]}, "dim=25 exceeds the rank 24")],
)
def test_values_outside_the_dataset_fail_at_the_start(values, words, page):
    choose_two_settings(page)
    set_grid_values(page, **values)
    press(healthy(page.run()), "Start")
    assert shown(page.error, words)
    assert cache.jobs().all() == []
    set_grid_values(page, k=["3"], dim=["4"])
    assert texts(healthy(page.run()).error) == []


def test_values_too_large_for_the_dataset_are_not_offered(page):
    pills(page, "eval-what", ["grid"])
    assert page.text_input(key="eval-k").value == "25"
    assert page.text_input(key="eval-dim").value == "16"


def test_temporal_protocol_needs_timestamps(page):
    pills(page, "eval-protocol", "temporal")
    press(page, "Start")
    assert shown(page.error, "needs timestamps, and this dataset has none; choose another protocol")
    assert cache.jobs().all() == []


def test_temporal_protocol_holds_out_the_latest_ratings(upload, open_page, empty_home):
    lines = MINE.splitlines()
    stamped = [f"{lines[0]},timestamp", *(f"{line},{1000 + (7 * at) % 400}" for at, line in enumerate(lines[1:]))]
    name = upload("\n".join(stamped))
    tester = choose_two_settings(open_page("evaluation"))
    pills(tester, "eval-protocol", "temporal")
    finish_jobs(press(tester, "Start"))
    ratings = ucf.load_ratings(name, home=empty_home)
    truth = evaluate(ratings, EvaluationSpec(split=SplitSpec(protocol="temporal")), TWO)
    assert rows(tester)["RMSE"].iloc[0] == pytest.approx(truth.rows[4].metrics["rmse"])
    assert shown(tester.caption, "the latest 20 % of all ratings held out")


@pytest.fixture
def gate(monkeypatch):
    """Make evaluations block until released; yields the events `inside` and `go_on`."""
    inside, go_on = threading.Event(), threading.Event()

    def wait(*arguments, progress, say):
        say("Predicting for 40 users, fold 1 of 2")
        progress(1, 4)
        inside.set()
        assert go_on.wait(30)
        progress(2, 4)
        return evaluate_once(*arguments, progress=progress, say=say)

    monkeypatch.setattr(evaluation_jobs, "evaluate_once", wait)
    yield inside, go_on
    go_on.set()


def test_all_sessions_see_a_running_evaluation_and_its_result(page, gate, open_page):
    inside, go_on = gate
    press(choose_two_settings(page), "Start")
    assert inside.wait(30)
    second = open_page("evaluation")
    for tester in (healthy(page.run()), second):
        assert [bar.proto.value for bar in tester.get("progress")] == [25]
        assert [bar.proto.text.split(", about")[0] for bar in tester.get("progress")] == [
            "Predicting for 40 users, fold 1 of 2, 25 %"
        ]
    assert "Running, see below" in [one.label for one in page.button]
    go_on.set()
    for tester in (finish_jobs(page), healthy(second.run())):
        assert list(tester.get("progress")) == []
        assert rows(tester)["Model"].tolist()[:2] == ["k 3", "k 9"]


def test_cancelled_evaluation_saves_nothing(page, gate):
    inside, go_on = gate
    press(choose_two_settings(page), "Start")
    assert inside.wait(30)
    healthy(page.run())
    assert shown(page.info, "The first results appear here when the evaluation above is done.")
    assert not shown(page.info, "Press Start")
    press(page, "Cancel")
    go_on.set()
    finish_jobs(page)
    assert shown(page.info, " was cancelled. Nothing was saved.")
    assert shown(page.info, "No results for this dataset yet")
    assert "Start" in [one.label for one in page.button]


def test_failure_is_shown_once(page, monkeypatch):
    def fail(*arguments, **others):
        raise ucf.SpecError("none of the *sampled* users has a rating held out")

    monkeypatch.setattr(evaluation_jobs, "evaluate_once", fail)
    finish_jobs(press(choose_two_settings(page), "Start"))
    assert shown(page.error, "failed: none of the *sampled* users has a rating held out")
    assert len(texts(page.error)) == 1


def test_earlier_results_can_be_reopened(page, open_page, ratings):
    finish_jobs(press(choose_two_settings(page), "Start"))
    finish_jobs(press(choose_two_settings(page, k=("4", "5", "6")), "Start"))
    assert rows(page)["Model"].tolist()[:3] == ["k 4", "k 5", "k 6"]
    st.cache_resource.clear()  # as after a restart
    later = open_page("evaluation")
    listed = later.selectbox(key="result").options
    assert sorted(title.split(": ")[1][:9] for title in listed) == ["2 setting", "3 setting"]
    later.selectbox(key="result").set_value(next(title for title in listed if "2 settings" in title))
    healthy(later.run())
    assert rows(later)["Model"].tolist()[:2] == ["k 3", "k 9"]
    (one,) = [known for known in evaluation_jobs.known(ratings) if len(known.evaluation.models) == 6]
    assert rows(open_page("evaluation", result=one.name))["Model"].tolist()[:2] == ["k 3", "k 9"]
    press(choose_two_settings(later, k=("4", "5", "6")), "Start")
    assert rows(finish_jobs(later))["Model"].tolist()[:3] == ["k 4", "k 5", "k 6"]
    assert len(later.selectbox(key="result").options) == 2


def test_link_to_an_unknown_result_opens_the_newest(page, open_page):
    finish_jobs(press(choose_two_settings(page), "Start"))
    assert rows(open_page("evaluation", result="<b>nothing</b>"))["Model"].tolist()[:2] == ["k 3", "k 9"]


def test_selected_row_is_compared_with_the_best_and_can_be_used(page, ratings):
    finish_jobs(press(choose_two_settings(page), "Start"))
    truth = evaluate(ratings, TWO_FOLDS, TWO)
    page.session_state["evaluated"] = "k 3"
    healthy(page.run())
    best = verdict(truth, "ndcg").best.model
    differences = frames(page)[-1]
    if best == TWO[1]:
        found = truth.difference("ndcg", *TWO)
        row = differences[differences["Metric"] == "nDCG@10"].iloc[0]
        assert (row["Against"], row["Difference"]) == ("k 9", f"{found.estimate:+.4f}")
        assert row["95 %"] == f"{found.low:+.4f} to {found.high:+.4f}"
    press(page, "Use these settings")
    go(page, "neighbours")
    assert page.select_slider(key="k").value == 3
    assert len(frames(page)[-1]) == 3


def test_baselines_have_no_settings_to_use(page):
    finish_jobs(press(choose_two_settings(page), "Start"))
    page.session_state["evaluated"] = "Popular"
    healthy(page.run())
    assert shown(page.caption, "A baseline: the most rated films first")
    assert "Use these settings" not in [one.label for one in page.button]


def test_metrics_can_be_selected(page):
    finish_jobs(press(choose_two_settings(page), "Start"))
    pills(page, "eval-metrics", ["gini", "mrr"])
    assert [name for name in rows(page).columns if name != "Model"] == [
        "MRR@10",
        "Concentration@10 (Gini)",
        "k",
        "MRR@10, 95 %",
        "Concentration@10 (Gini), 95 %",
    ]
    assert shown(page.markdown, "**MRR@10**: ")
    assert not shown(page.markdown, "- **Concentration@10 (Gini)**: k")
    pills(page, "eval-metrics", [])
    assert shown(page.caption, "Choose a metric")


def test_registered_metric_is_offered_and_earlier_results_stay(page, open_page, ratings, request):
    finish_jobs(press(choose_two_settings(page), "Start"))
    metric = request.getfixturevalue("new_metric")
    st.cache_resource.clear()  # as after a restart with the new metric registered
    later = open_page("evaluation")
    assert rows(later)["Model"].tolist()[:2] == ["k 3", "k 9"]
    pills(later, "eval-metrics", [metric.name])
    assert rows(later)[metric.label].isna().all()  # not measured in the earlier run
    finish_jobs(press(choose_two_settings(later), "Start"))
    truth = evaluate(ratings, TWO_FOLDS, TWO)
    shares = [row.metrics[metric.name] for row in truth.rows[4:]]
    assert rows(later)[metric.label].tolist()[:2] == pytest.approx(shares)
    assert shown(later.markdown, f"- **{metric.label}**: k {(3, 9)[shares.index(max(shares))]}, {max(shares):.3f} (")
    assert shown(later.markdown, f"- **{metric.label}**, higher is better: {metric.help}")
    (chart,) = later.get("plotly_chart")
    assert metric.label in str(chart.proto)
    assert len(later.selectbox(key="result").options) == 1


def test_results_of_another_version_are_counted_and_kept(page, open_page, ratings, empty_home):
    older = {"fingerprint": ratings.fingerprint, "meaning": 3, "asked": "0" * 32}
    store = ArtifactStore(empty_home / "artifacts")
    store.write("evaluation", older, lambda folder: (folder / "about.json").write_text("{}"))
    tester = open_page("evaluation")
    assert shown(tester.caption, "1 evaluation of another version of this program cannot be shown here")
    assert len(list(store.folder("evaluation", older).iterdir())) == 2


@pytest.mark.parametrize("content", ONE_EACH)
def test_tiny_dataset_gives_results_or_one_error(content, upload, open_page):
    upload(content)
    tester = finish_jobs(press(open_page("evaluation"), "Start"))
    if texts(tester.error):
        assert len(texts(tester.error)) == 1
    else:
        assert rows(tester)["Model"].iloc[-1] == "Random"
