"""A real Milvus server that restarts, refuses a token, or is killed: one clear message, and what was built stays.

`uv run --with milvus==2.3.5 pytest -m long -s tests/long/test_milvus_server.py`
"""

import os
import time

import numpy as np
import pytest
from milvus_server import build_milvus, free_port, milvus_server, stop

from ucf_core.base.errors import ServiceError
from ucf_core.base.specs import HnswSpec
from ucf_core.embedding.embedding import unit_rows
from ucf_core.index.exact import ExactIndex
from ucf_core.index.milvus.index import MilvusIndex
from ucf_core.index.milvus.service import Milvus, MilvusAddress
from ucf_core.index.milvus.store import MilvusBuild

pytest.importorskip("milvus", reason="the server comes with `uv run --with milvus==2.3.5`")

pytestmark = pytest.mark.long
SPEC = HnswSpec(M=16, ef_construction=200)
PASSWORDS = ("Milvus", "An0ther-one")


@pytest.fixture(scope="module")
def units() -> np.ndarray:
    return unit_rows(np.random.default_rng(3).standard_normal((2_000, 32)).astype(np.float32))


def recall(index: MilvusIndex, units: np.ndarray) -> float:
    found, truth = index.search(units[:50], k=20, ef=200), ExactIndex(units).search(units[:50], k=20)
    return float(np.mean([np.isin(a, b).mean() for a, b in zip(truth.rows, found.rows, strict=True)]))


def test_what_was_built_outlives_a_kill_and_an_open_index_goes_on_after_the_restart(tmp_path, units):
    port = free_port()
    with milvus_server(tmp_path / "data", port=port) as (address, process):
        service = Milvus(MilvusAddress(address), timeout=5)
        index = build_milvus(service, "users", units, SPEC)
        assert recall(index, units) > 0.98
        half = MilvusBuild.begin(service, "users", dim=32, spec=SPEC)
        half.add(np.arange(500), units[:500])
        stop(process)
        started = time.monotonic()
        with pytest.raises(ServiceError, match=f"127.0.0.1:{port}"):
            index.search(units[:1], k=5, ef=20)
        print(f"a search of a killed server: told after {time.monotonic() - started:.1f} s")
    with milvus_server(tmp_path / "data", port=port) as (address, _):
        assert recall(index, units) > 0.98, "the half-finished build of the other collection is seen by nobody"
        assert MilvusIndex.open(Milvus(MilvusAddress(address)), "users", dim=32).n_rows == 2_000


def test_a_token_that_ends_while_an_index_is_open_is_told_with_the_remedy(tmp_path, units):
    first, second = (f"root:{password}" for password in PASSWORDS)
    with milvus_server(tmp_path / "data", token=first) as (address, _):
        service = Milvus(MilvusAddress(address, first), timeout=5)
        index = build_milvus(service, "users", units, SPEC)
        assert recall(index, units) > 0.98
        service.call("update_password", "root", *PASSWORDS)
        with pytest.raises(ServiceError, match="refuses the token; set UCF_VECTORS_TOKEN") as shown:
            MilvusIndex.open(Milvus(MilvusAddress(address, first), timeout=5), "users", dim=32)
        assert first not in str(shown.value)
        renewed = MilvusIndex.open(Milvus(MilvusAddress(address, second), timeout=5), "users", dim=32)
        assert recall(renewed, units) > 0.98


def test_without_a_token_nothing_is_told_but_how_to_give_one(tmp_path, units):
    with milvus_server(tmp_path / "data", token=f"root:{PASSWORDS[0]}") as (address, _):
        with pytest.raises(ServiceError, match="UCF_VECTORS_TOKEN"):
            build_milvus(Milvus(MilvusAddress(address), timeout=5), "users", units, SPEC)
        assert os.environ.get("UCF_VECTORS_TOKEN") is None
