"""The Evaluation page: a question as a job, its result by itself, what it says of it, and what it carries over."""

import pytest
from apptest import button, frames, healthy, texts

import ucf_core as ucf
from ucf_core.evaluation import EvaluationSpec, Setting, SplitSpec, evaluate
from ucf_core.presets import PRESETS
from ucf_core.specs import QuerySpec
from ucf_ui import cache

# 40 users of two tastes, 12 ratings each, of 24 films
MINE = "user,item,rating\n" + "".join(
    f"{u},{(u % 2) * 8 + (5 * u + 3 * i) % 16},{1 + (u * i + (u % 2) * 2) % 5}\n" for u in range(40) for i in range(12)
)


@pytest.fixture
def page(upload, open_page):
    """The page on forty users without timestamps."""
    upload(MINE)
    return open_page("evaluation")


@pytest.fixture
def ratings(page, empty_home):
    return ucf.load_ratings("upload:mine.csv", home=empty_home)


def over(tester):
    """Let the worker come to its end, then look again."""
    cache.jobs()._background.submit(lambda: None).result(60)
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


def of_two(tester, *, k=("3", "9")):
    """A quick question: two settings, 2 folds."""
    pills(tester, "eval-what", ["grid"])
    tester.multiselect(key="eval-k").set_value(list(k))
    tester.multiselect(key="eval-dim").set_value(["4"])
    tester.number_input(key="eval-folds").set_value(2)
    return healthy(tester.run())


TWO = [Setting(query=QuerySpec(k=k, dim=4)) for k in (3, 9)]
TWO_FOLDS = EvaluationSpec(split=SplitSpec(folds=2))


def test_an_empty_page_says_what_to_do_and_what_it_costs(page):
    assert shown(page.info, "Nothing was measured on this dataset yet. Press Start to compare the presets")
    assert shown(page.caption, "**4 settings** x 5 folds = 20 runs over 40 users, and 4 baselines.")
    assert shown(page.caption, "No run of this dataset was timed yet")
    for preset in PRESETS.values():
        assert shown(page.markdown, f"**{preset.title}**: {preset.explanation}")


def test_two_settings_are_measured_as_the_core_does(page, ratings):
    over(press(of_two(page), "Start"))
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
