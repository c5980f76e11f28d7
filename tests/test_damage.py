"""A damaged artifact is noticed, said and built again, whatever the damage; and what is whole is not deleted."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
from bad_times import KINDS, check_nothing_is_half_done, command, contents, write_dataset
from toy import clustered_ratings

from ucf_core.base.files import artifacts
from ucf_core.base.files.artifacts import ArtifactStore
from ucf_core.base.notices import Notice, Notices
from ucf_core.datasets.load import load_ratings
from ucf_core.explorer.explorer import Explorer

KEY = {"fingerprint": "f"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("data") / "films")


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("whole")
    assert command(home, "build", folder).returncode == 0
    return home


@pytest.fixture
def home(whole, tmp_path, monkeypatch) -> Path:
    """A copy of a home in which everything was built."""
    shutil.copytree(whole, tmp_path / "home")
    monkeypatch.setenv("UCF_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def flip(path: Path) -> None:
    found = bytearray(path.read_bytes())
    found[len(found) // 2] ^= 1
    path.write_bytes(found)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def built(folder: Path) -> Explorer:
    explorer = Explorer(load_ratings(folder))
    explorer.build(keep=True)
    return explorer


def of(home: Path, kind: str) -> Path:
    (found,) = (home / "artifacts" / kind).iterdir()
    return found


LARGEST = {"ratings": "data.npy", "biases": "user.npy", "embedding": "user_vectors.npy", "hnsw": "graph.bin"}


@pytest.mark.parametrize(
    ("damage", "reason"),
    [(flip, "is not as it was written"), (truncate, "is not as it was written"), (Path.unlink, "No such file")],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_told_and_made_again(folder, whole, home, kind, damage, reason):
    damage(of(home, kind) / LARGEST[kind])
    (notice,) = built(folder).notices
    assert notice.kind == "rebuilt"
    assert notice.text.startswith(f"the artifact {of(home, kind)} is damaged (")
    assert reason in notice.text
    assert notice.text.endswith("); it is built again")
    assert contents(home) == contents(whole)
    assert built(folder).notices == ()


@pytest.mark.parametrize("change", [{"format": 0}, {"format": None}, {"key": {"fingerprint": "another"}}])
@pytest.mark.parametrize("kind", KINDS)
def test_a_manifest_of_another_version_or_thing_is_told(folder, whole, home, kind, change):
    manifest = of(home, kind) / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))
    (notice,) = built(folder).notices
    assert "(written by another version)" in notice.text
    assert contents(home) == contents(whole)


def test_a_graph_of_another_dataset_under_the_right_name_is_told(folder, whole, home, tmp_path):
    """Whole, with a manifest that says what is asked for: only the vectors in it are those of others."""
    other = ArtifactStore(tmp_path / "other")
    Explorer(clustered_ratings(400, 120, 6, seed=6), store=other).build()
    key = json.loads((of(home, "hnsw") / "manifest.json").read_text())["key"]
    (graph,) = other.root.glob("hnsw/*/graph.bin")
    store = ArtifactStore(home / "artifacts")
    store.find("hnsw", key).discard()
    store.write("hnsw", key, lambda folder: (folder / "graph.bin").write_bytes(graph.read_bytes()))
    (notice,) = built(folder).notices
    assert "does not fit (" in notice.text
    assert "it was built over other vectors); it is built again" in notice.text
    assert contents(home) == contents(whole)


def test_the_command_says_it_in_one_line_and_answers_as_ever(folder, whole, home):
    flip(of(home, "embedding") / "user_vectors.npy")
    done = command(home, "build", folder, "--json")
    assert done.returncode == 0
    assert done.stderr == (
        f"ucf: the artifact {of(home, 'embedding')} is damaged (user_vectors.npy is not as it was written); "
        "it is built again\n"
    )
    stages = {stage["name"]: stage["cached"] for stage in json.loads(done.stdout)["stages"]}
    assert stages == {"ratings": True, "biases": True, "embedding": False, "hnsw": True}
    assert contents(home) == contents(whole)
    check_nothing_is_half_done(home)


@pytest.mark.parametrize("passing", [errno.EMFILE, errno.ENOMEM, errno.EACCES])
def test_what_cannot_be_read_just_now_is_not_deleted(tmp_path, monkeypatch, passing):
    store, notices = ArtifactStore(tmp_path), Notices()
    kept = store.write("thing", KEY, lambda folder: (folder / "a").write_bytes(b"abc"))

    def fail(path, expected):
        raise OSError(passing, os.strerror(passing))

    with monkeypatch.context() as patch:
        patch.setattr(artifacts, "_is_whole", fail)
        assert store.find("thing", KEY, notices=notices) is None
    assert list(notices) == [
        Notice("rebuilt", f"the artifact {kept.folder} cannot be read now ({os.strerror(passing)}); it is built again")
    ]
    assert store.find("thing", KEY) == kept


def test_the_same_notice_is_kept_once(caplog):
    notices = Notices()
    for text in ("a", "b", "a"):
        notices.add("rebuilt", text)
    assert [notice.text for notice in notices] == ["a", "b"]
    assert [record.getMessage() for record in caplog.records] == ["a", "b"]
