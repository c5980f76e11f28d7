"""Every JSON file that is read has unexpected content: nothing happens but the documented behaviour."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from ucf_core.base.errors import ArtifactError
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.base.specs import HnswSpec
from ucf_core.cli.doctor.store import check_store
from ucf_core.cluster.files.files import read_about
from ucf_core.datasets.read.layouts import find_ratings
from ucf_core.datasets.sources import cluster_builds, download, uploads
from ucf_core.datasets.sources.import_cache import known_digest, source_digest
from ucf_core.datasets.sources.links import linked

FIELDS = ("format", "key", "files", "bytes", "checksum", "n_users", "n_items", "n_ratings", "stats", "build")
HOSTILE = {
    "deep arrays": "[" * 100_000,
    "deep objects": '{"format":' * 100_000,
    "no object": "[1, 2]",
    "null": "null",
    "nothing": "",
    "huge integers": "{" + ", ".join(f'"{name}": {"9" * 4000}' for name in FIELDS) + "}",
    "infinities": "{" + ", ".join(f'"{name}": 1e999' for name in FIELDS) + "}",
    "NaN": "{" + ", ".join(f'"{name}": NaN' for name in FIELDS) + "}",
    "wrong types": "{" + ", ".join(f'"{name}": [null]' for name in FIELDS) + "}",
}


@pytest.fixture(params=HOSTILE.values(), ids=HOSTILE.keys())
def hostile(request):
    return request.param


@pytest.fixture
def artifact(tmp_path, hostile):
    """A store with one artifact, whose manifest is hostile."""
    store = ArtifactStore(tmp_path / "artifacts")
    made = store.write("thing", {"fingerprint": "f"}, lambda folder: (folder / "a").write_bytes(b"abc"))
    made.path("manifest.json").write_text(hostile)
    return store


def test_an_artifact_with_a_wrong_manifest_is_built_again(artifact):
    assert artifact.bytes_of("f") == 0
    assert artifact.find("thing", {"fingerprint": "f"}) is None


def test_the_doctor_says_so(artifact, hostile):
    health = check_store(artifact.root.parent)
    # a format that can be read, and is not ours, is that of another version
    assert (len(health["damaged"]), health["outdated"]) == ((0, 1) if hostile == HOSTILE["wrong types"] else (1, 0))
    assert all(row["reason"].startswith("manifest.json cannot be read: ") for row in health["damaged"])


def test_an_upload_is_listed_without_its_counts(tmp_path, hostile):
    folder = tmp_path / "uploads" / "mine.csv"
    folder.mkdir(parents=True)
    (folder / "mine.csv").write_text("user,item,rating\n1,1,5\n")
    (folder / ".about.json").write_text(hostile)
    assert uploads.uploaded(tmp_path) == [uploads.Upload("mine.csv")]


def test_links_are_none(tmp_path, hostile):
    (tmp_path / "links.json").write_text(hostile)
    assert all(isinstance(path, Path) for path in linked(tmp_path).values())


def test_a_download_is_taken_for_none(tmp_path, hostile):
    (tmp_path / ".download.json").write_text(hostile)
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,5,1\n")
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n1,A,B\n")
    assert download._installed("ml-25m", tmp_path) is None


def test_a_build_of_a_cluster_is_not_listed_and_opening_it_says_why(tmp_path, monkeypatch, hostile):
    monkeypatch.setenv(cluster_builds.ADDRESS_VARIABLE, "http://127.0.0.1:1")
    folder = tmp_path / "clusters" / "large"
    folder.mkdir(parents=True)
    (folder / "about.json").write_text(hostile)
    with pytest.raises(ArtifactError):
        read_about(folder)
    if hostile != HOSTILE["wrong types"]:  # what it says is judged by those who use it
        assert cluster_builds.clusters(tmp_path) == {}


def test_a_noted_digest_is_computed_again(tmp_path, hostile):
    (tmp_path / "a.csv").write_text("user,item,rating\n1,1,5\n")
    layout = find_ratings(tmp_path / "a.csv")
    expected = known_digest(layout, tmp_path)
    (note,) = (tmp_path / "artifacts" / "sources").iterdir()
    note.write_text(hostile)
    assert known_digest(layout, tmp_path) == expected == source_digest(layout)


def test_a_sparse_graph_is_refused(tmp_path, hostile):
    sparse_hnsw = pytest.importorskip("ucf_core.index.sparse_hnsw")
    matrix = csr_array(np.eye(4, dtype=np.float32))
    (tmp_path / "graph.bin").write_bytes(os.urandom(64))
    (tmp_path / "graph.json").write_text(hostile)
    with pytest.raises(ArtifactError, match=r"holds no readable graph|does not hold the graph"):
        sparse_hnsw.SparseHnswIndex.load(tmp_path, matrix, HnswSpec())
