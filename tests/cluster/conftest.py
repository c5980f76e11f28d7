"""A real cluster on this machine, and a dataset for it."""

import pytest

from ucf_core.cluster.scheduler import connected
from ucf_core.datasets.synthetic import SyntheticSpec, synthesize


@pytest.fixture(scope="session")
def client():
    """Two workers, each a process."""
    with connected("local:2") as client:
        yield client


@pytest.fixture(scope="session")
def small():
    """20,000 synthetic ratings of 400 users."""
    return synthesize(SyntheticSpec(n_users=400, n_items=900, n_ratings=20_000, seed=1)).to_ratings()
