"""Approximate cosine search in the raw rating space with nmslib's HNSW over sparse vectors (Malkov & Yashunin 2018).

Nothing becomes dense: a distance is the merge of two users' rating rows. Needs the optional extra `raw`.
"""

import hashlib
import importlib
import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from ucf_core.base.arrays import row_lengths
from ucf_core.base.cores import usable_cores
from ucf_core.base.errors import ArtifactError, MissingExtraError
from ucf_core.base.files.json_reader import read_json
from ucf_core.base.memory import check_memory
from ucf_core.base.progress import Progress
from ucf_core.base.specs import HnswSpec
from ucf_core.index.base import Hits, breadths, check_k
from ucf_core.index.exact import SparseExactIndex

_log = logging.getLogger(__name__)

# Rows handed to nmslib at once; it holds the GIL meanwhile, for some 20 ms.
_CHUNK = 2048

_digest = partial(hashlib.blake2b, digest_size=16)

_GRAPH, _ABOUT = "graph.bin", "graph.json"


class SparseHnswIndex:
    """An HNSW graph over sparse rating rows, made by `build` or `load`.

    Rows of zeros have no direction and are not in the graph; exact search answers for them.
    """

    def __init__(self, graph: Any, matrix: csr_array, spec: HnswSpec) -> None:
        """`graph`: a filled nmslib index whose ids are the rows of `matrix` that are not zero."""
        self.spec = spec
        self._graph = graph
        self._matrix = matrix
        self.n_rows = int(matrix.shape[0])
        # ef is a setting of the whole nmslib index: without the lock, two sessions would search with each other's.
        self._lock = threading.Lock()

    @classmethod
    def build(
        cls,
        matrix: csr_array,
        spec: HnswSpec,
        *,
        num_threads: int | None = None,
        progress: Progress | None = None,
    ) -> "SparseHnswIndex":
        """Insert all rows of `matrix`, (n_rows, n_items), with `num_threads` threads (default: all cores).

        `progress` is called with (0, n_rows) while rows are copied. Then nmslib builds the graph in one call that
        cannot be interrupted: minutes for a hundred thousand users. nmslib uses its own random generator, so
        `spec.seed` has no effect and two builds differ. Raises MissingExtraError without nmslib, UcfError if less
        memory is available than needed.
        """
        check_memory(
            sparse_hnsw_bytes(matrix.shape[0], matrix.nnz, spec.M),
            f"an HNSW graph over the ratings of {matrix.shape[0]:,} users",
            "close other programs, choose a smaller M, space='svd' or engine='exact'",
        )
        graph = _with_rows(matrix, progress)
        threads = num_threads or usable_cores()
        # a second pass over the graph ("post") costs more than the same recall by a larger ef_construction
        parameters = {"M": spec.M, "efConstruction": spec.ef_construction, "indexThreadQty": threads, "post": 0}
        graph.createIndex(parameters, print_progress=False)
        if progress:
            progress(matrix.shape[0], matrix.shape[0])
        return cls(graph, matrix, spec)

    def save(self, folder: Path) -> None:
        """Write the graph, in nmslib's own format and without the rows, and what it belongs to, into `folder`.

        Raises ArtifactError where that fails.
        """
        try:
            with self._lock:
                self._graph.saveIndex(str(folder / _GRAPH), save_data=False)
            about = _about(self._matrix, self.spec, folder / _GRAPH)
            (folder / _ABOUT).write_text(json.dumps(about, indent=1), encoding="utf-8")
        except (RuntimeError, OSError) as error:
            raise ArtifactError(
                f"the graph could not be written to {folder} ({error}); free some space, or choose another folder"
            ) from error

    @classmethod
    def load(
        cls, folder: Path, matrix: csr_array, spec: HnswSpec, *, progress: Progress | None = None
    ) -> "SparseHnswIndex":
        """Read a graph that `save` wrote for the same matrix and spec. Raises ArtifactError if it does not fit them.

        The checksum is verified first, because nmslib checks nothing. `progress` is called with (0, n_rows) while rows
        are copied.
        """
        try:
            found = read_json(folder / _ABOUT, dict)
            expected = _about(matrix, spec, folder / _GRAPH)
            if wrong := [name for name in expected if found.get(name) != expected[name]]:
                raise ArtifactError(
                    f"{folder} does not hold the graph that was expected: {', '.join(wrong)} differs; "
                    "delete it to have it rebuilt"
                )
            graph = _with_rows(matrix, progress)
            graph.loadIndex(str(folder / _GRAPH), load_data=False)
        except (OSError, ValueError, RuntimeError) as error:
            raise ArtifactError(f"{folder} holds no readable graph ({error}); delete it to have it rebuilt") from error
        return cls(graph, matrix, spec)

    def search(self, queries: csr_array, *, k: int, ef: int) -> Hits:
        """The k rows found nearest to each query, (n_queries, n_items) sparse, with a breadth of max(ef, k).

        A query that finds fewer than k rows of positive cosine is searched wider, twice, and at last exactly, which
        fills up with rows of cosine 0. `Hits.engine` and `Hits.ef` report it (of many queries, the widest).
        """
        check_k(k, self.n_rows)
        rows = np.zeros((queries.shape[0], k), dtype=np.int32)
        similarities = np.zeros(rows.shape, dtype=np.float32)
        # a query without a direction is as near to one row as to another
        directed = row_lengths(queries) > 0
        open_queries, answered_by = np.flatnonzero(directed), 0
        for breadth in breadths(k, ef, self.n_rows):
            if not open_queries.size:
                break
            with self._lock:
                self._graph.setQueryTimeParams({"efSearch": breadth})
                threads = min(usable_cores(), open_queries.size)
                found = self._graph.knnQueryBatch(queries[open_queries], k=k, num_threads=threads)
            starved = []
            for query, (ids, distances) in zip(open_queries.tolist(), found, strict=True):
                cosines = np.clip(1.0 - distances, -1.0, 1.0)
                if ids.size < k or cosines.min() <= 0:
                    starved.append(query)
                    continue
                order = np.lexsort((ids, -cosines))
                rows[query], similarities[query] = ids[order], cosines[order]
                answered_by = breadth
            if starved:
                _log.info("hnsw search with ef=%d found fewer than k=%d rows for %d queries", breadth, k, len(starved))
            open_queries = np.array(starved, dtype=np.intp)
        left = np.union1d(open_queries, np.flatnonzero(~directed))
        if left.size:
            with self._lock:  # one thread creates it
                exact = self._exact
            hits = exact.search(queries[left], k=k)
            rows[left], similarities[left] = hits.rows, hits.similarities
            return Hits(rows, similarities, "exact")
        return Hits(rows, similarities, "hnsw", answered_by or max(ef, k))

    @cached_property
    def _exact(self) -> SparseExactIndex:
        """Created when first needed: its inverted lists take more memory than the graph."""
        return SparseExactIndex(self._matrix)


