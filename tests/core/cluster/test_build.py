"""A build on a cluster gives what one machine gives, with any number of workers, and when one of them is killed."""

import os
import signal
import threading
import time

import numpy as np
import pytest
from parts_on_disk import write_parts

from ucf_core.base.errors import CancelledError, ServiceError, SpecError
from ucf_core.base.specs import QuerySpec
from ucf_core.cluster.build.build import build_on_cluster
from ucf_core.cluster.dask.scheduler import connected, one_error
from ucf_core.cluster.files import files
from ucf_core.datasets.load import load_ratings
from ucf_core.datasets.synthetic.generate import SyntheticSpec, synthesize
from ucf_core.embedding.embedding import fit_embedding, unit_rows
from ucf_core.index.exact import ExactIndex
from ucf_core.neighbours.neighbours import without_self
from ucf_core.neighbours.recall import overlap

K = 50


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    """Name: ratings, and the folder of their parts. A part of ml-1m: its proportions, and fewer items than users."""
    made = {
        "sample": load_ratings("sample"),
        "ml-1m shape": synthesize(SyntheticSpec(n_users=1_500, n_items=900, n_ratings=90_000, seed=0)),
    }
    root = tmp_path_factory.mktemp("parts")
    return {name: (ratings, write_parts(ratings, root / name.replace(" ", "-"), 6)) for name, ratings in made.items()}


@pytest.fixture(scope="module")
def small_parts(small, tmp_path_factory):
    return write_parts(small, tmp_path_factory.mktemp("small"), 3)


@pytest.fixture(scope="module")
def clusters(client):
    """Clients by number of workers, started on first use; the shared one has two workers."""
    opened = {2: client}
    stack = []

    def of(workers: int):
        if workers not in opened:
            manager = connected(f"local:{workers}")
            stack.append(manager)
            opened[workers] = manager.__enter__()
        return opened[workers]

    yield of
    for manager in stack:
        manager.__exit__(None, None, None)


def vectors_of(folder):
    build = folder / files.read_about(folder)["build"]
    parts = [files.read_vectors(path) for path in sorted((build / "vectors").glob("*.parquet"))]
    rows = np.concatenate([rows for rows, _ in parts])
    assert rows.tolist() == list(range(len(rows)))
    return np.concatenate([vectors for _, vectors in parts]), build


def exact_neighbours(vectors, users):
    units = unit_rows(vectors)
    return without_self(ExactIndex(units).search(units[users], k=K + 1), users, K)


@pytest.mark.parametrize(
    ("name", "workers", "weighting"),
    [
        pytest.param("sample", 1, "raw", marks=pytest.mark.long),
        pytest.param("sample", 2, "residual", marks=pytest.mark.long),
        pytest.param("ml-1m shape", 4, "raw", marks=pytest.mark.long),
        pytest.param("ml-1m shape", 2, "residual", marks=pytest.mark.long),
    ],
)
def test_a_cluster_finds_the_singular_values_and_neighbours_of_one_machine(
    datasets, clusters, tmp_path, name, workers, weighting
):
    ratings, parts = datasets[name]
    query = QuerySpec(weighting=weighting)
    build_on_cluster(clusters(workers), str(parts), tmp_path, query)
    vectors, build = vectors_of(tmp_path)
    here = fit_embedding(_weighted(ratings, weighting), query.embedding)
    np.testing.assert_allclose(np.load(build / "singular_values.npy"), here.singular_values, rtol=1e-4)
    users = np.random.default_rng(0).permutation(ratings.n_users)[:200]
    found, truth = exact_neighbours(vectors, users), exact_neighbours(here.user_vectors, users)
    assert float(np.mean(overlap(found[0], truth[0]))) >= 0.99


def _weighted(ratings, weighting):
    from ucf_core.ratings.biases import fit_biases
    from ucf_core.ratings.weighting import weighted

    return weighted(ratings.matrix, weighting, fit_biases(ratings.matrix))


@pytest.fixture(scope="module")
def calm(small_parts, client, tmp_path_factory):
    """The folder of an undisturbed build by two workers."""
    folder = tmp_path_factory.mktemp("calm")
    build_on_cluster(client, str(small_parts), folder, QuerySpec())
    return folder


@pytest.mark.long
@pytest.mark.parametrize("workers", [1, 4])
def test_the_digits_do_not_depend_on_the_number_of_workers(small_parts, clusters, calm, tmp_path, workers):
    build_on_cluster(clusters(workers), str(small_parts), tmp_path, QuerySpec())
    np.testing.assert_array_equal(vectors_of(tmp_path)[0], vectors_of(calm)[0])


