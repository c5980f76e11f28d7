"""Milvus as a vector store; see `ucf_core.index.store`."""

from pathlib import Path

from ucf_core.base.specs import Engine, HnswSpec
from ucf_core.index.milvus.build import MilvusBuild, behind
from ucf_core.index.milvus.index import MilvusIndex
from ucf_core.index.milvus.service import ADDRESSES, TIMEOUT, Milvus, MilvusAddress, NotThereError
from ucf_core.index.store import StoreKind, VectorIndex


class MilvusStore(Milvus):
    """A Milvus server, or a file of Milvus Lite."""

    title = "Milvus"

    @property
    def uri(self) -> str:
        """A path ending in .db, or a server's address."""
        return self.address.uri

    @property
    def shown(self) -> str:
        """What messages call it."""
        return self.address.shown

    @property
    def is_shared(self) -> bool:
        """Whether this is a server: one process at a time can open a file of Milvus Lite."""
        return not self.address.is_file

    def exists(self) -> bool:
        """False for a file that is not there."""
        return self.is_shared or Path(self.uri).exists()

    def collections(self) -> set[str]:
        """The names of all collections, published or not."""
        return set(self.call("list_collections"))

    def published(self, alias: str) -> str | None:
        """The collection that an alias points to; None where there is no such alias."""
        return behind(self, alias)

    def begin(self, alias: str, *, collection: str, dim: int, spec: HnswSpec, engine: Engine) -> MilvusBuild:
        """Create an empty collection for an alias."""
        return MilvusBuild.begin(self, alias, dim=dim, spec=spec, engine=engine, collection=collection)

    def open(self, alias: str, *, dim: int, engine: Engine = "hnsw", exact: VectorIndex | None = None) -> MilvusIndex:
        """The collection behind an alias, loaded."""
        return MilvusIndex.open(self, alias, dim=dim, engine=engine, exact=exact)

    def drop(self, alias: str) -> bool:
        """Drop an alias and the collection behind it; False where there is none."""
        collection = behind(self, alias)
        if collection is None:
            return False
        self.call("drop_alias", alias)
        self.call("drop_collection", collection)
        return True

    def drop_unused(self, collection: str) -> bool:
        """Drop a collection unless it is not there or an alias points to it; whether it was dropped."""
        try:
            if self.call("list_aliases", collection)["aliases"]:
                return False
            self.call("drop_collection", collection)
        except NotThereError:
            return False
        return True


def _open(address: str, timeout: float | None) -> MilvusStore:
    return MilvusStore(MilvusAddress.parse(address), timeout=TIMEOUT if timeout is None else timeout)


MILVUS = StoreKind("Milvus", ("milvus-lite", "http", "https"), ADDRESSES, _open)
