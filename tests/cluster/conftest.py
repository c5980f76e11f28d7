"""A real cluster on this machine, a dataset for it, and what it built of it beside what one machine has."""

import numpy as np
import pytest
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


@pytest.fixture(scope="session")
def served(client, small, tmp_path_factory):
    """The folder of a build, and where its vectors are. Nothing may change it."""
    root = tmp_path_factory.mktemp("served")
    parts = write_parts(small, root / "parts", 3)
    with milvus_for_tests(root) as address:
        milvus = open_store(address)
        build_on_cluster(client, str(parts), root / "built", QUERY, store=milvus, dims=(32, 128))
        yield root / "built", address
        milvus.close()


@pytest.fixture(scope="session")
def there(served):
    """The dataset as the build serves it."""
    return open_served(*served)


@pytest.fixture(scope="session")
def here(small):
    """The same dataset in memory."""
    return Explorer(small, in_memory=True)


@pytest.fixture(scope="session")
def users(small):
    """Some users, by raw id."""
    return np.random.default_rng(5).choice(small.users.ids, 25, replace=False).tolist()
