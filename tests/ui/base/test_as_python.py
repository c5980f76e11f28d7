"""The scripts of "Copy as Python" run unchanged, and compute the same as the core with the settings of the page."""

import ast
import os
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ucf_core as ucf
from ucf_core.base.specs import WEIGHTINGS
from ucf_core.datasets.sources.uploads import save_upload
from ucf_core.neighbours.comparison import compare_pair
from ucf_core.recommendations.aggregations import AGGREGATIONS
from ucf_core.recommendations.rules import RULES
from ucf_ui.base import as_python

ROOT = Path(__file__).parents[3]
HOSTILE = ['"', "'\"\\", "a\nb", "ends\\", "{x}", "\u202egnp", "'''", "#", "0", "é\x00ü", "__import__('os')"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UCF_HOME", str(home))
        yield home


@pytest.fixture(scope="module")
def dataset(home):
    """40 users in 4 clusters of taste, 30 films, as an upload."""
    rng = np.random.default_rng(5)
    lines = [
        f"{user},{item},{1 + (item % 4 == user % 4) * 3 + rng.integers(0, 2)}"
        for user in range(40)
        for item in rng.choice(30, size=12, replace=False).tolist()
    ]
    return save_upload("clusters.csv", "\n".join(["user,item,rating", *lines]).encode(), home=home)


@pytest.fixture(scope="module")
def explorer(dataset):
    return ucf.Explorer(ucf.load_ratings(dataset))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run a script as `python script.py` does, in this process; its variables, by name."""
    path = tmp_path_factory.mktemp("scripts") / "script.py"

    def run(script):
        path.write_text(script, encoding="utf-8")
        return runpy.run_path(str(path), run_name="__main__")

    return run


queries = st.builds(
    ucf.QuerySpec,
    k=st.integers(1, 39),
    dim=st.none() | st.integers(1, 8),
    ef=st.integers(1, 200),
    weighting=st.sampled_from(WEIGHTINGS),
    space=st.sampled_from(["svd", "raw"]),
    M=st.sampled_from([2, 16, 32]),
    ef_construction=st.sampled_from([10, 200]),
    engine=st.sampled_from([None, "exact"]),
)
scorings = st.builds(
    ucf.ScoringSpec,
    ranking=st.sampled_from(tuple(RULES)),
    aggregation=st.sampled_from(tuple(AGGREGATIONS)),
    shrinkage=st.floats(0, 100),
    min_support=st.integers(1, 5),
    amplification=st.floats(0, 20),
    significance=st.integers(0, 50),
    ridge=st.floats(1, 1e6),
    rating_ridge=st.floats(1, 1e6),
)
users = st.integers(0, 39)
many = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


def same(one, other):
    assert one.rows.tolist() == other.rows.tolist()
    assert np.array_equal(one.similarities, other.similarities)


def same_lists(one, other):
    assert one.items.tolist() == other.items.tolist()
    assert np.array_equal(one.scores, other.scores, equal_nan=True)
    assert np.array_equal(one.predicted_ratings, other.predicted_ratings, equal_nan=True)


@many
@given(query=queries, user=users)
def test_neighbours_are_those_of_the_page(query, user, dataset, explorer, run, capsys):
    left = run(as_python.neighbours(dataset, user, query))
    same(left["neighbours"], explorer.neighbours(user, query))
    assert left["inspection"].recall == explorer.inspect(user, query).recall
    assert "similarity" in capsys.readouterr().out


@many
@given(query=queries, scoring=scorings, user=users, n=st.integers(1, 30))
def test_recommendations_are_those_of_the_page(query, scoring, user, n, dataset, explorer, run):
    made = explorer.recommend(user, query, scoring, n=n)
    film = made.item_ids[0] if made.items.size else None
    asked = None if film is None else as_python.ExplainedFilm(film)
    left = run(as_python.recommendations(dataset, user, query, scoring, n, explained=asked))
    same_lists(left["recommendations"], made)
    if film is not None:
        assert left["explanation"].score.total == explorer.explain(user, film, query, scoring).score.total


@pytest.mark.parametrize("changes", [{"ranking": "damped"}, {"min_support": 3}, {"without": 0}, {"without": 1}])
def test_the_explanation_of_a_film_is_that_of_the_page(changes, dataset, explorer, run, capsys):
    query, scoring = ucf.QuerySpec(k=9), ucf.ScoringSpec()
    film = explorer.recommend(3, query).item_ids.tolist()[1]
    explained = explorer.explain(3, film, query)
    rows = {name: explained.evidence.users[at] for name, at in changes.items() if name == "without"}
    raw = {name: explorer.ratings.users.raw(int(row)) for name, row in rows.items()}
    run(
        as_python.recommendations(
            dataset, 3, query, scoring, 5, explained=as_python.ExplainedFilm(film, **(changes | raw))
        )
    )
    assert capsys.readouterr().out.rstrip().endswith(repr(explained.what_if(**(changes | rows))))


def test_a_second_rule_is_in_the_script_of_two_lists(dataset, explorer, run):
    query, scoring = ucf.QuerySpec(k=9), ucf.ScoringSpec(min_support=2)
    left = run(as_python.recommendations(dataset, 3, query, scoring, 5, beside="damped"))
    same_lists(left["recommendations"], explorer.recommend(3, query, scoring, n=5))
    same_lists(left["beside"], explorer.recommend(3, query, scoring, n=5, ranking="damped"))


@pytest.mark.parametrize(
    "query", [ucf.QuerySpec(k=5), ucf.QuerySpec(k=7, dim=3, M=2), ucf.QuerySpec(engine="exact", k=9)]
)
def test_tuning_index_users_and_settings_are_those_of_the_page(query, dataset, explorer, run):
    left = run(as_python.tuning(dataset, 3, query, (4, 64), 10))
    assert left["inspection"].recall == explorer.inspect(3, query).recall
    if query.chosen_engine == "hnsw":
        expected = explorer.index_recall(query, ef=[4, 64], sample=10)
        assert [point.recall for point in left["points"]] == [point.recall for point in expected]
        traced = run(as_python.traced(dataset, 3, query))["traced"]
        assert traced.neighbours.tolist() == explorer.trace(3, query).neighbours.tolist()
    left = run(as_python.two_users(dataset, 3, 8, query))
    assert left["pair"].accord == compare_pair(explorer.ratings, *map(explorer.ratings.users.row, (3, 8))).accord
    assert (left["there"], left["back"]) == explorer.nearness(3, 8, query)
    b = ucf.QuerySpec(k=4, space="raw"), ucf.ScoringSpec(ranking="damped")
    left = run(as_python.two_settings(dataset, 3, (query, ucf.ScoringSpec()), b, 6))
    same(left["neighbours_a"], explorer.neighbours(3, query))
    same(left["neighbours_b"], explorer.neighbours(3, b[0]))
    same_lists(left["films_b"], explorer.recommend(3, *b, n=6))


def test_diagnosis_is_that_of_the_page(dataset, explorer, run):
    query, scoring = ucf.QuerySpec(k=6, M=4), ucf.ScoringSpec(ranking="similarity_sum")
    left = run(as_python.diagnosis(dataset, query, 20, scoring, 5))
    expected = ucf.diagnose(explorer, query, sample=20)
    assert left["diagnosis"].hubness.occurrences.tolist() == expected.hubness.occurrences.tolist()
    assert left["lists"].lists.tolist() == ucf.diagnose_lists(explorer, expected, scoring, n=5).lists.tolist()


def test_evaluation_is_that_of_the_page(dataset, explorer, run):
    spec = ucf.EvaluationSpec(split=ucf.SplitSpec(folds=2, seed=3), n=4, baselines=("bias",), relevant_from=3.5)
    asked = [
        ucf.Setting(query=ucf.QuerySpec(k=9)),
        ucf.Setting(query=ucf.QuerySpec(k=3), scoring=ucf.ScoringSpec(aggregation="mean")),
    ]
    left = run(as_python.evaluation(dataset, spec, asked))
    assert (left["spec"], left["settings"]) == (spec, asked)
    expected = ucf.evaluate(explorer.ratings, spec, asked).rows
    for row, other in zip(left["evaluation"].rows, expected, strict=True):
        assert (row.model, row.metrics, row.ci95) == (other.model, other.metrics, other.ci95)


def test_a_guest_is_the_one_of_the_page(dataset, explorer, run):
    rated = {2: 5.0, 7: np.float32(1.5), 11: 4}
    left = run(as_python.guest(dataset, rated, ucf.QuerySpec(k=5), ucf.ScoringSpec(), 3))
    you = ucf.Guest.of(explorer.ratings, rated)
    same(left["neighbours"], explorer.neighbours(you, k=5))
    same_lists(left["recommendations"], explorer.recommend(you, k=5, n=3))


@given(query=queries, scoring=scorings)
def test_a_written_spec_is_the_spec(query, scoring):
    query = replace(query, engine=query.chosen_engine)
    read = run_expression(as_python.written(query))
    assert replace(read, engine=read.chosen_engine) == query
    assert run_expression(as_python.written(scoring)) == scoring
    assert run_expression(as_python.written(ucf.Setting(scoring=scoring))) == ucf.Setting(scoring=scoring)


def run_expression(text):
    """The spec that a call writes, read from its syntax."""

    def value(node):
        if isinstance(node, ast.Call):
            return getattr(ucf, node.func.attr)(**{one.arg: value(one.value) for one in node.keywords})
        return ast.literal_eval(node)

    return value(ast.parse(text, mode="eval").body)


def test_defaults_are_left_out():
    assert as_python.written(ucf.QuerySpec()) == "ucf.QuerySpec()"
    assert as_python.written(ucf.QuerySpec(k=20, dim=128, engine="hnsw")) == "ucf.QuerySpec(k=20)"
    assert as_python.written(ucf.QuerySpec(space="raw", engine="exact")) == "ucf.QuerySpec(space='raw')"
    assert as_python.written(ucf.QuerySpec(engine="exact")) == "ucf.QuerySpec(engine='exact')"


@given(st.text() | st.sampled_from(HOSTILE))
def test_text_from_data_stays_text(text):
    script = as_python.neighbours(text, text, ucf.QuerySpec())
    asked = {ast.unparse(call.func): call for call in calls(script)}
    assert ast.literal_eval(asked["ucf.load_ratings"].args[0]) == text
    assert ast.literal_eval(asked["explorer.neighbours"].args[0]) == text
    assert len(calls(script)) == len(calls(as_python.neighbours("a", "b", ucf.QuerySpec())))


def calls(script):
    return [node for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Call)]


def test_a_user_whose_id_contains_python_syntax_is_found(home, run):
    rows = "".join(f'"{user}",{film},{3 + film % 2}\n' for user in ("o'r\\", "{x}", "a#b") for film in range(3))
    name = save_upload("odd's.csv", f"user,item,rating\n{rows}".encode(), home=home)
    for user in ("o'r\\", "{x}", "a#b"):
        found = run(as_python.neighbours(name, user, ucf.QuerySpec(k=2)))["neighbours"]
        assert sorted([user, *found.users.tolist()]) == ["a#b", "o'r\\", "{x}"]


@pytest.mark.long
def test_a_script_runs_by_itself(dataset, home, explorer, tmp_path):
    path = tmp_path / "script.py"
    path.write_text(as_python.neighbours(dataset, 3, ucf.QuerySpec(k=4)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, path],
        cwd=tmp_path,
        env=os.environ | {"UCF_HOME": str(home), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    for user in explorer.neighbours(3, k=4).users.tolist():
        assert f" {user} " in done.stdout
