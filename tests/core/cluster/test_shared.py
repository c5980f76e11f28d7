"""A folder that workers do not share is noticed before anything is computed."""

import sys
from functools import partial
from pathlib import Path

import pytest
from parts_on_disk import write_parts

from ucf_core.base.errors import ArtifactError, ServiceError
from ucf_core.base.specs import QuerySpec
from ucf_core.cluster.build.build import build_on_cluster
from ucf_core.cluster.dask.scheduler import answer, check_shared, connected


def test_a_shared_folder_passes_and_nothing_is_left_in_it(client, tmp_path):
    there = tmp_path / "there"
    there.mkdir()
    check_shared(client, there)
    assert list(there.iterdir()) == []
    check_shared(client, tmp_path / "new" / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that is another one in every process")
def test_another_folder_of_the_same_name_is_one_message_before_anything_is_read(client, small, tmp_path, monkeypatch):
    parts = write_parts(small, tmp_path / "parts", 1)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")  # the workers are elsewhere
    monkeypatch.setattr("ucf_core.cluster.build.build.check_shared", partial(check_shared, settles=0.2))
    done = []
    out = Path("/proc/self/cwd/ucf-not-shared")
    with pytest.raises(
        ArtifactError, match=r"worker at tcp://.* does not share /proc/self/cwd/ucf-not-shared"
    ) as caught:
        build_on_cluster(client, str(parts), out, QuerySpec(), watch=done.append)
    assert "give an --out that all machines see" in str(caught.value)
    assert "No such file" in str(caught.value)
    assert done == []
    assert list((tmp_path / "here").iterdir()) == []


def test_a_file_that_the_driver_does_not_see_is_one_message(tmp_path):
    class Client:
        """Its worker reads the probe, and what it writes goes elsewhere."""

        def wait_for_workers(self, n, timeout):
            pass

        def run(self, work, *arguments):
            return {"tcp://far:1": ("", "elsewhere")}

    with pytest.raises(ArtifactError, match=r"tcp://far:1 does not share .*it wrote there is not visible"):
        check_shared(Client(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_worker_waits_for_a_slow_file_system(tmp_path):
    probe = tmp_path / "probe"
    pauses = []

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 3:
            probe.write_text("probe")

    problem, name = answer(str(probe), 60, sleep=sleep)
    assert (problem, len(pauses)) == ("", 3)
    assert (tmp_path / name).exists()
    probe.write_text("other")
    assert answer(str(probe), 60) == ("a file of that name holds something else there", "")
    assert answer(str(tmp_path / "nothing"), 0) == ("No such file or directory", "")


def test_a_folder_that_cannot_be_made_is_one_message_of_the_driver(client, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactError, match=r"cannot write to .*file/out .*; give another --out"):
        check_shared(client, tmp_path / "file" / "out")


def test_a_scheduler_without_workers_is_one_message(tmp_path):
    import distributed

    with distributed.LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as cluster:
        address = cluster.scheduler_address
        with (
            connected(address) as client,
            pytest.raises(ServiceError, match=f"the scheduler at {address} has no workers; start some with `dask work"),
        ):
            check_shared(client, tmp_path, timeout=0.3)
