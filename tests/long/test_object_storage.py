"""Parts of ratings in an object store, read by the workers through fsspec: what one machine builds of the same parts.

`uv run --with "moto[server]" --with s3fs pytest -m long tests/long/test_object_storage.py`
"""

import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from milvus_server import free_port

from ucf_core.base.errors import DatasetError
from ucf_core.base.specs import QuerySpec
from ucf_core.cluster.build.build import build_on_cluster
from ucf_core.cluster.dask.scheduler import connected
from ucf_core.datasets.synthetic.generate import SyntheticSpec, synthesize
from ucf_core.embedding.embedding import fit_embedding

pytest.importorskip("moto.server", reason='the store comes with `uv run --with "moto[server]" --with s3fs`')
s3fs = pytest.importorskip("s3fs")
pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("default")]  # those of the store and its client are theirs


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A file system of an object store that runs here, and that workers reach by the environment, as they would AWS."""
    port = free_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }.items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (tmp_path / "store.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}")
        s3fs.S3FileSystem.clear_instance_cache()
        system = s3fs.S3FileSystem()
        system.mkdir("ratings")
        yield system
    finally:
        process.terminate()
        process.wait(30)


def _wait(address: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.2)


def put_parts(system, ratings, n_parts: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    matrix = ratings.matrix
    users = np.repeat(np.arange(ratings.n_users), np.diff(matrix.indptr))
    for number, rows in enumerate(np.array_split(np.arange(matrix.nnz), n_parts)):
        table = pa.table(
            {
                "user": ratings.users.ids[users[rows]],
                "item": ratings.items.ids[matrix.indices[rows]],
                "rating": matrix.data[rows],
            }
        )
        with system.open(f"ratings/some/part-{number}.parquet", "wb") as file:
            pq.write_table(table, file)


def test_a_build_of_parts_in_an_object_store_has_the_singular_values_of_one_machine(store, tmp_path):
    ratings = synthesize(SyntheticSpec(n_users=400, n_items=900, n_ratings=20_000, seed=1))
    put_parts(store, ratings, 3)
    query = QuerySpec(dim=16, k=20)
    with connected("local:2") as client:
        build_on_cluster(client, "s3://ratings/some", tmp_path / "built", query)
    (values,) = (tmp_path / "built").rglob("singular_values.npy")
    expected = fit_embedding(ratings.matrix, query.embedding).singular_values
    np.testing.assert_allclose(np.load(values), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("s3://ratings/none", "nothing is there"),
        ("s3://no-such-bucket/some", "s3://no-such-bucket/some cannot be read"),
    ],
)
def test_what_a_store_does_not_have_is_told_in_one_line(store, tmp_path, address, message):
    with connected("local:1") as client, pytest.raises(DatasetError, match=message) as shown:
        build_on_cluster(client, address, tmp_path / "built", QuerySpec(dim=16))
    assert "\n" not in str(shown.value)
    assert not list(Path(tmp_path).rglob("*.npy"))


def test_a_store_that_cannot_be_reached_is_told_in_one_line(store, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    s3fs.S3FileSystem.clear_instance_cache()
    with connected("local:1") as client, pytest.raises(DatasetError, match="cannot be read: Could not connect"):
        build_on_cluster(client, "s3://ratings/some", tmp_path / "built", QuerySpec(dim=16))
