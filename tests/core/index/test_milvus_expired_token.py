"""A token that expires while an index is open: every search says so, and goes on once it is renewed."""

import numpy as np
import pytest
from milvus_server import build_milvus

from ucf_core.base.errors import ServiceError
from ucf_core.base.specs import HnswSpec
from ucf_core.embedding.embedding import unit_rows
from ucf_core.index.milvus.index import MilvusIndex
from ucf_core.index.milvus.service import Milvus, MilvusAddress, pymilvus


@pytest.fixture
def milvus(tmp_path):
    service = Milvus(MilvusAddress.parse(f"milvus-lite:{tmp_path / 'vectors.db'}"))
    yield service
    service.close()


class Expiring:
    """A client of Milvus Lite whose token expires at some time."""

    def __init__(self, milvus) -> None:
        self.client = milvus._connected()
        self.expired = False

    def __getattr__(self, name: str):
        if self.expired:
            raise pymilvus().exceptions.MilvusException(message="UNAUTHENTICATED: token expired")
        return getattr(self.client, name)


def test_a_token_that_expires_after_the_index_was_opened_is_one_message_of_every_search(milvus):
    units = unit_rows(np.random.default_rng(3).standard_normal((600, 24)).astype(np.float32))
    build_milvus(milvus, "users", units, HnswSpec(M=16, ef_construction=300))
    client = Expiring(milvus)
    server = Milvus(MilvusAddress("http://host:19530", "s3cret"), connect=lambda *_, **__: client)
    index = MilvusIndex.open(server, "users", dim=24)
    found = index.search(units[:1], k=5, ef=100)
    client.expired = True
    message = "^Milvus at http://host:19530 refuses the token; set UCF_VECTORS_TOKEN"
    for ask in (lambda: index.search(units[:1], k=5, ef=100), lambda: index.vectors(np.array([3]))):
        with pytest.raises(ServiceError, match=message) as caught:
            ask()
        assert "s3cret" not in str(caught.value)
    client.expired = False
    np.testing.assert_array_equal(index.search(units[:1], k=5, ef=100).rows, found.rows)
