"""Cancel: every long step asks often enough whether to stop, and can stop at any of these moments without a trace."""

import threading
import time
from importlib.util import find_spec
from itertools import count

import numpy as np
import pytest
from bad_times import write_dataset
from filelock import FileLock
from scipy.sparse import random_array
from toy import clustered_ratings

from ucf_core.base.errors import CancelledError
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.base.linalg.products import ThreadedGram
from ucf_core.base.specs import EmbeddingSpec, HnswSpec, QuerySpec
from ucf_core.datasets.read.layouts import find_ratings
from ucf_core.datasets.sources import import_cache
from ucf_core.datasets.sources.import_cache import read_cached
from ucf_core.embedding.block_lanczos import block_lanczos
from ucf_core.embedding.embedding import _DENSE_SIDE, fit_embedding, unit_rows
from ucf_core.explorer.explorer import Explorer
from ucf_core.index.hnsw.index import HnswIndex


class Stop:
    """A progress callback that raises at its i-th call; 0 never does."""

    def __init__(self, at: int = 0):
        self.at, self.calls = at, 0

    def __call__(self, done, total):
        self.calls += 1
        if self.calls == self.at:
            raise CancelledError("stopped")


class Begun:
    """Rows that note when they are multiplied, which takes them a while."""

    def __init__(self, rows, begun):
        self.rows, self.begun = rows, begun

    def __matmul__(self, block):
        self.begun.append(self)
        time.sleep(0.05)
        return self.rows @ block


def no_leftovers(store: ArtifactStore) -> bool:
    return not list(store.root.rglob(".building-*"))


QUERY = QuerySpec(k=5, dim=16)
WAYS = {
    "biases": lambda explorer, progress: explorer.builds.fit_biases(progress=progress),
    "embedding": lambda explorer, progress: explorer.builds.embedding(QUERY, progress=progress),
    "hnsw": lambda explorer, progress: explorer.builds.index(QUERY, progress=progress),
    "sparse_hnsw": lambda explorer, progress: explorer.builds.index(
        QuerySpec(k=5, space="raw", engine="hnsw"), progress=progress
    ),
}


@pytest.mark.parametrize("kind", WAYS)
def test_a_build_stops_at_any_report_and_the_next_one_works(kind, tmp_path):
    if kind == "sparse_hnsw" and not find_spec("nmslib"):
        pytest.skip("needs the extra raw")
    ratings, way = clustered_ratings(120, 60, 4, seed=2), WAYS[kind]
    reports = Stop()
    way(Explorer(ratings, store=ArtifactStore(tmp_path / "whole")), reports)
    assert reports.calls > 5
    store = ArtifactStore(tmp_path / "store")
    explorer = Explorer(ratings, store=store)
    stopped = 0
    for at in count(1):
        try:
            way(explorer, Stop(at))
        except CancelledError:
            stopped += 1
        else:
            break
        assert no_leftovers(store)
    # what was finished before a stop is not made again, so that later runs report less often
    assert stopped >= 5
    assert explorer.notices == ()
    for answering in (explorer, Explorer(ratings, store=store)):
        way(answering, Stop())
        assert answering.neighbours(1, QUERY).users.tolist() == (
            Explorer(ratings, in_memory=True).neighbours(1, QUERY).users.tolist()
        )


def test_an_import_stops_at_any_report_and_the_next_one_works(tmp_path):
    layout, home = find_ratings(write_dataset(tmp_path / "films", n_users=60, n_items=30)), tmp_path / "home"
    for at in count(1):
        try:
            ratings = read_cached(layout, name="films", home=home, progress=Stop(at))
        except CancelledError:
            assert not list((home / "artifacts").glob("ratings/*"))
        else:
            break
    assert at > 10
    assert ratings.fingerprint == read_cached(layout, name="films", home=home).fingerprint
    assert ratings.report.notices == ()


def test_hashing_the_source_asks_every_16_megabytes(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"userId,movieId,rating\n" + b"1,2,3\n" * (8 << 20))
    calls = []
    import_cache.source_digest(find_ratings(path), check=lambda: calls.append(1))
    assert len(calls) >= path.stat().st_size / (16 << 20)


@pytest.mark.parametrize(("ef_construction", "rows"), [(200, 2_000), (20, 10_000), (4_000, 100), (1, 10_000)])
def test_a_graph_asks_after_few_rows_the_fewer_the_more_each_costs(ef_construction, rows, monkeypatch):
    """Measured at 162,541 x 128 and a breadth of 200: 24 s for all, so a third of a second for 2,000 rows."""

    class Graph:
        def __init__(self, **_):
            self.added = []

        def init_index(self, **_):
            pass

        def add_items(self, vectors, labels, num_threads):
            self.added.append(len(labels))

    monkeypatch.setattr("ucf_core.index.hnsw.index.hnswlib.Index", Graph)
    reports = []
    index = HnswIndex.build(
        unit_rows(np.ones((30_001, 2), dtype=np.float32)),
        HnswSpec(ef_construction=ef_construction),
        progress=lambda *report: reports.append(report[0]),
    )
    assert max(index._graph.added) == rows
    assert reports == [0, *np.cumsum(index._graph.added)]


