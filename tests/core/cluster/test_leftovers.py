"""A build that fails or is killed leaves the former build in service, and the next build removes its leftovers."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import parts_on_disk
import pytest
from milvus_lite.server_manager import server_manager_instance
from parts_on_disk import QUERY, write_parts

from ucf_core.base.errors import ArtifactError, CancelledError, DatasetError, ServiceError
from ucf_core.cluster.build import leftovers
from ucf_core.cluster.build.build import build_on_cluster
from ucf_core.cluster.build.remove import remove_build
from ucf_core.cluster.files import files
from ucf_core.cluster.files.files import alias_of
from ucf_core.cluster.serve.explorer import open_served
from ucf_core.index.milvus.store import MilvusBuild, behind
from ucf_core.index.stores.registry import open_store


@pytest.fixture(scope="module")
def parts(small, tmp_path_factory):
    return write_parts(small, tmp_path_factory.mktemp("parts") / "parts", 1)


@pytest.fixture(scope="module")
def other_parts(small, tmp_path_factory):
    """The same and one user more."""
    folder = write_parts(small, tmp_path_factory.mktemp("more") / "parts", 1)
    (folder / "more.csv").write_text("userId,movieId,rating,timestamp\n999999,1,3.0,1\n")
    return folder


@pytest.fixture
def milvus(tmp_path):
    """Milvus Lite, held by this process."""
    service = open_store(f"milvus-lite:{tmp_path / 'vectors.db'}")
    yield service
    service.close()


def names(milvus):
    return milvus.collections()


# an upsert that fails in a worker


def fail_at_second_message():
    """On a worker: the first message is taken, all after it are not."""
    from pymilvus import MilvusClient
    from pymilvus.exceptions import MilvusException

    taken = MilvusClient.upsert

    def upsert(self, *arguments, **options):
        if getattr(MilvusClient, "_sent", 0):
            raise MilvusException(message="quota exceeded: disk is full")
        MilvusClient._sent = 1
        return taken(self, *arguments, **options)

    MilvusClient._taken, MilvusClient.upsert = taken, upsert


def mend():
    from pymilvus import MilvusClient

    MilvusClient.upsert = MilvusClient._taken
    del MilvusClient._taken


@pytest.fixture
def server(milvus):
    """The same Milvus as a server that workers reach: Milvus Lite listens on a port of this machine."""
    milvus.call("list_collections")
    service = open_store(server_manager_instance.start_and_get_uri(milvus.address.uri))
    yield service
    service.close()


@pytest.mark.long
def test_an_upsert_that_fails_in_a_worker_leaves_the_former_build_and_one_message(
    client, parts, server, small, tmp_path
):
    out = tmp_path / "built"
    build_on_cluster(client, str(parts), out, QUERY, store=server, dims=(32,))
    about, collections = files.read_about(out), names(server)
    alias = alias_of(about, 32, "hnsw")
    pointed = behind(server, alias)
    client.run(fail_at_second_message)
    try:
        with pytest.raises(ServiceError, match=r"^Milvus at http://\S+ cannot upsert: quota exceeded: disk is full$"):
            build_on_cluster(client, str(parts), out, QUERY, store=server, dims=(32,))
    finally:
        client.run(mend)
    assert files.read_about(out) == about
    assert names(server) == collections
    assert behind(server, alias) == pointed
    assert leftovers.noted(out) == []
    explorer = open_served(out, server.address.uri)
    assert explorer.neighbours(small.users.raw(3), QUERY).k == 20


@pytest.mark.long
def test_where_clearing_up_fails_too_the_first_failure_is_raised_and_the_next_build_clears(
    client, parts, milvus, tmp_path, monkeypatch
):
    out = tmp_path / "built"

    def fail(build, path):
        raise ServiceError("the disk of the server is full")

    def gone(milvus, name):
        raise ServiceError("the server went away")

    with monkeypatch.context() as patch:
        patch.setattr("ucf_core.cluster.build.build.upsert_vectors", fail)
        patch.setattr("ucf_core.index.milvus.store.MilvusStore.drop_unused", gone)
        with pytest.raises(ServiceError, match="the disk of the server is full"):
            build_on_cluster(client, str(parts), out, QUERY, store=milvus, dims=(32,))
    ((uri, left),) = leftovers.noted(out)
    assert (uri, {left}) == (milvus.address.uri, names(milvus))
    build_on_cluster(client, str(parts), out, QUERY, store=milvus, dims=(32,))
    assert left not in names(milvus)
    assert len(names(milvus)) == 2
    assert leftovers.noted(out) == []


# a build that is killed

KILLED = """
    import os, sys
    from pathlib import Path
    sys.path.insert(0, {tests!r})
    from parts_on_disk import QUERY
    from ucf_core.cluster.build import build
    from ucf_core.cluster.dask.scheduler import connected
    from ucf_core.index.stores.registry import open_store

    send = build.upsert_vectors
    sent = []

    def until_killed(made, path):
        if len(sent) == 9:  # eight files of the first collection are sent, and one of the second
            os._exit(9)
        sent.append(send(made, path))

    build.upsert_vectors = until_killed
    if __name__ == "__main__":
        with connected({scheduler!r}) as client:
            milvus = open_store({address!r})
            build.build_on_cluster(client, {parts!r}, Path({out!r}), QUERY, store=milvus, dims=(32,))
