"""A real cluster on this machine, a dataset, and an Explorer on its build beside one in memory."""

import os
import shutil

import numpy as np
import pytest
from filelock import FileLock
from milvus_server import milvus_for_tests
from parts_on_disk import QUERY, write_parts

from ucf_core.cluster.build.build import build_on_cluster
from ucf_core.cluster.dask.scheduler import connected
from ucf_core.cluster.serve.explorer import open_served
from ucf_core.datasets.synthetic.generate import SyntheticSpec, synthesize
from ucf_core.explorer.explorer import Explorer
from ucf_core.index.stores.registry import open_store


@pytest.fixture(scope="session")
def client():
    """Two workers, each a process."""
    with connected("local:2") as client:
        yield client


@pytest.fixture(scope="session")
def small():
    """20,000 synthetic ratings of 400 users."""
    return synthesize(SyntheticSpec(n_users=400, n_items=900, n_ratings=20_000, seed=1))


def build(request, small, root, address):
    milvus = open_store(address)
    parts = write_parts(small, root / "parts", 3)
    client = request.getfixturevalue("client")
    build_on_cluster(client, str(parts), root / "built", QUERY, store=milvus, dims=(32,))
    milvus.close()


@pytest.fixture(scope="session")
def built(request, small, tmp_path_factory, worker_id):
    """A folder with a build in `built` and its vectors in `vectors.db`: built once a test run, and copied by tests."""
    base = tmp_path_factory.getbasetemp()
    root = (base if worker_id == "master" else base.parent) / "cluster-build"
    root.mkdir(exist_ok=True)
    with FileLock(root / "lock"):
        if not (root / "done").exists():
            build(request, small, root, f"milvus-lite:{root / 'vectors.db'}")
            (root / "done").touch()
    return root


@pytest.fixture(scope="session")
def served(request, small, tmp_path_factory):
    """The folder of a build, and the address of its vectors. Tests must not change it."""
    root = tmp_path_factory.mktemp("served")
    if os.environ.get("UCF_TEST_MILVUS") == "server":
        with milvus_for_tests(root) as address:
            build(request, small, root, address)
            yield root / "built", address
    else:
        built = request.getfixturevalue("built")
        for name in ("built", "vectors.db"):
            shutil.copytree(built / name, root / name)
        yield root / "built", f"milvus-lite:{root / 'vectors.db'}"


@pytest.fixture(scope="session")
def there(served):
    """An Explorer on the build."""
    return open_served(*served)


@pytest.fixture(scope="session")
def here(small):
    """The same dataset in memory."""
    return Explorer(small, in_memory=True)


@pytest.fixture(scope="session")
def users(small):
    """Some users, by raw id."""
    return np.random.default_rng(5).choice(small.users.ids, 16, replace=False).tolist()