def sparse_hnsw_bytes(n_rows: int, nnz: int, M: int) -> int:
    """Bytes that nmslib's graph takes on top of the ratings it is built from.

    Each rating as id and value, 8, twice; for each row its objects, some 400, and up to 2 M links of the bottom layer,
    4 bytes each. And 4 MB for threads.
    """
    return 16 * nnz + n_rows * (8 * M + 400) + 4_000_000


def _with_rows(matrix: csr_array, progress: Progress | None) -> Any:
    """A new nmslib index that holds the rows of `matrix` that are not zero, without links yet."""
    nmslib = _nmslib()
    index = nmslib.init(method="hnsw", space="cosinesimil_sparse_fast", data_type=nmslib.DataType.SPARSE_VECTOR)
    directed = np.flatnonzero(row_lengths(matrix) > 0).astype(np.int32)
    for start in range(0, directed.size, _CHUNK):
        if progress is not None:
            progress(0, matrix.shape[0])
        rows = directed[start : start + _CHUNK]
        index.addDataPointBatch(matrix[rows], rows)
    return index


def _nmslib() -> Any:
    """The module nmslib, without its output on the terminal."""
    try:
        with _no_stderr():
            nmslib = importlib.import_module("nmslib")
    except ImportError as error:
        raise MissingExtraError(
            "engine='hnsw' in the raw space needs the package nmslib: run `uv sync --group raw` or "
            "`pip install \"ucf-explorer[raw]\"`; engine='exact' works without it"
        ) from error
    # failures are also raised
    logging.getLogger("nmslib").setLevel(logging.CRITICAL + 1)
    return nmslib


@contextmanager
def _no_stderr() -> Iterator[None]:
    """Discard what native code writes to standard error."""
    try:
        terminal = os.dup(2)
    except OSError:  # there is none
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


def _about(matrix: csr_array, spec: HnswSpec, path: Path) -> dict[str, int | str]:
    """What a graph belongs to, and the size and checksum of its file."""
    digest = _digest()
    for array in (matrix.indptr, matrix.indices, matrix.data):
        digest.update(np.ascontiguousarray(array).data)
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, _digest).hexdigest()
    return {
        "M": spec.M,
        "ef_construction": spec.ef_construction,
        "n_rows": int(matrix.shape[0]),
        "n_items": int(matrix.shape[1]),
        "ratings": digest.hexdigest(),
        "bytes": path.stat().st_size,
        "checksum": checksum,
    }
