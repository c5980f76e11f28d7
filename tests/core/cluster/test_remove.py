"""Builds are listed with what they take on disk, and deleted with their vectors, or with a sentence on those."""

import json
import shutil

import pytest
from parts_on_disk import QUERY

from ucf_core.base.errors import ArtifactError, DatasetError, ServiceError
from ucf_core.base.files.atomic import folder_bytes
from ucf_core.cluster.build.remove import delete_build
from ucf_core.cluster.files import files
from ucf_core.cluster.files.files import aliases_of
from ucf_core.cluster.serve.explorer import open_served
from ucf_core.datasets.disk_use import disk_use
from ucf_core.datasets.listing import listing
from ucf_core.index.stores.registry import open_store


@pytest.fixture
def home(built, tmp_path, monkeypatch):
    """A UCF_HOME with one build, served from Milvus Lite."""
    monkeypatch.setenv("UCF_VECTORS", f"milvus-lite:{tmp_path / 'vectors.db'}")
    shutil.copytree(built / "built", tmp_path / "clusters" / "films")
    shutil.copytree(built / "vectors.db", tmp_path / "vectors.db")
    return tmp_path


@pytest.fixture
def collections():
    """What Milvus of `UCF_VECTORS` holds."""

    def names(home):
        milvus = open_store(f"milvus-lite:{home / 'vectors.db'}")
        try:
            return milvus.collections()
        finally:
            milvus.close()

    return names


def rows(home):
    return [row for row in disk_use(home) if (row.name or "").startswith("cluster:")]


def test_a_build_is_deleted_with_its_vectors(home, collections):
    (row,) = rows(home)
    assert (row.title, row.name) == ("films (on a cluster)", "cluster:films")
    assert row.bytes == folder_bytes(home / "clusters" / "films") > 100_000
    assert len(collections(home)) == 2
    assert delete_build(row.name, home=home) is None
    assert rows(home) == []
    assert list((home / "clusters").iterdir()) == []
    assert collections(home) == set()
    assert not any(row["name"] == "cluster:films" for row in listing(home))


def test_without_an_address_the_files_go_and_a_message_says_that_the_vectors_stay(home, collections, monkeypatch):
    monkeypatch.delenv("UCF_VECTORS")
    (row,) = rows(home)
    assert row.title == "films (on a cluster, not served: UCF_VECTORS is not set)"
    assert not any(row["name"] == "cluster:films" for row in listing(home))
    message = delete_build(row.name, home=home)
    assert "its vectors stay in Milvus, because UCF_VECTORS does not say where that is" in message
    assert rows(home) == []
    assert len(collections(home)) == 2


def test_where_milvus_does_not_answer_the_files_go_and_what_stays_is_named(home, monkeypatch):
    aliases = aliases_of(files.read_about(home / "clusters" / "films"))
    monkeypatch.setenv("UCF_VECTORS", "http://127.0.0.1:9")
    message = delete_build("cluster:films", home=home)
    assert "films are deleted, but not its vectors: Milvus at http://127.0.0.1:9 does not answer" in message
    assert len(aliases) == 2
    assert all(alias in message for alias in aliases)
    assert rows(home) == []


def test_a_milvus_that_never_had_the_vectors_is_named(home, tmp_path, monkeypatch):
    monkeypatch.setenv("UCF_VECTORS", f"milvus-lite:{tmp_path / 'other.db'}")
    shutil.copytree(home / "clusters" / "films", home / "elsewhere")
    assert "other.db is not there, so no vectors were" in delete_build("cluster:films", home=home)
    assert not (tmp_path / "other.db").exists()
    (home / "elsewhere").rename(home / "clusters" / "films")
    empty = open_store(f"milvus-lite:{tmp_path / 'other.db'}")
    empty.call("list_collections")
    assert "other.db holds no vectors of it" in delete_build("cluster:films", home=home)
    empty.close()


def test_vectors_that_another_build_is_served_from_stay(home, small, collections):
    shutil.copytree(home / "clusters" / "films", home / "clusters" / "twin")
    assert delete_build("cluster:films", home=home) is None
    assert len(collections(home)) == 2
    twin = open_served(home / "clusters" / "twin")
    assert twin.neighbours(small.users.raw(3), QUERY).k == 20
    assert delete_build("cluster:twin", home=home) is None
    assert collections(home) == set()


def test_of_a_linked_folder_only_the_link_goes(home, collections):
    (home / "clusters" / "films").rename(home / "shared")
    (home / "clusters" / "films").symlink_to(home / "shared")
    (row,) = rows(home)
    assert (row.title, row.bytes) == ("films (on a cluster, link only)", 0)
    assert delete_build(row.name, home=home) is None
    assert files.read_about(home / "shared") is not None
    assert len(collections(home)) == 2


@pytest.mark.parametrize("about", [None, "no JSON", "[]", '{"format": 1}', '{"n_users": "many"}'])
def test_what_a_stopped_build_left_is_listed_and_deleted_but_not_opened(tmp_path, monkeypatch, about):
    monkeypatch.setenv("UCF_VECTORS", f"milvus-lite:{tmp_path / 'vectors.db'}")
    folder = tmp_path / "clusters" / "half"
    (folder / "build-0" / "ratings").mkdir(parents=True)
    (folder / "build-0" / "users.npy").write_bytes(bytes(5_000))
    if about is not None:
        (folder / "about.json").write_text(about)
    assert not any(row["name"] == "cluster:half" for row in listing(tmp_path))
    (row,) = rows(tmp_path)
    assert row.title == "half (on a cluster, no whole build)"
    assert row.bytes == 5_000 + len(about or "")
    assert delete_build(row.name, home=tmp_path) is None
    assert not folder.exists()
    assert not (tmp_path / "vectors.db").exists()


@pytest.mark.parametrize("name", ["", "..", "../clusters", "nothing", ".partial-old-1"])
def test_what_is_no_build_is_not_deleted(tmp_path, name):
    (tmp_path / "clusters" / ".partial-old-1").mkdir(parents=True)
    with pytest.raises(DatasetError, match="is no build of a cluster here, so there is nothing to delete"):
        delete_build(f"cluster:{name}", home=tmp_path)
    assert (tmp_path / "clusters" / ".partial-old-1").is_dir()


def test_an_open_explorer_of_a_deleted_build_raises_but_still_has_what_was_read(home, small):
    explorer = open_served(home / "clusters" / "films")
    user, other = small.users.raw(3), small.users.raw(390)
    before = explorer.neighbours(user, QUERY)
    rated = explorer.profile(user).count
    assert delete_build("cluster:films", home=home) is None
    with pytest.raises(ServiceError, match=r"no longer holds ucf_.*: the dataset was deleted or built anew; reload"):
        explorer.neighbours(user, QUERY)
    assert explorer.profile(user).count == rated
    assert before.k == 20
    with pytest.raises(ArtifactError, match=r"files of this dataset are no longer in .*: it was deleted or built anew"):
        explorer.profile(other)
    with pytest.raises(ArtifactError, match="0 of 400 vectors: the dataset was deleted or built anew"):
        explorer.builds.units(QUERY)


def test_a_damaged_count_keeps_a_build_out_of_the_list_alone(home):
    about = home / "clusters" / "films" / "about.json"
    broken = json.loads(about.read_text()) | {"n_items": None}
    about.write_text(json.dumps(broken))
    assert not any(row["name"] == "cluster:films" for row in listing(home))
    assert [row.name for row in rows(home)] == ["cluster:films"]
