"""An evaluation on a cluster dataset uses a sample of its users, read into memory, and reports that."""

import json

import numpy as np
import pytest

from ucf_core import cli
from ucf_core.base.errors import ArtifactError, CancelledError, SpecError, UcfError
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.cli.answers import evaluation_answer
from ucf_core.cluster.files import rows as rows_module
from ucf_core.cluster.serve import ratings as sample
from ucf_core.ratings.ids import IdMap
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.evaluation.evaluate import evaluate
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting
from ucf_core.studies.evaluation.store import evaluate_once

SETTINGS = [
    Setting(query=QuerySpec(k=10, dim=16)),
    Setting(query=QuerySpec(k=10, dim=16, weighting="residual"), scoring=ScoringSpec(ranking="damped")),
    Setting(query=QuerySpec(k=10, space="raw")),
]
SPEC = EvaluationSpec(split=SplitSpec(folds=2, seed=3), sample=120)


def of_users(ratings, rows):
    """A dataset in memory of some rows of another, by nothing but indexing."""
    return Ratings(
        matrix=ratings.matrix[rows],
        users=IdMap(ratings.users.ids[rows], "user"),
        items=ratings.items,
        catalogue=ratings.catalogue,
    )


@pytest.mark.parametrize("n", [2, 120, None])
def test_a_sample_has_the_rows_titles_and_ids_of_one_machine(small, there, n):
    drawn = there.ratings.to_evaluate(n, seed=5)
    assert len(drawn.rows) == drawn.n_users == (n or 400)
    assert (np.diff(drawn.rows) > 0).all()
    expected = small.matrix[drawn.rows]
    for one, other in zip(
        (drawn.matrix.indptr, drawn.matrix.indices, drawn.matrix.data),
        (expected.indptr, expected.indices, expected.data),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
    assert drawn.users.ids.tolist() == small.users.ids[drawn.rows].tolist()
    assert drawn.items.ids.tolist() == small.items.ids.tolist()
    assert list(drawn.catalogue.titles) == list(small.catalogue.titles)
    assert (drawn.matrix.dtype, drawn.matrix.indices.dtype) == (np.float32, np.int32)


@pytest.mark.parametrize("at_once", [1, 2, 64])
def test_rows_are_the_same_however_many_row_groups_are_read_at_once(small, there, monkeypatch, at_once):
    monkeypatch.setattr(rows_module, "_AT_ONCE", at_once)
    wanted = np.array([0, 1, 63, 64, 65, 130, 250, 251, 399])
    heard = []
    found = there.ratings.matrix.many(wanted, lambda done, total: heard.append((done, total)))
    np.testing.assert_array_equal(found.toarray(), small.matrix[wanted].toarray())
    assert heard[0] == (0, 9)


def test_the_same_seed_draws_the_same_users_and_another_one_others(there):
    first, again, other = (there.ratings.to_evaluate(50, seed=seed) for seed in (1, 1, 2))
    assert first.rows.tolist() == again.rows.tolist() != other.rows.tolist()
    assert first.fingerprint == again.fingerprint
    names = {first.fingerprint, other.fingerprint, there.ratings.fingerprint}
    names |= {there.ratings.to_evaluate(51, seed=1).fingerprint}
    assert len(names) == 4
    assert all(len(name) == 32 for name in names)


def test_all_users_are_drawn_equally_often(there):
    """400 samples of a quarter: each user is in 100, give or take 5 times the root of 75."""
    seen = np.zeros(400, dtype=int)
    for seed in range(400):
        seen[sample.check_sample(there.ratings, 100, seed)] += 1
    assert np.abs(seen - 100).max() < 5 * np.sqrt(75)


def test_it_gives_the_figures_of_a_dataset_made_of_those_rows(small, there):
    found = evaluate(there.ratings, SPEC, SETTINGS)
    rows = there.ratings.to_evaluate(120, seed=3).rows
    truth = evaluate(of_users(small, rows), SPEC, SETTINGS)
    assert found.models == truth.models
    for one, other in zip(found.rows, truth.rows, strict=True):
        assert one.metrics == other.metrics
        assert one.ci95 == other.ci95
    np.testing.assert_array_equal(found.users, rows[truth.users])  # rows of the whole dataset


@pytest.mark.long
def test_a_sample_of_all_is_the_evaluation_of_one_machine(small, there):
    spec = EvaluationSpec(split=SplitSpec(protocol="per_user_holdout"))
    found, truth = (evaluate(ratings, spec, SETTINGS[:1]) for ratings in (there.ratings, small))
    assert [row.metrics for row in found.rows] == [row.metrics for row in truth.rows]
    assert found.users.tolist() == truth.users.tolist()
    assert evaluation_answer(there.ratings, found)["sample"] is None


def test_it_is_stored_like_others_and_found_without_reading_ratings(there, tmp_path, monkeypatch):
    store = ArtifactStore(tmp_path)
    first, cached = evaluate_once(store, there.ratings, SPEC, SETTINGS[:1])
    assert not cached
    monkeypatch.setattr(rows_module.ParquetRows, "many", None)
    again, cached = evaluate_once(store, there.ratings, SPEC, SETTINGS[:1])
    assert cached
    assert [row.metrics for row in again.rows] == [row.metrics for row in first.rows]
    assert again.users.tolist() == first.users.tolist()


def test_the_answer_names_the_sample_that_was_measured(there):
    made = evaluate(there.ratings, SPEC, [])
    answer = evaluation_answer(there.ratings, made)
    about = answer["sample"]
    assert (about["n_users"], about["of"], about["seed"]) == (120, 400, 3)
    assert "hold for a sample of 120 of 400 users, drawn with seed 3" in about["note"]
    assert "Neighbours come from the sample alone" in about["note"]
    assert "lower estimate" in about["note"]


def test_the_dim_in_the_answer_is_one_that_the_sample_can_have(there):
    spec = EvaluationSpec(split=SplitSpec(folds=2), sample=40)
    made = evaluate(there.ratings, spec, [Setting(query=QuerySpec(k=5))])
    assert evaluation_answer(there.ratings, made)["rows"][-1]["dim"] == 40


def test_the_command_evaluates_a_cluster_and_says_so_beside_the_table(served, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("UCF_HOME", str(tmp_path))
    monkeypatch.setenv("UCF_VECTORS", served[1])
    asked = ["evaluate", str(served[0]), "--folds", "2", "--sample", "60", "--k", "5", "--dim", "8"]
    cli.app([*asked, "--json"], standalone_mode=False)
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert (answer["sample"]["n_users"], answer["sample"]["of"], answer["users"]) == (60, 400, 60)
    assert answer["rows"][-1]["rmse"] > 0
    cli.app(asked, standalone_mode=False)
    assert "a sample of 60 of 400 users" in capsys.readouterr().err


# what goes wrong


def test_more_users_than_fit_a_serving_process_are_refused_with_the_bound(there, monkeypatch):
    monkeypatch.setattr(sample, "MOST_USERS", 200)
    for size in (None, 201):
        with pytest.raises(SpecError, match=r"evaluation of \d+ users exceeds the 200 .*choose 2 <= sample <= 200"):
            evaluate(there.ratings, EvaluationSpec(sample=size), [])
    with pytest.raises(SpecError, match="k=150"):
        evaluate(there.ratings, EvaluationSpec(sample=150), [Setting(query=QuerySpec(k=150))])
    with pytest.raises(SpecError, match="dim=151 exceeds the rank 150"):
        evaluate(there.ratings, EvaluationSpec(sample=150), [Setting(query=QuerySpec(k=5, dim=151))])


def test_too_little_memory_is_refused_with_both_figures_before_anything_is_read(there, monkeypatch):
    monkeypatch.setattr("ucf_core.base.memory.available_bytes", lambda: 10_000_000)
    monkeypatch.setattr(rows_module.ParquetRows, "many", None)
    text = r"evaluating 120 users needs about 0\.\d\d GB of memory, and 0\.01 GB are available; choose a smaller sample"
    with pytest.raises(UcfError, match=text):
        evaluate(there.ratings, SPEC, SETTINGS)


def test_an_evaluation_can_be_stopped_while_ratings_are_read(there):
    calls = []

    def stop(done, total):
        calls.append(done)
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        evaluate(there.ratings, SPEC, SETTINGS, progress=stop)
    assert calls == [0.0]


def test_a_dataset_that_was_deleted_meanwhile_is_one_message(there, monkeypatch, tmp_path):
    monkeypatch.setattr(there.ratings.matrix, "_folder", tmp_path / "ratings")
    with pytest.raises(ArtifactError, match="files of this dataset are no longer in"):
        there.ratings.to_evaluate(20, seed=0)


def test_a_cluster_stores_no_times(there):
    with pytest.raises(SpecError, match="needs timestamps, and this dataset has none"):
        evaluate(there.ratings, EvaluationSpec(split=SplitSpec(protocol="temporal"), sample=50), [])
