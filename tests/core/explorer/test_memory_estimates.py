"""Less memory than a job needs: each refuses before it begins, by an estimate that is held against what it takes."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from toy import clustered_ratings

from ucf_core.base import memory
from ucf_core.base.errors import UcfError
from ucf_core.base.specs import EmbeddingSpec, HnswSpec
from ucf_core.datasets.read.layouts import find_ratings
from ucf_core.datasets.sources.import_cache import read_cached
from ucf_core.embedding.embedding import fit_embedding, unit_rows
from ucf_core.index.hnsw.index import HnswIndex
from ucf_core.index.sparse_hnsw import SparseHnswIndex

needs_nmslib = pytest.mark.skipif(find_spec("nmslib") is None, reason="needs the extra raw")

# In a process of its own: what pytest holds free would hide what the work takes.
MEASURE = """
import ctypes, re, sys, tempfile
from pathlib import Path
import numpy as np
import scipy.linalg
from scipy.sparse import csr_array
from ucf_core.datasets.read import layouts
from ucf_core.datasets.sources import import_cache as imports
from ucf_core.embedding.embedding import embedding_bytes, fit_embedding, unit_rows
from ucf_core.index.hnsw.index import HnswIndex, hnsw_bytes
from ucf_core.index.sparse_hnsw import SparseHnswIndex, sparse_hnsw_bytes
from ucf_core.base.specs import EmbeddingSpec, HnswSpec

def resident(field):
    return int(re.search(field + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024

def ratings(n_users, n_items, each):
    random = np.random.default_rng(0)
    first = random.integers(n_items - each, size=(n_users, 1))
    data = random.integers(1, 11, n_users * each).astype(np.float32) / 2
    indices = (first + np.arange(each)).ravel().astype(np.int32)
    return csr_array((data, indices, np.arange(n_users + 1, dtype=np.int32) * each), shape=(n_users, n_items))

def embedding(n_users, n_items, each, dim):
    matrix = ratings(n_users, n_items, each)
    fit_embedding(matrix[:50], EmbeddingSpec(dim=2))
    return embedding_bytes(matrix.shape, matrix.nnz, dim), lambda: fit_embedding(matrix, EmbeddingSpec(dim=dim))

def hnsw(n_users, dim, M):
    units = unit_rows(np.random.default_rng(0).normal(size=(n_users, dim)).astype(np.float32))
    return hnsw_bytes(n_users, dim, M), lambda: HnswIndex.build(units, HnswSpec(M=M, ef_construction=10))

def sparse_hnsw(n_users, n_items, each, M):
    matrix, spec = ratings(n_users, n_items, each), HnswSpec(M=M, ef_construction=10)
    SparseHnswIndex.build(matrix[:50], spec)
    return sparse_hnsw_bytes(n_users, matrix.nnz, M), lambda: SparseHnswIndex.build(matrix, spec)

def read(kind, n_ratings):
    import pyarrow as pa
    from pyarrow import csv, parquet
    random = np.random.default_rng(0)
    table = pa.table({
        "userId": np.sort(random.integers(n_ratings // 100, size=n_ratings)),
        "movieId": random.integers(20_000, size=n_ratings),
        "rating": random.integers(1, 11, n_ratings) / 2,
        "timestamp": random.integers(8 * 10**8, 16 * 10**8, n_ratings),
    })
    folder = Path(tempfile.mkdtemp(dir=sys.argv[2]))
    for number, part in enumerate((table[:10], table)):
        path = folder / f"{number}.{kind}"
        (csv.write_csv if kind == "csv" else parquet.write_table)(part, path)
        layout = layouts.find_ratings(path)
        work = lambda layout=layout, home=folder / f"{number}": imports.read_cached(layout, name="a", home=home)
        if number == 0:
            work()  # what is imported does not count
    return imports.import_bytes(layout), work

estimate, work = eval(sys.argv[1])
ctypes.CDLL(None).malloc_trim(0)
Path("/proc/self/clear_refs").write_text("5")
before = resident("VmRSS")
kept = work()
print(estimate, resident("VmHWM") - before)
"""


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="needs Linux to say what a process took")
@pytest.mark.parametrize(
    "work",
    [
        "embedding(20_000, 2_000, 50, 32)",  # block Lanczos
        pytest.param("embedding(2_000, 10_000, 200, 16)", marks=pytest.mark.long),  # ... on the other side
        "embedding(20_000, 600, 50, 32)",  # dense
        pytest.param("embedding(600, 20_000, 1_500, 32)", marks=pytest.mark.long),
        "hnsw(20_000, 64, 16)",
        pytest.param("hnsw(20_000, 16, 48)", marks=pytest.mark.long),
        pytest.param("sparse_hnsw(10_000, 3_000, 40, 16)", marks=[needs_nmslib, pytest.mark.long]),
        pytest.param("read('csv', 2_000_000)", marks=pytest.mark.long),
        pytest.param("read('parquet', 2_000_000)", marks=pytest.mark.long),
    ],
)
def test_an_estimate_is_near_what_the_work_takes(work, tmp_path):
    """At least 0.8 times the real growth, so that who is let in gets through but for what varies from run to run; at
    most 3 times, so that nobody is turned away who has three times enough.
    """
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, work, str(tmp_path)], capture_output=True, text=True, check=True, timeout=600
    )
    estimate, grown = map(int, done.stdout.split())
    assert 0.8 * grown <= estimate <= 3 * grown


@pytest.fixture
def hardly_anything(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 1_000_000)


FIGURES = r" needs about \d+\.\d\d GB of memory, and 0\.00 GB are available; "


def never(*_):
    raise AssertionError("the work has begun")


class TestRefusals:
    def test_of_an_import(self, hardly_anything, tmp_path):
        (tmp_path / "a.csv").write_text("userId,movieId,rating\n1,2,3\n")
        home = tmp_path / "home"
        with pytest.raises(UcfError, match=f"^reading mine{FIGURES}close other programs, or take a smaller dataset$"):
            read_cached(find_ratings(tmp_path / "a.csv"), name="mine", home=home)
        assert list(home.glob("artifacts/ratings/*")) == []

    def test_of_an_embedding(self, hardly_anything):
        matrix = clustered_ratings(60, 40, 3, seed=0).matrix
        with pytest.raises(UcfError, match=f"60 users and 40 items in 8 dimensions{FIGURES}.*a smaller dim$"):
            fit_embedding(matrix, EmbeddingSpec(dim=8), progress=never)

    def test_of_a_graph(self, hardly_anything):
        units = unit_rows(np.ones((1_000, 4), dtype=np.float32))
        with pytest.raises(UcfError, match=f"graph over 1,000 users{FIGURES}.*a smaller M or dim, or engine='exact'$"):
            HnswIndex.build(units, HnswSpec(), progress=never)

    def test_of_a_graph_over_raw_ratings(self, hardly_anything):
        matrix = clustered_ratings(60, 40, 3, seed=0).matrix
        with pytest.raises(UcfError, match=f"ratings of 60 users{FIGURES}.*space='svd' or engine='exact'$"):
            SparseHnswIndex.build(matrix, HnswSpec(), progress=never)
