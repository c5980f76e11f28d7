"""Builds a collection in Milvus under a new name, and publishes it in one step when it is complete."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import ServiceError
from ucf_core.base.progress import Progress
from ucf_core.base.specs import Engine, HnswSpec
from ucf_core.index.milvus.index import LOADING, ROW, UNIT, count
from ucf_core.index.milvus.service import Milvus, NotThereError, pymilvus
from ucf_core.index.store import new_name

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
        call("create_index", self.collection, self._index(), timeout=LOADING)
        self._wait_for_index(progress)
        call("load_collection", self.collection, timeout=LOADING)
        there = count(self.milvus, self.collection)
        if there != n_rows:
            raise ServiceError(
                f"{self.milvus.address.shown} holds {there:,} of {n_rows:,} vectors of {self.alias}; build it again"
            )
        former = behind(self.milvus, self.alias)
        if former is None:
            call("create_alias", self.collection, self.alias)
        else:
            call("alter_alias", self.collection, self.alias)
            call("drop_collection", former)

    def _index(self) -> Any:
        parameters = pymilvus().MilvusClient.prepare_index_params()
        if self.engine == "hnsw":
            graph = {"M": self.spec.M, "efConstruction": self.spec.ef_construction}
            parameters.add_index(UNIT, index_type="HNSW", metric_type="COSINE", params=graph)
        else:
            parameters.add_index(UNIT, index_type="FLAT", metric_type="COSINE")
        return parameters

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
