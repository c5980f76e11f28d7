"""Cosine search in Milvus: an HNSW graph, or exact search, over vectors that need not fit this machine."""

import logging
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import ServiceError, SpecError
from ucf_core.base.specs import Engine
from ucf_core.index.base import Hits, breadths, check_k
from ucf_core.index.milvus.service import Milvus, NotLoadedError, NotThereError
from ucf_core.index.store import VectorIndex

_log = logging.getLogger(__name__)

ROW, UNIT = "row", "unit"

# The most rows that Milvus returns for a query.
MOST_HITS = 16_384

# Seconds that loading a collection into the server's memory may take.
LOADING = 600.0

# Bytes of vectors in one answer; gRPC limits the size of a message.
_ANSWER_BYTES = 16 * 2**20


class MilvusIndex:
    """A collection of unit vectors in Milvus, numbered by row. Safe to use from many threads."""

    def __init__(
        self, milvus: Milvus, alias: str, *, dim: int, n_rows: int, engine: Engine, exact: VectorIndex | None = None
    ) -> None:
        """Use `open`. `exact` answers where the graph gives too few rows."""
        self.dim = dim
        self.n_rows = n_rows
        self.engine: Engine = engine
        self._milvus = milvus
        self._alias = alias
        self._exact = exact

    @classmethod
    def open(
        cls, milvus: Milvus, alias: str, *, dim: int, engine: Engine = "hnsw", exact: VectorIndex | None = None
    ) -> "MilvusIndex":
        """The collection behind an alias, loaded. Raises ServiceError where it is missing or of another dimension."""
        try:
            found = milvus.call("describe_collection", alias)
        except NotThereError as error:
            raise ServiceError(
                f"{milvus.address.shown} holds no vectors called {alias}; build them with `ucf build --scheduler`, or "
                "choose a dim and weighting that were built"
            ) from error
        there = next((field["params"].get("dim") for field in found["fields"] if field["name"] == UNIT), None)
        if there is None or int(there) != dim:
            raise ServiceError(
                f"{milvus.address.shown} holds {alias} with dim={there}, expected dim={dim}; build it again"
            )
        milvus.call("load_collection", alias, timeout=LOADING)
        return cls(milvus, alias, dim=dim, n_rows=count(milvus, alias), engine=engine, exact=exact)

    def search(self, queries: NDArray[np.float32], *, k: int, ef: int = 0) -> Hits:
        """The k rows nearest to each unit query, (n_queries, dim), with a breadth of max(ef, k).

        If the graph gives fewer, the breadth is widened twice, and at last exact search answers if that was built.
        Similarities are summed here in float64 from the returned vectors: the last bits of Milvus's own differ from
        call to call. Raises ServiceError where Milvus does not answer.
        """
        check_k(k, self.n_rows)
        if k > MOST_HITS:
            raise SpecError(f"k={k} exceeds what Milvus returns of one query; choose k <= {MOST_HITS - 1:,}")
        if queries.shape[1] != self.dim:
            raise SpecError(f"queries of dim={queries.shape[1]} do not fit vectors of dim={self.dim}")
        rows = np.empty((len(queries), k), dtype=np.int32)
        similarities = np.empty((len(queries), k), dtype=np.float32)
        batch = max(1, _ANSWER_BYTES // (4 * self.dim * k))
        engine, widest, ef = self.engine, 0, max(ef, k)
        for start in range(0, len(queries), batch):
            for number, answer in enumerate(self._answers(queries[start : start + batch], k, ef), start):
                query = queries[number]
                hits = self._hits(query, answer, ef) if len(answer) == k else self._wider(query, k, ef)
                rows[number], similarities[number] = hits.rows[0], hits.similarities[0]
                engine = "exact" if hits.engine == "exact" else engine
                widest = max(widest, hits.ef or 0)
        return Hits(rows, similarities, engine, None if engine == "exact" else widest)

    def vectors(self, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """The unit vectors of some rows, (n, dim) float32, in their order."""
        units = np.empty((len(rows), self.dim), dtype=np.float32)
        batch = max(1, _ANSWER_BYTES // (4 * self.dim))
        for start in range(0, len(rows), batch):
            wanted = rows[start : start + batch].tolist()
            found = self._call("get", ids=sorted(set(wanted)), output_fields=[ROW, UNIT])
            of_row = {int(entity[ROW]): entity[UNIT] for entity in found}
            lacking = [row for row in wanted if row not in of_row]
            if lacking:
                raise ServiceError(
                    f"{self._milvus.address.shown} holds no vector of row {lacking[0]} in {self._alias}; build it again"
                )
            units[start : start + batch] = [of_row[row] for row in wanted]
        return units

    def _wider(self, query: NDArray[np.float32], k: int, ef: int) -> Hits:
        if self.engine == "exact":
            return self._with_rows_of_zeros(query, k)
        found = 0
        for breadth in breadths(k, ef, self.n_rows)[1:]:
            (answer,) = self._answers(query[None], k, breadth)
            found = len(answer)
            if found == k:
                return self._hits(query, answer, breadth)
        _log.warning("milvus search found %d of k=%d rows", found, k)
        if self._exact is None:
            raise ServiceError(f"the graph in {self._milvus.address.shown} gives {found} of {k} rows; raise ef")
        return self._exact.search(query[None], k=k, ef=ef)

    def _with_rows_of_zeros(self, query: NDArray[np.float32], k: int) -> Hits:
        """All rows by exact search, with cosine 0 for rows of zeros, which servers leave out."""
        (answer,) = self._answers(query[None], k, k)
        found = set(answer.ids)
        lacking = list(islice((row for row in range(self.n_rows) if row not in found), k))
        if self.vectors(np.array(lacking)).any():
            shown = self._milvus.address.shown
            raise ServiceError(f"{shown} gives {len(found)} of {k} rows by exact search; build {self._alias} again")
        hits = self._hits(query, answer, k)
        rows = np.append(hits.rows[0], np.array(lacking, dtype=np.int32))
        similarities = np.append(hits.similarities[0], np.zeros(len(lacking), dtype=np.float32))
        order = np.lexsort((rows, -similarities))[:k]
        return Hits(rows[None, order], similarities[None, order], "exact")

    def _answers(self, queries: NDArray[np.float32], k: int, ef: int) -> list[Any]:
        parameters = {} if self.engine == "exact" else {"ef": ef}
        answers: list[Any] = self._call(
            "search",
            data=list(queries),
            anns_field=UNIT,
            limit=k,
            search_params={"metric_type": "COSINE", "params": parameters},
            output_fields=[UNIT],
        )
        return answers

    def _call(self, name: str, **options: Any) -> Any:
        try:
            try:
                return self._milvus.call(name, self._alias, **options)
            except NotLoadedError:
                self._milvus.call("load_collection", self._alias, timeout=LOADING)
                return self._milvus.call(name, self._alias, **options)
        except NotThereError as error:
            raise ServiceError(
                f"{self._milvus.address.shown} no longer holds {self._alias}: the dataset was deleted or built anew; "
                "reload the page, or open it again"
            ) from error

    def _hits(self, query: NDArray[np.float32], answer: Any, ef: int) -> Hits:
        if not len(answer):
            return Hits(np.empty((1, 0), np.int32), np.empty((1, 0), np.float32), self.engine, None)
        rows = np.array(answer.ids, dtype=np.int32)  # servers may leave the name of the key out
        units = np.array([hit["entity"][UNIT] for hit in answer], dtype=np.float32)
        cosines = np.clip(np.einsum("ij,j->i", units, query, dtype=np.float64), -1.0, 1.0).astype(np.float32)
        order = np.lexsort((rows, -cosines))
        return Hits(rows[None, order], cosines[None, order], self.engine, None if self.engine == "exact" else ef)


def count(milvus: Milvus, name: str) -> int:
    """How many rows a loaded collection or alias holds."""
    answer = milvus.call("query", name, filter="", output_fields=["count(*)"], consistency_level="Strong")
    return int(answer[0]["count(*)"])
