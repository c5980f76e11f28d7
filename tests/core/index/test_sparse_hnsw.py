"""HNSW over sparse rows: recall, users without direction, starved searches, files, threads, the missing extra."""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.sparse import csr_array
from toy import csr

from ucf_core.base.errors import ArtifactError, CancelledError, MissingExtraError
from ucf_core.base.specs import HnswSpec
from ucf_core.index import sparse_hnsw
from ucf_core.index.exact import SparseExactIndex
from ucf_core.index.sparse_hnsw import SparseHnswIndex

SPEC = HnswSpec(M=8, ef_construction=60)


def skewed(n_users: int, n_items: int, seed: int = 0) -> csr_array:
    """Ratings of items drawn by popularity and taste: what the raw space of a film site looks like, in small."""
    rng = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, n_items + 1) ** 0.8
    taste = rng.gamma(0.5, size=(12, n_items))
    rows, columns = [], []
    for user in range(n_users):
        weights = popularity * taste[rng.integers(12)]
        n = int(np.clip(rng.lognormal(3.5, 0.8), 10, n_items // 4))
        picked = rng.choice(n_items, size=n, replace=False, p=weights / weights.sum())
        columns.append(np.sort(picked))
        rows.append(np.full(n, user))
    entries = np.concatenate(columns)
    values = (rng.integers(1, 11, size=entries.size) / 2).astype(np.float32)
    indptr = np.concatenate([[0], np.cumsum([part.size for part in rows])]).astype(np.int32)
    return csr_array((values, entries.astype(np.int32), indptr), shape=(n_users, n_items))


@pytest.fixture(scope="module")
def matrix() -> csr_array:
    return skewed(1500, 600)


@pytest.fixture(scope="module")
def index(matrix) -> SparseHnswIndex:
    return SparseHnswIndex.build(matrix, HnswSpec())


@pytest.fixture
def saved(tmp_path, matrix):
    folder = tmp_path / "graph"
    folder.mkdir()
    SparseHnswIndex.build(matrix, SPEC).save(folder)
    return folder


def test_recall_of_50_is_95_percent_at_the_default_breadth(matrix, index):
    queries = matrix[np.arange(200)]
    found, truth = index.search(queries, k=50, ef=128), SparseExactIndex(matrix).search(queries, k=50)
    assert np.mean([np.isin(*pair).mean() for pair in zip(truth.rows, found.rows, strict=True)]) >= 0.95
    assert (found.engine, found.ef) == ("hnsw", 128)


def test_a_search_is_never_narrower_than_k(matrix, index):
    assert index.search(matrix[[0]], k=60, ef=5).ef == 60


def test_no_queries_have_no_hits(matrix, index):
    hits = index.search(matrix[:0], k=5, ef=20)
    assert hits.rows.shape == hits.similarities.shape == (0, 5)


class Starving:
    """A graph that gives the first query of a batch only one hit for the first `failures` searches."""

    def __init__(self, graph, failures: int) -> None:
        self.graph, self.failures = graph, failures
        self.searches: list[tuple[int, int]] = []

    def setQueryTimeParams(self, settings: dict) -> None:  # noqa: N802
        self.breadth = settings["efSearch"]
        self.graph.setQueryTimeParams(settings)

    def knnQueryBatch(self, queries, *, k: int, num_threads: int) -> list:  # noqa: N802
        self.searches.append((queries.shape[0], self.breadth))
        found = self.graph.knnQueryBatch(queries, k=k, num_threads=num_threads)
        if len(self.searches) <= self.failures:
            found[0] = (found[0][0][:1], found[0][1][:1])
        return found


class TestStarvedSearches:
    def starving(self, matrix, index, failures: int) -> tuple[SparseHnswIndex, Starving]:
        graph = Starving(index._graph, failures)
        return SparseHnswIndex(graph, matrix, SPEC), graph

    @pytest.mark.parametrize(("failures", "ef"), [(0, 30), (1, 120), (2, 480)])
    def test_only_the_starved_query_is_searched_wider(self, matrix, index, failures, ef):
        starved, graph = self.starving(matrix, index, failures)
        hits = starved.search(matrix[[4, 5, 6]], k=10, ef=30)
        assert graph.searches == [(3, 30), (1, 120), (1, 480)][: failures + 1]
        assert (hits.engine, hits.ef) == ("hnsw", ef)
        assert hits.rows[:, 0].tolist() == [4, 5, 6]

    def test_exact_search_answers_at_last(self, matrix, index):
        starved, graph = self.starving(matrix, index, 99)
        hits = starved.search(matrix[[4, 5]], k=10, ef=30)
        expected = SparseExactIndex(matrix).search(matrix[[4]], k=10)
        assert len(graph.searches) == 3
        assert (hits.engine, hits.ef) == ("exact", None)
        np.testing.assert_array_equal(hits.rows[0], expected.rows[0])
        np.testing.assert_array_equal(hits.similarities[0], expected.similarities[0])
        assert hits.rows[1, 0] == 5

    def test_a_breadth_of_all_rows_is_not_tried_twice(self):
        small = skewed(60, 100)
        starved, graph = self.starving(small, SparseHnswIndex.build(small, SPEC), 99)
        starved.search(small[[0]], k=10, ef=30)
        assert [breadth for _, breadth in graph.searches] == [30, 60]


def test_users_with_fewer_positive_cosines_than_k_are_filled_up_as_in_exact_search():
    values = np.zeros((400, 40), dtype=np.float32)
    values[:200, :30] = np.random.default_rng(0).integers(1, 6, (200, 30))
    values[200:210, 30:] = np.random.default_rng(1).integers(1, 6, (10, 10))
    values[210:] = values[:190]
    matrix = csr(values)
    index = SparseHnswIndex.build(matrix, SPEC)
    hits = index.search(matrix[[205, 3]], k=25, ef=50)
    expected = SparseExactIndex(matrix).search(matrix[[205]], k=25)
    assert hits.engine == "exact"
    np.testing.assert_array_equal(hits.rows[0], expected.rows[0])
    assert (hits.similarities[1] > 0).all()


def test_users_without_direction_are_neither_found_nor_lost():
    values = np.random.default_rng(0).integers(0, 4, (200, 30)).astype(np.float32)
    values[[0, 9, 199]] = 0
    matrix = csr(values)
    stored_zero = csr_array((np.zeros(1, np.float32), np.array([3]), np.array([0, 1])), shape=(1, 30))
    index = SparseHnswIndex.build(matrix, SPEC)
    assert index.n_rows == 200
    assert not np.isin(index.search(matrix[[1]], k=50, ef=200).rows, [0, 9, 199]).any()
    for query in (matrix[[9]], stored_zero):
        hits = index.search(query, k=5, ef=50)
        assert (hits.engine, hits.rows.tolist()) == ("exact", [[0, 1, 2, 3, 4]])
    assert index.search(matrix[[1]], k=200, ef=50).rows.shape == (1, 200)


@pytest.mark.parametrize("shape", [(1, 3), (2, 3), (40, 1)])
def test_small_graphs_are_built_saved_and_searched(tmp_path, shape):
    matrix = csr(np.ones(shape))
    SparseHnswIndex.build(matrix, SPEC).save(tmp_path)
    hits = SparseHnswIndex.load(tmp_path, matrix, SPEC).search(matrix[[0]], k=shape[0], ef=40)
    assert hits.rows.tolist() == [list(range(shape[0]))]
    np.testing.assert_allclose(hits.similarities, 1, atol=1e-6)


def test_a_matrix_of_zeros_is_answered_exactly(tmp_path):
    matrix = csr_array((5, 4), dtype=np.float32)
    SparseHnswIndex.build(matrix, SPEC).save(tmp_path)
    hits = SparseHnswIndex.load(tmp_path, matrix, SPEC).search(matrix[[0]], k=5, ef=40)
    assert hits.rows.tolist() == [[0, 1, 2, 3, 4]]
    assert not hits.similarities.any()


def test_items_beyond_65536_are_distinguished():
    """nmslib packs item numbers into blocks of 16 bits."""
    matrix = csr_array(
        (np.ones(6, np.float32), np.array([3, 65_539, 131_075, 3, 65_539, 131_075]), np.array([0, 1, 2, 3, 6])),
        shape=(4, 140_000),
    )
    hits = SparseHnswIndex.build(matrix, SPEC).search(matrix[[1]], k=2, ef=10)
    assert hits.rows.tolist() == [[1, 3]]
    np.testing.assert_allclose(hits.similarities, [[1, 3**-0.5]], atol=1e-6)


def test_concurrent_searches_with_different_breadths_do_not_disturb_each_other(matrix):
    """ef is a setting of the whole nmslib index, so a search must hold it from setting to answer."""
    index = SparseHnswIndex.build(matrix, HnswSpec(M=4, ef_construction=10))
    jobs = [(row, ef) for row in range(150) for ef in (10, 300)]
    alone = [index.search(matrix[[row]], k=10, ef=ef) for row, ef in jobs]
    assert not all(np.array_equal(alone[at].rows, alone[at + 1].rows) for at in range(0, len(jobs), 2))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda job: index.search(matrix[[job[0]]], k=10, ef=job[1]), jobs))
    for one, other in zip(alone, found, strict=True):
        np.testing.assert_array_equal(one.rows, other.rows)
        assert one.ef == other.ef