"""


@pytest.mark.long
def test_what_a_killed_build_has_left_is_cleared_by_the_next_and_nothing_else(
    client, parts, other_parts, milvus, small, tmp_path
):
    out, beside = tmp_path / "built", tmp_path / "beside"
    build_on_cluster(client, str(parts), out, QUERY, store=milvus, dims=(32,))
    # of others: a build beside, half of one for the very same alias, and a collection that no alias points to
    build_on_cluster(client, str(other_parts), beside, QUERY, store=milvus, dims=(32,))
    alias = alias_of(files.read_about(out), 32, "hnsw")
    foreign = MilvusBuild.begin(milvus, alias, dim=32, spec=QUERY.hnsw).collection
    before = names(milvus)
    milvus.close()
    script = tmp_path / "killed.py"
    script.write_text(
        textwrap.dedent(KILLED).format(
            tests=str(Path(parts_on_disk.__file__).parent),
            scheduler=client.scheduler.address,
            address=f"milvus-lite:{milvus.address.uri}",
            parts=str(parts),
            out=str(out),
        )
    )
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 9, ran.stderr
    assert len(list(out.glob("build-*"))) == 2
    (left,) = names(milvus) - before - {behind(milvus, alias)}  # the first one was whole, and took its place
    assert {name for _, name in leftovers.noted(out)} >= {left}
    build = files.read_about(out)["build"]
    assert open_served(out, f"milvus-lite:{milvus.address.uri}").neighbours(small.users.raw(3), QUERY).k == 20

    build_on_cluster(client, str(parts), out, QUERY, store=milvus, dims=(32,))
    after = names(milvus)
    assert left not in after
    assert len(after) == len(before)  # those of the former build gave way to new ones
    assert foreign in after
    for engine in ("hnsw", "exact"):
        assert behind(milvus, alias_of(files.read_about(beside), 32, engine)) in before & after
    assert len(list(out.glob("build-*"))) == 1
    assert files.read_about(out)["build"] != build
    assert leftovers.noted(out) == []


def test_a_collection_that_an_alias_points_to_is_never_cleared(milvus, tmp_path):
    """Killed between pointing the alias to it and taking the note away."""
    build = MilvusBuild.begin(milvus, "users", dim=4, spec=QUERY.hnsw)
    build.add(np.arange(3), np.eye(3, 4, dtype=np.float32))
    leftovers.note(tmp_path, milvus.address.uri, build.collection)
    leftovers.note(tmp_path, milvus.address.uri, "nothing")
    leftovers.note(tmp_path, "http://elsewhere:19530", build.collection)
    build.publish(3)
    leftovers.clear_collections(tmp_path, milvus)
    assert behind(milvus, "users") == build.collection
    assert leftovers.noted(tmp_path) == [("http://elsewhere:19530", build.collection)]


def test_deleting_a_folder_takes_what_a_killed_build_has_left_in_milvus(milvus, tmp_path):
    folder = tmp_path / "clusters" / "half"
    (folder / "build-0").mkdir(parents=True)
    left = MilvusBuild.begin(milvus, "users", dim=4, spec=QUERY.hnsw).collection
    other = MilvusBuild.begin(milvus, "users", dim=4, spec=QUERY.hnsw).collection
    leftovers.note(folder, milvus.address.uri, left)
    assert remove_build(folder, vectors=f"milvus-lite:{milvus.address.uri}") is None
    assert not folder.exists()
    assert names(milvus) == {other}


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[["a"]]', "[[1, 2, 3]]"])
def test_damaged_notes_are_as_none(tmp_path, text):
    (tmp_path / ".collections.json").write_text(text)
    assert leftovers.noted(tmp_path) == []
    leftovers.note(tmp_path, "uri", "name")
    assert json.loads((tmp_path / ".collections.json").read_text()) == [["uri", "name"]]
    leftovers.forget(tmp_path, "uri", "name")
    assert list(tmp_path.iterdir()) == []


# who builds where


def test_two_builds_into_one_folder_are_refused_and_so_is_deleting_it_meanwhile(client, parts, tmp_path):
    with leftovers.only_one(tmp_path / "built"):
        with pytest.raises(ArtifactError, match=r"another build is writing to .*built; wait until it is over"):
            build_on_cluster(client, str(parts), tmp_path / "built", QUERY)
        with pytest.raises(DatasetError, match="is being built now"):
            remove_build(tmp_path / "built")
    assert not (tmp_path / "built").exists()
    assert not leftovers.is_being_built(tmp_path / "built")


@pytest.mark.long
def test_where_there_are_no_locks_builds_go_on_and_nothing_of_others_is_cleared(client, parts, tmp_path, monkeypatch):
    def refuse(lock, *_, **__):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(leftovers.FileLock, "acquire", refuse)
    (tmp_path / "build-other").mkdir()
    for _ in range(2):
        build_on_cluster(client, str(parts), tmp_path, QUERY)
        assert {path.name for path in tmp_path.glob("build-*")} == {"build-other", files.read_about(tmp_path)["build"]}


@pytest.mark.long
def test_a_build_takes_the_place_of_one_that_cannot_be_read(client, parts, tmp_path):
    (tmp_path / "about.json").write_text('{"format": 999, "build": "build-other"}')
    (tmp_path / "build-other").mkdir()

    def stop(done, total):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        build_on_cluster(client, str(parts), tmp_path, QUERY, progress=stop)
    assert (tmp_path / "build-other").exists()
    build_on_cluster(client, str(parts), tmp_path, QUERY)
    assert [path.name for path in tmp_path.glob("build-*")] == [files.read_about(tmp_path)["build"]]
