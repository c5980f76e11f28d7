"""The Python script on each page reproduces the settings of the page."""

import time

import pytest
from apptest import healthy

import ucf_core as ucf
from ucf_ui.base import as_python
from ucf_ui.session import cache

SET = {"k": 23, "dim": 48, "ef": 64, "M": 4}
QUERY = ucf.QuerySpec(**SET)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("neighbours", as_python.neighbours("sample", 15, QUERY)),
        ("tuning", as_python.tuning("sample", 15, QUERY, (8, 16, 32, 64, 128, 256, 512), 50)),
        ("recommendations", as_python.recommendations("sample", 15, QUERY, ucf.ScoringSpec(), 10)),
        ("index_inspector", as_python.traced("sample", 15, QUERY)),
        ("diagnostics", as_python.diagnosis("sample", QUERY, None, ucf.ScoringSpec(), 10)),
    ],
)
def test_script_uses_the_settings_of_the_link(name, expected, with_sample, open_page):
    tester = open_page(name, user=15, **SET)
    while any(job.live for job in cache.jobs().all()):
        time.sleep(0.02)  # the Diagnostics page measures in a background job
    assert [code.value for code in healthy(tester.run()).code] == [expected.strip()]


def test_script_of_a_comparison_has_both_users(with_sample, open_page, explorer):
    tester = open_page("compare", user=15, **SET)
    other = explorer.neighbours(15, QUERY).users.tolist()[0]
    assert [code.value for code in tester.code] == [as_python.two_users("sample", 15, other, QUERY).strip()]


def test_script_follows_the_rule_and_the_film(with_sample, open_page, explorer):
    tester = open_page("recommendations", user=15, ranking="damped", n=7, **SET)
    scoring = ucf.ScoringSpec(ranking="damped")
    film = explorer.recommend(15, QUERY, scoring, n=7).item_ids.tolist()[2]
    tester.selectbox(key="film").select_index(2)
    healthy(tester.run())
    asked = as_python.ExplainedFilm(film)
    expected = as_python.recommendations("sample", 15, QUERY, scoring, 7, explained=asked)
    assert [code.value for code in tester.code] == [expected.strip()]


def test_script_has_the_what_if_conditions(with_sample, open_page, explorer):
    film = explorer.recommend(15, QUERY).item_ids.tolist()[2]
    without = explorer.ratings.users.raw(int(explorer.explain(15, film, QUERY).evidence.users[1]))
    chosen = {"without": without, "if_ranking": "damped", "if_support": 3}
    tester = open_page("recommendations", user=15, film=film, **chosen, **SET)
    asked = as_python.ExplainedFilm(film, without, "damped", 3)
    expected = as_python.recommendations("sample", 15, QUERY, ucf.ScoringSpec(), 10, explained=asked)
    assert [code.value for code in tester.code] == [expected.strip()]


def test_script_of_two_lists_has_both_and_no_film(with_sample, open_page, explorer):
    film = explorer.recommend(15, QUERY).item_ids.tolist()[2]
    tester = open_page("recommendations", user=15, film=film, against="damped", **SET)
    expected = as_python.recommendations("sample", 15, QUERY, ucf.ScoringSpec(), 10, beside="damped")
    assert [code.value for code in tester.code] == [expected.strip()]
