"""Evaluations on disk: found again by their question, and never lost to a new metric or another schema."""

import json
from dataclasses import replace

import pytest
from toy import clustered_ratings

from ucf_core.base.files.artifacts import MANIFEST, ArtifactStore
from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.studies.evaluation import store as module
from ucf_core.studies.evaluation.evaluate import evaluate
from ucf_core.studies.evaluation.metrics import METRICS
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting, grid
from ucf_core.studies.evaluation.store import KIND, all_of, evaluate_once, find, key_of, save

SPEC = EvaluationSpec(split=SplitSpec(protocol="per_user_holdout", seed=4), n=5)
SETTINGS = grid({"k": [5, 20], "dim": [8]})
DATASET = "f" * 32


@pytest.fixture(scope="module")
def ratings():
    return clustered_ratings(60, 90, 4, seed=3)


@pytest.fixture(scope="module")
def evaluation(ratings):
    return evaluate(ratings, SPEC, SETTINGS)


@pytest.fixture
def store(tmp_path):
    return ArtifactStore(tmp_path)


def listed(store):
    return [evaluation.models for _, evaluation in all_of(store, DATASET).evaluations]


def test_an_evaluation_is_found_again_by_its_question(store, evaluation):
    assert find(store, DATASET, SPEC, SETTINGS) is None
    save(store, DATASET, evaluation)
    found = find(store, DATASET, SPEC, SETTINGS)
    assert (found.models, found.spec, found.n_ratings) == (evaluation.models, evaluation.spec, evaluation.n_ratings)
    assert [(row.metrics, row.ci95) for row in found.rows] == [(row.metrics, row.ci95) for row in evaluation.rows]
    assert find(store, "e" * 32, SPEC, SETTINGS) is None
    assert find(store, DATASET, replace(SPEC, n=6), SETTINGS) is None
    assert find(store, DATASET, SPEC, SETTINGS[1:]) is None
    assert listed(store) == [evaluation.models]
    assert all_of(store, "e" * 32).evaluations == []


def test_what_is_stored_before_a_metric_is_registered_stays_and_lacks_only_that(store, ratings, evaluation, new_metric):
    save(store, ratings.fingerprint, evaluation)  # of before: it does not have the new metric
    ((_, before),) = all_of(store, ratings.fingerprint).evaluations
    assert [row.metrics.pop("within_half") for row in before.rows] == [None] * 6
    assert [row.metrics for row in before.rows] == [row.metrics for row in evaluation.rows]
    again, cached = evaluate_once(store, ratings, SPEC, SETTINGS)
    assert not cached
    assert 0 < again.rows[-1].metrics["within_half"] < 1
    ((_, newest),) = all_of(store, ratings.fingerprint).evaluations  # one for each question
    assert newest.rows[-1].metrics["within_half"] == again.rows[-1].metrics["within_half"]
    assert evaluate_once(store, ratings, SPEC, SETTINGS)[1]
    assert len(list(store.artifacts())) == 2


def test_a_metric_that_is_not_registered_any_more_is_left_out(store, ratings, new_metric):
    made = evaluate(ratings, SPEC, [Setting(query=QuerySpec(k=5, dim=8))])
    save(store, DATASET, made)
    del METRICS["within_half"]
    ((_, found),) = all_of(store, DATASET).evaluations
    assert [*found.rows[0].metrics] == [*METRICS]
    METRICS["within_half"] = new_metric  # the fixture takes it out


def test_other_schemas_are_counted_and_left_on_disk(store, evaluation, monkeypatch):
    monkeypatch.setattr(module, "SCHEMA", module.SCHEMA + 1)
    save(store, DATASET, evaluation)
    monkeypatch.undo()
    older = {"fingerprint": DATASET, "meaning": 3, "asked": "0" * 32}  # as versions before schemas wrote it
    store.write(KIND, older, lambda folder: (folder / "about.json").write_text("{}"))
    save(store, DATASET, evaluation)
    assert listed(store) == [evaluation.models]
    assert all_of(store, DATASET).skipped == 2
    assert all_of(store, "e" * 32).skipped == 0
    assert len(list(store.artifacts())) == 3


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("about.json", lambda about: about | {"metrics": {"figures": ["rmse"], "resampled": ["rmse"], "shifts": []}}),
        ("about.json", lambda about: about | {"models": about["models"][1:]}),
        ("about.json", lambda about: about | {"seconds": "many"}),
    ],
)
def test_a_damaged_one_is_deleted(store, evaluation, name, change):
    save(store, DATASET, evaluation)
    folder = store.folder(KIND, key_of(DATASET, SPEC, SETTINGS))
    (folder / name).write_text(json.dumps(change(json.loads((folder / name).read_text()))))
    manifest = json.loads((folder / MANIFEST).read_text())
    stat = (folder / name).stat()
    manifest["files"][name] |= {"bytes": stat.st_size, "written": stat.st_mtime_ns}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    assert listed(store) == []
    assert not folder.exists()


def test_saving_clears_away_what_a_killed_process_left(store, evaluation):
    folder = store.folder(KIND, key_of(DATASET, SPEC, SETTINGS))
    leftover = folder.with_name(f".building-{folder.name}-of-a-killed-process")
    leftover.mkdir(parents=True)
    (leftover / "users.npy").write_bytes(b"half")
    save(store, DATASET, evaluation)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