def test_block_lanczos_asks_before_and_after_each_product():
    class Counted(ThreadedGram):
        products = 0

        def __call__(self, block):
            self.between.append(reports.calls)
            return super().__call__(block)

        def inner(self, block, check=None):
            self.between.append(reports.calls)
            return super().inner(block, check)

    reports = Stop()
    matrix = random_array((900, 300), density=0.05, format="csr", dtype=np.float32, rng=np.random.default_rng(1))
    gram = Counted(matrix)
    gram.between = []
    block_lanczos(gram, 40, progress=reports)
    asked = np.diff([0, *gram.between, reports.calls])
    assert len(asked) > 5
    assert (asked >= 1).all()


def test_the_last_product_of_an_svd_stops_between_its_parts():
    matrix = random_array((900, 300), density=0.05, format="csr", dtype=np.float32, rng=np.random.default_rng(1))
    gram, block, asked = ThreadedGram(matrix, threads=1), np.ones((300, 2), dtype=np.float32), []
    expected = gram.inner(block, lambda: asked.append(None))
    parts = len(gram._parts)
    assert len(asked) == parts - 1 >= 3
    np.testing.assert_array_equal(gram.inner(block), expected)
    begun = []
    gram._parts = [Begun(part, begun) for part in gram._parts]

    def stop():
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        gram.inner(block, stop)
    assert 1 <= len(begun) < parts


def test_a_matrix_that_is_solved_at_once_is_multiplied_a_part_at_a_time(monkeypatch):
    matrix = clustered_ratings(300, 80, 4, seed=3).matrix
    assert min(matrix.shape) <= _DENSE_SIDE
    once, often = Stop(), Stop()
    expected = fit_embedding(matrix, EmbeddingSpec(dim=8), progress=once)
    pairs = int((np.diff(matrix.indptr).astype(np.int64) ** 2).sum())
    monkeypatch.setattr("ucf_core.embedding.embedding._PAIRS", pairs // 20)
    found = fit_embedding(matrix, EmbeddingSpec(dim=8), progress=often)
    assert often.calls >= once.calls + 18
    np.testing.assert_allclose(found.singular_values, expected.singular_values, rtol=1e-9)
    np.testing.assert_allclose(found.user_vectors, expected.user_vectors, atol=1e-4)


def test_users_are_projected_on_a_part_of_the_factors_at_a_time(monkeypatch):
    monkeypatch.setattr("ucf_core.embedding.embedding._ONE_THREAD", 0)
    matrix = clustered_ratings(300, 80, 4, seed=3).matrix
    few, many = Stop(), Stop()
    expected = fit_embedding(matrix, EmbeddingSpec(dim=24), progress=few)
    monkeypatch.setattr("ucf_core.embedding.embedding._COLUMNS", 5)
    found = fit_embedding(matrix, EmbeddingSpec(dim=24), progress=many)
    assert many.calls == few.calls + 4
    np.testing.assert_array_equal(found.user_vectors, expected.user_vectors)


def test_saving_asks_before_and_after_each_file(tmp_path):
    asked = Stop()

    def fill(folder):
        for name in "abc":
            (folder / name).write_bytes(b"1")

    store = ArtifactStore(tmp_path)
    store.write("thing", {"n": 0}, fill, check=lambda: asked(0, None))
    assert asked.calls == 5
    for at in range(1, 6):
        stop = Stop(at)
        with pytest.raises(CancelledError):
            store.write("thing", {"n": at}, fill, check=lambda stop=stop: stop(0, None))
        assert store.find("thing", {"n": at}) is None
        assert no_leftovers(store)


def test_who_waits_for_another_process_can_leave(tmp_path):
    store, stop = ArtifactStore(tmp_path), Stop(2)
    with store.only_one("thing", {}):
        (lock,) = (tmp_path / "locks").iterdir()
    other = FileLock(lock, is_singleton=False)
    held, leave = threading.Event(), threading.Event()

    def hold():
        with other:
            held.set()
            leave.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(30)
    try:
        with pytest.raises(CancelledError), store.only_one("thing", {}, check=lambda: stop(0, None)):
            raise AssertionError("the other one has it")
    finally:
        leave.set()
        thread.join()
    with store.only_one("thing", {}):
        pass


def test_who_waits_for_another_thread_can_leave(tmp_path):
    explorer = Explorer(clustered_ratings(60, 30, 3, seed=4), in_memory=True)
    inside, leave = threading.Event(), threading.Event()

    def slowly(done, total):
        inside.set()
        leave.wait(30)

    thread = threading.Thread(target=lambda: explorer.builds.embedding(QUERY, progress=slowly))
    thread.start()
    assert inside.wait(30)
    try:
        with pytest.raises(CancelledError):
            explorer.builds.embedding(QUERY, progress=Stop(2))
    finally:
        leave.set()
        thread.join()
    assert explorer.builds.embedding(QUERY).dim >= QUERY.dim
