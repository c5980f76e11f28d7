"""The benchmark runs end to end at its tiny scale, and the notebook's pipeline and ours agree where they should.

Nothing here looks at how fast anything is.
"""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse.linalg import svds

import ucf_core as ucf
from benchmarks import child, measure, notebook, pipeline, report
from benchmarks.prepare import SCALES, dataset
from benchmarks.stages import STAGES
from benchmarks.targets import TARGETS, judged
from ucf_core.datasets.read.readers import read_ratings

PLANNED = {"all_raw", "hnsw_raw"}
"""Stages whose command may not be there, or needs the extra `raw`."""


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder with the tiny dataset in `tiny`."""
    folder = tmp_path_factory.mktemp("benchmarks")
    dataset("tiny", str(folder / "tiny"))
    return folder


@pytest.fixture(scope="module")
def ratings(work):
    return read_ratings(work / "tiny")


@pytest.fixture(scope="module")
def units(ratings):
    return ucf.fit_embedding(ratings.matrix, ucf.EmbeddingSpec()).unit_vectors()


@pytest.fixture
def in_this_process(monkeypatch, tmp_path):
    """Measure in this process, where everything is imported already: the same answers, without the starts."""
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))

    def answered(*arguments, limit, env=None):
        return measure.Run("ok", 1.0, 1, json.loads(json.dumps(child.answer(*arguments))))

    monkeypatch.setattr(pipeline, "child", answered)


@pytest.fixture
def notebook_matrix(work):
    return notebook.to_matrix(notebook.read_frame(work / "tiny"))


def test_both_read_the_same_matrix(notebook_matrix, ratings):
    assert notebook_matrix.shape == ratings.matrix.shape
    np.testing.assert_array_equal(notebook_matrix.toarray(), ratings.matrix.toarray())


def test_singular_values_against_arpack(notebook_matrix, ratings):
    truth = np.sort(svds(notebook_matrix, k=128, tol=0, return_singular_vectors=False))[::-1]
    ours = ucf.fit_embedding(ratings.matrix, ucf.EmbeddingSpec()).singular_values
    np.testing.assert_allclose(ours, truth, rtol=1e-3)
    _, theirs = notebook.svd_vectors(notebook_matrix, 128)
    assert np.abs(ours / truth - 1).max() < np.abs(theirs / truth - 1).max()


def test_both_graphs_find_the_exact_neighbours(units, ratings):
    exact = ucf.ExactIndex(units).search(units, k=51)
    graph = ucf.HnswIndex.build(units, ucf.HnswSpec()).search(units, k=51, ef=128)
    theirs = notebook.svd_top_k(notebook.svd_hnsw(units), units, 50)
    for user, nearest in enumerate(exact.rows.tolist()):
        truth = set(nearest) - {user}
        assert len(truth & set(graph.rows[user].tolist())) >= 0.95 * 50
        assert len(truth & {other for other, _ in theirs[user]}) >= 0.95 * 50


def test_exact_search_finds_the_same_users(notebook_matrix, ratings, units):
    explorer = ucf.Explorer(ratings, in_memory=True)
    all_users = notebook.raw_top_k(notebook_matrix, 50)
    for user in range(0, ratings.n_users, 40):
        raw = explorer.neighbours(ratings.users.raw(user), k=50, space="raw")
        cut = raw.similarities[-1] + 1e-6
        above = set(raw.rows[raw.similarities > cut].tolist())
        assert above <= set(notebook.one_user_top_k(notebook_matrix, user, 50).tolist())
        assert above <= {other for other, _ in all_users[user]}
        np.testing.assert_allclose(
            sorted(similarity for _, similarity in all_users[user]), raw.similarities[::-1], atol=1e-6
        )
        embedded = explorer.neighbours(ratings.users.raw(user), k=50, engine="exact")
        cut = embedded.similarities[-1] + 1e-6
        above = set(embedded.rows[embedded.similarities > cut].tolist())
        assert above <= set(notebook.one_user_top_k(units, user, 50).tolist())


@pytest.mark.parametrize("row", [0, 7, 123])
def test_the_loop_and_ours_predict_and_rank_alike(row, notebook_matrix, ratings):
    explorer = ucf.Explorer(ratings, in_memory=True)
    nearest = explorer.neighbours(ratings.users.raw(row), k=50, engine="exact")
    assert (nearest.similarities > 0).all()
    top_k = {row: list(zip(nearest.rows.tolist(), nearest.similarities.tolist(), strict=True))}
    theirs = notebook.recommend_items(row, notebook_matrix, top_k, ratings.n_items)
    supported = [(item, rating) for item, rating in theirs if rating > 0]
    ours = ucf.recommend(nearest, explorer.builds.biases, ucf.NOTEBOOK_SCORING, n=ratings.n_items)
    assert set(ours.items.tolist()) == {item for item, _ in supported}
    # the same order of ratings; items of equal rating may come in another order
    np.testing.assert_allclose(ours.scores, [rating for _, rating in supported], atol=1e-6)
    by_item = dict(supported)
    np.testing.assert_allclose(ours.scores, [by_item[item] for item in ours.items.tolist()], atol=1e-6)


def test_raw_graph_of_the_notebook_is_close_to_exact(notebook_matrix):
    exact = notebook.raw_top_k(notebook_matrix, 50)
    found = notebook.raw_hnsw_top_k(notebook_matrix, 50)
    shares = [len({o for o, _ in exact[user]} & {o for o, _ in found[user]}) / 50 for user in exact]
    assert np.mean(shares) >= 0.95


def test_every_stage_end_to_end(in_this_process, work, tmp_path, capsys):
    document, stored = tmp_path / "results.md", tmp_path / "results.json"
    document.write_text("# Before\n<!-- benchmarks:report -->\nNothing measured.\n<!-- /benchmarks:report -->\nAfter\n")
    run = ["--scale", "tiny", "--work", str(work), "--repeat", "1"]
    results = pipeline.main([*run, "--out", str(document), str(stored)])

    assert [stage["name"] for stage in results["stages"]] == list(STAGES)
    size = SCALES["tiny"]
    assert results["dataset"] == {"name": "synthetic, tiny", **dataclasses.asdict(size)}
    for stage in results["stages"]:
        ours, theirs = stage["ours"], stage["notebook"]
        if stage["name"] in PLANNED and ours["status"] != "ok":
            assert stage["ratio"] is None
            assert ours["note"]
            assert not any(target["reached"] for target in stage["targets"])
            continue
        assert ours["status"] == "ok", (stage["name"], ours["note"])
        assert ours["value"] > 0
        assert ours["peak_bytes"] > 0
        if theirs is not None:
            assert theirs["status"] == "ok", (stage["name"], theirs["note"])
            assert stage["ratio"] == pytest.approx(theirs["value"] / ours["value"])
    found = {stage["name"]: stage for stage in results["stages"]}
    for side in ("notebook", "ours"):
        assert found["csv_to_csr"][side]["details"]["shape"] == [size.n_users, size.n_items]
        assert found["csv_to_csr"][side]["details"]["n_ratings"] == size.n_ratings
        assert found["hnsw"][side]["details"]["recall"] >= 0.95
    assert found["svd"]["ours"]["details"]["error"] <= 1e-3
    for name in PLANNED:
        if found[name]["ours"]["status"] == "ok":
            assert found[name]["ours"]["details"]["recall"] >= 0.95
    assert found["memory"]["notebook"] is None
    assert found["restart"]["notebook"]["value"] == found["cold"]["notebook"]["value"]

    text = document.read_text()
    assert text.startswith("# Before\n<!-- benchmarks:report -->\n\n- Data: synthetic, tiny; 8,000 ratings")
    assert text.endswith("<!-- /benchmarks:report -->\nAfter\n")
    assert "Nothing measured" not in text
    assert json.loads(stored.read_text())["stages"] == json.loads(json.dumps(results["stages"]))
    assert pipeline.main(["--results", str(stored)])["stages"] == json.loads(stored.read_text())["stages"]


def test_growth_measures_fewer_of_the_same_users(in_this_process, work, ratings, capsys):
    stages = ["csv_to_csr", "exact_one_svd", "memory"]
    results = pipeline.main(["--work", str(work), "--repeat", "1", "--growth", "--stages", *stages])
    titles = [STAGES[name].title for name in stages]
    assert [row["title"] for row in results["growth"]] == [titles[0], titles[0], titles[1], titles[1], titles[2]]
    for row in results["growth"]:
        n_ratings = [point["n_ratings"] for point in row["points"]]
        assert n_ratings == sorted(n_ratings)
        assert n_ratings[-1] == ratings.n_ratings
        assert all(point["value"] > 0 for point in row["points"])
        assert np.isfinite(row["exponent"])
    assert "| exponent |" in capsys.readouterr().out
    quarter, half = (read_ratings(work / "tiny-benchmark" / f"users-{factor}-of-4") for factor in (1, 2))
    assert (quarter.n_users, half.n_users) == (ratings.n_users // 4, ratings.n_users // 2)
    assert set(quarter.users.ids) < set(half.users.ids) < set(ratings.users.ids)
    user = quarter.users.raw(3)
    row = quarter.row_of(quarter.users.row(user))
    whole = ratings.row_of(ratings.users.row(user))
    np.testing.assert_array_equal(quarter.items.ids[row[0]], ratings.items.ids[whole[0]])
    np.testing.assert_array_equal(row[1], whole[1])


@pytest.mark.long
def test_a_stage_runs_in_a_process_of_its_own(work):
    command = [sys.executable, "-m", "benchmarks.pipeline", "--scale", "tiny", "--work", str(work), "--repeat", "1"]
    done = subprocess.run([*command, "--stages", "hnsw"], cwd=measure.ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "| HNSW graph, M 32, ef_construction 200 |" in done.stdout
    assert done.stderr.count("peak") == 2


def test_what_takes_too_long_is_stopped_with_its_children():
    stuck = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    done = measure.run([sys.executable, "-c", stuck], limit=1.0)
    assert (done.status, done.note) == ("limit", "more than 1 s")
    assert done.wall < 30


def test_failures_are_told_from_what_does_not_exist_and_from_missing_memory():
    def outcome(code):
        return measure.run([sys.executable, "-c", code], limit=60)

    assert outcome("print('{\"value\": 2}')").answer == {"value": 2}
    assert outcome("raise ValueError('broken')").note == "ValueError: broken"
    assert outcome("raise MemoryError('Unable to allocate 174. GiB')").status == "memory"
    assert outcome("import sys; print('No such command', file=sys.stderr); sys.exit(2)").status == "unavailable"


def test_what_does_not_fit_into_memory_is_not_tried(in_this_process, work, monkeypatch):
    monkeypatch.setattr(pipeline, "available_bytes", lambda: 1_000_000)
    results = pipeline.main(["--work", str(work), "--stages", "all_raw", "--repeat", "1"])
    theirs = results["stages"][0]["notebook"]
    assert theirs["status"] == "memory"
    assert theirs["note"] == "not tried: needs about 1.38 MB, 1 MB are free"


def test_targets_are_judged_by_their_bounds():
    assert set(TARGETS) <= set(STAGES)
    reached = {target["text"]: target["reached"] for target in judged("csv_to_csr", {"faster": 2.5, "peak_bytes": 2e9})}
    assert reached == {">= 2.5x faster": True, "peak <= 1.6 GB": False}
    assert [target["reached"] for target in judged("restart", {})] == [None]


def test_the_exponent_is_the_slope_in_the_logarithms():
    assert pipeline.exponent([(100, 3.0), (200, 12.0), (400, 48.0)]) == pytest.approx(2)
    assert pipeline.exponent([(100, 3.0), (200, None), (400, 12.0)]) == pytest.approx(1)
    assert pipeline.exponent([(100, 3.0), (200, None)]) is None


def test_a_document_without_a_place_for_results_is_refused(tmp_path):
    plain = tmp_path / "plain.md"
    plain.write_text("# Nothing generated here\n")
    assert "benchmarks:report" in report.check_out(plain)
    assert report.check_out(tmp_path / "new.md") is None
    with pytest.raises(SystemExit):
        pipeline.main(["--out", str(plain)])