def test_a_worker_that_is_killed_in_the_middle_changes_nothing(small_parts, calm, tmp_path):
    with connected("local:2") as client:
        killed = []

        def kill() -> None:
            pids = client.run(os.getpid)
            worker, pid = sorted(pids.items())[0]
            held = client.has_what()[worker]
            os.kill(pid, signal.SIGKILL)
            killed.append(len(held))

        steps = []

        def progress(done: float, total: float | None) -> None:
            steps.append(done)
            if len(steps) == 25:  # in the embedding: all blocks are on the workers
                kill()

        build_on_cluster(client, str(small_parts), tmp_path / "killed", QuerySpec(), progress=progress)
    assert killed[0] > 0
    assert len(steps) > 40
    np.testing.assert_array_equal(vectors_of(tmp_path / "killed")[0], vectors_of(calm)[0])
    assert files.read_about(tmp_path / "killed")["fingerprint"] == files.read_about(calm)["fingerprint"]


def test_the_files_hold_the_dataset(small, small_parts, client, tmp_path):
    import pyarrow.parquet as pq

    ratings = small
    made = build_on_cluster(client, str(small_parts), tmp_path, QuerySpec())
    build = vectors_of(tmp_path)[1]
    assert np.load(build / "users.npy", mmap_mode="r").tolist() == ratings.users.ids.tolist()
    assert np.load(build / "items.npy").tolist() == ratings.items.ids.tolist()
    table = pq.read_table(build / "ratings")
    assert table["row"].to_pylist() == list(range(ratings.n_users))
    assert np.concatenate(table["items"].to_numpy()).tolist() == ratings.matrix.indices.tolist()
    assert np.concatenate(table["ratings"].to_numpy()).tolist() == ratings.matrix.data.tolist()
    about = files.read_about(tmp_path)
    assert (about["n_users"], about["n_items"], about["n_ratings"]) == (
        ratings.n_users,
        ratings.n_items,
        ratings.n_ratings,
    )
    assert about["n_untitled"] == ratings.report.n_untitled
    assert [stage.name for stage in made.stages] == ["blocks", "biases", "embedding", "files"]


@pytest.mark.long
def test_a_new_build_takes_the_place_of_the_old_one(small_parts, client, tmp_path):
    for weighting in ("raw", "residual"):
        build_on_cluster(client, str(small_parts), tmp_path, QuerySpec(weighting=weighting))
        assert files.read_about(tmp_path)["weighting"] == weighting
        assert len(list(tmp_path.glob("build-*"))) == 1


@pytest.mark.long
def test_a_build_that_is_stopped_leaves_the_old_one(small_parts, client, tmp_path):
    build_on_cluster(client, str(small_parts), tmp_path, QuerySpec())
    before = files.read_about(tmp_path)

    def stop(done, total):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        build_on_cluster(client, str(small_parts), tmp_path, QuerySpec(weighting="centred"), progress=stop)
    assert files.read_about(tmp_path) == before
    assert [path.name for path in tmp_path.glob("build-*")] == [before["build"]]


def test_ratings_that_are_all_0_and_a_single_user_are_refused(client, tmp_path):
    parts = tmp_path / "parts"
    parts.mkdir()
    (parts / "a.csv").write_text("user,item,rating\n1,1,0\n2,1,0\n2,2,0\n")
    with pytest.raises(SpecError, match="every rating is 0"):
        build_on_cluster(client, str(parts), tmp_path / "out", QuerySpec())
    (parts / "a.csv").write_text("user,item,rating\n1,1,3\n1,2,4\n")
    with pytest.raises(SpecError, match="holds 1 user"):
        build_on_cluster(client, str(parts), tmp_path / "out", QuerySpec())
    assert not (tmp_path / "out").exists()


# the scheduler


@pytest.mark.parametrize("scheduler", ["", "remote", "local:0", "local:x", "host:8786", "tcp://"])
def test_an_invalid_address_is_refused(scheduler):
    with pytest.raises(SpecError, match="give tcp://host:8786, local or local:4"), connected(scheduler):
        pass


def test_a_scheduler_that_does_not_answer_is_one_message(monkeypatch):
    monkeypatch.setattr("ucf_core.cluster.dask.scheduler.TIMEOUT", 0.5)
    with (
        pytest.raises(ServiceError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"),
        connected("tcp://127.0.0.1:9"),
    ):
        pass


def test_failures_of_the_cluster_are_one_message():
    import distributed

    for error, message in (
        (distributed.KilledWorker("sum", None, 3), "workers of tcp://far:1 were lost again and again"),
        (OSError("gone"), "the scheduler at tcp://far:1 went away"),
    ):
        with pytest.raises(ServiceError, match=message), one_error("tcp://far:1"):
            raise error


@pytest.mark.long
def test_a_scheduler_that_goes_away_is_one_message(small_parts, tmp_path, monkeypatch):
    import distributed

    monkeypatch.setattr("ucf_core.cluster.dask.scheduler.TIMEOUT", 3)  # until the client no longer looks for it

    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0")
    address = cluster.scheduler_address
    calls = []

    def progress(done: float, total: float | None) -> None:
        calls.append(done)
        if len(calls) == 12:
            closing = threading.Thread(target=cluster.close)
            closing.start()
            closing.join(30)
            time.sleep(0.2)

    with pytest.raises(ServiceError, match=f"the scheduler at {address} went away"), connected(address) as client:
        build_on_cluster(client, str(small_parts), tmp_path, QuerySpec(), progress=progress)
    assert files.read_about(tmp_path) is None
