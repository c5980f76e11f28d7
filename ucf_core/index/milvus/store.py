"""Milvus as a vector store: collections are built under a new name and published in one step when they are complete."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import ServiceError
from ucf_core.base.progress import Progress
from ucf_core.base.specs import Engine, HnswSpec
from ucf_core.index.milvus.index import LOADING, ROW, UNIT, MilvusIndex, count
from ucf_core.index.milvus.service import ADDRESSES, TIMEOUT, Milvus, MilvusAddress, NotThereError, pymilvus
from ucf_core.index.store import StoreKind, VectorIndex, new_name

# Bytes of vectors in one message; a server accepts 64 MB by default.
_MESSAGE_BYTES = 8 * 2**20

# Seconds between two checks whether the graph is built.
_PATIENCE = 0.1

# Seconds that a message of this size may take to be written.
_WRITING = 120.0


@dataclass(frozen=True)
class MilvusBuild:
    """A collection that is being filled; many processes may `add` to it, one calls `publish`.

    Attributes:
        alias: the name by which it is found once it is published.
        collection: its own name.
        dim: dimension of its vectors.
        spec: parameters of the HNSW graph, which is built when all vectors are there.
        engine: "exact" for a collection without a graph.
    """

    milvus: Milvus
    alias: str
    collection: str
    dim: int
    spec: HnswSpec
    engine: Engine = "hnsw"

    @classmethod
    def begin(
        cls,
        milvus: Milvus,
        alias: str,
        *,
        dim: int,
        spec: HnswSpec,
        engine: Engine = "hnsw",
        collection: str | None = None,
    ) -> "MilvusBuild":
        """Create an empty collection without an alias; its own name is by default a `new_name`."""
        types = pymilvus()
        schema = types.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(ROW, types.DataType.INT64, is_primary=True)
        schema.add_field(UNIT, types.DataType.FLOAT_VECTOR, dim=dim)
        made = cls(milvus, alias, collection or new_name(alias), dim, spec, engine)
        milvus.call("create_collection", made.collection, schema=schema, timeout=_WRITING)
        return made

    def add(self, rows: NDArray[np.integer], units: NDArray[np.float32]) -> None:
        """Upsert unit vectors, (n, dim), under their row numbers; repeating it changes nothing."""
        batch = max(1, _MESSAGE_BYTES // (4 * self.dim))
        for start in range(0, len(rows), batch):
            some = slice(start, start + batch)
            entities = [{ROW: row, UNIT: unit} for row, unit in zip(rows[some].tolist(), units[some], strict=True)]
            self.milvus.call("upsert", self.collection, entities, timeout=_WRITING)

    def publish(self, n_rows: int, progress: Progress | None = None) -> None:
        """Switch the alias to this collection and drop the one before; `progress` may raise to stop waiting.

        Raises ServiceError unless the collection holds `n_rows`.
        """
        call = self.milvus.call
        call("flush", self.collection, timeout=LOADING)
        parameters = pymilvus().MilvusClient.prepare_index_params()
        graph = {"M": self.spec.M, "efConstruction": self.spec.ef_construction} if self.engine == "hnsw" else {}
        parameters.add_index(UNIT, index_type="HNSW" if graph else "FLAT", metric_type="COSINE", params=graph)
        call("create_index", self.collection, parameters, timeout=LOADING)
        self._wait_for_index(progress)
        call("load_collection", self.collection, timeout=LOADING)
        there = count(self.milvus, self.collection)
        if there != n_rows:
            raise ServiceError(
                f"{self.milvus.address.shown} holds {there:,} of {n_rows:,} vectors of {self.alias}; build it again"
            )
        former = behind(self.milvus, self.alias)
        call("alter_alias" if former else "create_alias", self.collection, self.alias)
        if former:
            call("drop_collection", former)

    def _wait_for_index(self, progress: Progress | None) -> None:
        """Wait until the server has built the graph in the background."""
        while True:
            state = self.milvus.call("describe_index", self.collection, UNIT)
            if not int(state.get("pending_index_rows", 0)) and state.get("state", "Finished") == "Finished":
                return
            if state.get("state") == "Failed":
                raise ServiceError(f"{self.milvus.address.shown} could not build the graph of {self.alias}; try again")
            if progress is not None:
                progress(float(state.get("indexed_rows", 0)), float(state.get("total_rows", 0)) or None)
            time.sleep(_PATIENCE)


def behind(milvus: Milvus, alias: str) -> str | None:
    """The collection that an alias points to; None where there is no such alias."""
    try:
        return str(milvus.call("describe_alias", alias)["collection_name"])
    except NotThereError:
        return None


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