def test_other_threads_run_while_a_graph_is_built():
    matrix = skewed(1500, 600)
    ticks, over = [], threading.Event()

    def tick() -> None:
        while not over.wait(0.001):
            ticks.append(1)

    thread = threading.Thread(target=tick)
    thread.start()
    SparseHnswIndex.build(matrix, HnswSpec(), num_threads=1)
    over.set()
    thread.join()
    assert len(ticks) > 20


class TestProgress:
    def test_the_beginning_and_the_end_are_reported(self, matrix):
        heard = []
        SparseHnswIndex.build(matrix, SPEC, num_threads=1, progress=lambda *report: heard.append(report))
        assert heard == [(0, 1500), (1500, 1500)]

    @pytest.mark.parametrize("at", [0, 1500])
    def test_a_build_can_be_stopped_there(self, matrix, at):
        def stop(done, total):
            if done == at:
                raise CancelledError("stopped")

        with pytest.raises(CancelledError, match="stopped"):
            SparseHnswIndex.build(matrix, SPEC, progress=stop)


class TestFiles:
    def test_a_saved_graph_answers_as_the_one_that_was_built(self, tmp_path, matrix, index):
        index.save(tmp_path)
        loaded = SparseHnswIndex.load(tmp_path, matrix, HnswSpec())
        expected, found = (each.search(matrix[:100], k=20, ef=40) for each in (index, loaded))
        np.testing.assert_array_equal(found.rows, expected.rows)
        np.testing.assert_array_equal(found.similarities, expected.similarities)
        assert loaded.spec == HnswSpec()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["graph.bin", "graph.json"]

    def test_the_seed_is_no_part_of_a_graph(self, saved, matrix):
        assert SparseHnswIndex.load(saved, matrix, HnswSpec(M=8, ef_construction=60, seed=5)).n_rows == 1500

    @pytest.mark.parametrize(
        ("spec", "change", "reason"),
        [
            (HnswSpec(M=9, ef_construction=60), {}, "M differs"),
            (HnswSpec(M=8, ef_construction=61), {}, "ef_construction differs"),
            (SPEC, {"rows": 1499}, "n_rows, ratings differs"),
            (SPEC, {"columns": 601}, "n_items differs"),
            (SPEC, {"factor": 2}, "ratings differs"),
        ],
    )
    def test_a_graph_of_something_else_is_refused(self, saved, matrix, spec, change, reason):
        other = matrix[: change.get("rows", 1500)] * np.float32(change.get("factor", 1))
        other = csr_array((other.data, other.indices, other.indptr), shape=(other.shape[0], change.get("columns", 600)))
        with pytest.raises(ArtifactError, match=rf"graph .*: {reason}; delete it to have it rebuilt"):
            SparseHnswIndex.load(saved, other, spec)

    @pytest.mark.parametrize("length", [0, 3, 20, 5000, -4, -1])
    def test_a_truncated_graph_is_refused(self, saved, matrix, length):
        path = saved / "graph.bin"
        path.write_bytes(path.read_bytes()[:length])
        with pytest.raises(ArtifactError, match="bytes, checksum differs; delete it"):
            SparseHnswIndex.load(saved, matrix, SPEC)

    def test_a_truncated_graph_is_refused_even_where_its_checksum_was_taken_too_late(self, saved, matrix):
        path = saved / "graph.bin"
        path.write_bytes(path.read_bytes()[:5000])
        about = sparse_hnsw._about(matrix, SPEC, path)
        (saved / "graph.json").write_text(json.dumps(about))
        with pytest.raises(ArtifactError, match="holds no readable graph"):
            SparseHnswIndex.load(saved, matrix, SPEC)

    def test_a_flipped_bit_is_refused(self, saved, matrix):
        contents = bytearray((saved / "graph.bin").read_bytes())
        contents[4000] ^= 1
        (saved / "graph.bin").write_bytes(contents)
        with pytest.raises(ArtifactError, match=": checksum differs; delete it"):
            SparseHnswIndex.load(saved, matrix, SPEC)

    @pytest.mark.parametrize("contents", ["", "{", "[]", "null", "{}", '{"M": 8}'])
    def test_a_damaged_description_is_refused(self, saved, matrix, contents):
        (saved / "graph.json").write_text(contents)
        with pytest.raises(ArtifactError, match="delete it to have it rebuilt"):
            SparseHnswIndex.load(saved, matrix, SPEC)

    @pytest.mark.parametrize("name", ["graph.bin", "graph.json"])
    def test_a_missing_file_is_refused(self, saved, matrix, name):
        (saved / name).unlink()
        with pytest.raises(ArtifactError, match="No such file"):
            SparseHnswIndex.load(saved, matrix, SPEC)

    def test_a_folder_that_cannot_be_written_is_an_artifact_error(self, tmp_path, index):
        with pytest.raises(ArtifactError, match=r"could not be written .*; free some space, or choose another folder"):
            index.save(tmp_path / "missing")

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")  # noqa: PTH110
    def test_a_full_disk_is_an_artifact_error(self, tmp_path, index):
        (tmp_path / "graph.bin").symlink_to("/dev/full")
        with pytest.raises(ArtifactError, match=r"could not be written .*; free some space"):
            index.save(tmp_path)


class TestNmslib:
    def test_the_missing_package_is_named_with_its_extra(self, matrix, monkeypatch):
        monkeypatch.setitem(sys.modules, "nmslib", None)
        with pytest.raises(
            MissingExtraError,
            match=r'nmslib: run `uv sync --group raw` or `pip install "ucf-explorer\[raw\]"`; engine=',
        ):
            SparseHnswIndex.build(matrix, SPEC)

    def test_nothing_is_printed_and_the_package_is_imported_late(self, tmp_path):
        code = (
            "import sys, numpy as np, ucf_core.index.sparse_hnsw as s\n"
            "assert 'nmslib' not in sys.modules\n"
            "from pathlib import Path\n"
            "from scipy.sparse import csr_array\n"
            "from ucf_core.base.specs import HnswSpec\n"
            "from ucf_core.base.errors import ArtifactError\n"
            "matrix = csr_array(np.ones((50, 5), np.float32))\n"
            "index = s.SparseHnswIndex.build(matrix, HnswSpec())\n"
            "index.search(matrix, k=3, ef=9)\n"
            "try:\n    index.save(Path(sys.argv[1]))\nexcept ArtifactError:\n    print('refused', file=sys.stderr)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "missing")], capture_output=True, text=True, check=True
        )
        assert (done.stdout, done.stderr) == ("", "refused\n")

    def test_a_process_without_standard_error_can_import_it(self):
        code = "import os; os.close(2); from ucf_core.index.sparse_hnsw import _nmslib; print(_nmslib().__name__)"
        done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
        assert done.stdout == "nmslib\n"
