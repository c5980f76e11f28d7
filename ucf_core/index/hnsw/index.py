"""Approximate cosine search with hnswlib's HNSW graph (Malkov & Yashunin 2018)."""

import logging
import threading
from pathlib import Path
from typing import Any

import hnswlib
import numpy as np
from numpy.typing import NDArray

from ucf_core.base.cores import usable_cores
from ucf_core.base.errors import ArtifactError
from ucf_core.base.memory import check_memory
from ucf_core.base.progress import Progress
from ucf_core.base.specs import HnswSpec
from ucf_core.index.base import Hits, breadths, check_k
from ucf_core.index.exact import ExactIndex
from ucf_core.index.hnsw.file_layout import DamageError, GraphFile, read_graph_file

_log = logging.getLogger(__name__)

# Up to here one thread builds a graph in a few seconds, and builds the same one every time.
_REPRODUCIBLE_ROWS = 20_000

# Rows times breadth inserted between two reports of progress (a fraction of a second), and the most rows.
_PIECE = 400_000
_MOST_ROWS = 10_000

# Starting threads costs more than so many searches.
_ONE_THREAD = 256

# Stored vectors are normalised once more by hnswlib, which moves them by float32 rounding.
_ROUNDING = 1e-4


class HnswIndex:
    """An HNSW graph over unit vectors, made by `build` or `load`."""

    def __init__(self, graph: Any, unit_vectors: NDArray[np.float32], spec: HnswSpec) -> None:
        """`graph`: a filled hnswlib.Index whose labels are the rows of `unit_vectors`."""
        self.spec = spec
        self._graph = graph
        self._exact = ExactIndex(unit_vectors)
        self.n_rows = len(unit_vectors)
        # ef is a setting of the whole hnswlib index: without the lock, two sessions would search with each other's.
        self._lock = threading.Lock()

    @classmethod
    def build(
        cls,
        unit_vectors: NDArray[np.float32],
        spec: HnswSpec,
        *,
        num_threads: int | None = None,
        progress: Progress | None = None,
    ) -> "HnswIndex":
        """Insert all rows, piece by piece; `progress` is called with (rows inserted, all rows) and may raise to stop.

        With one thread the graph is the same every time; with more it is not. By default up to 20,000 rows are
        inserted by one thread and more by all cores. Raises UcfError if less memory is available than needed.
        """
        n_rows, dim = unit_vectors.shape
        check_memory(
            hnsw_bytes(n_rows, dim, spec.M),
            f"an HNSW graph over {n_rows:,} users",
            "close other programs, choose a smaller M or dim, or engine='exact'",
        )
        threads = num_threads or (1 if n_rows <= _REPRODUCIBLE_ROWS else usable_cores())
        graph = hnswlib.Index(space="cosine", dim=dim)
        graph.init_index(max_elements=n_rows, M=spec.M, ef_construction=spec.ef_construction, random_seed=spec.seed)
        piece = min(max(_PIECE // spec.ef_construction, 1), _MOST_ROWS)
        if progress is not None:
            progress(0, n_rows)
        for start in range(0, n_rows, piece):
            stop = min(start + piece, n_rows)
            graph.add_items(unit_vectors[start:stop], np.arange(start, stop), num_threads=threads)
            if progress is not None:
                progress(stop, n_rows)
        return cls(graph, unit_vectors, spec)

    def save(self, path: Path) -> None:
        """Write the graph in hnswlib's own binary format. Raises ArtifactError where that fails."""
        with self._lock:
            self._graph.save_index(str(path))
            expected = self._graph.index_file_size()
        # hnswlib does not check whether it could open and write the file
        if not path.is_file() or path.stat().st_size != expected:
            raise ArtifactError(f"{path} could not be written in full; free some space, or choose another folder")

    @classmethod
    def load(cls, path: Path, unit_vectors: NDArray[np.float32], spec: HnswSpec) -> "HnswIndex":
        """Read a graph that `save` wrote for the same vectors. Raises ArtifactError if it does not fit them."""
        check_graph_file(path, unit_vectors, spec)
        graph = hnswlib.Index(space="cosine", dim=unit_vectors.shape[1])
        try:
            graph.load_index(str(path), max_elements=len(unit_vectors))
        except RuntimeError as error:
            raise ArtifactError(
                f"{path} is not a readable HNSW graph ({error}); delete it to have it rebuilt"
            ) from error
        return cls(graph, unit_vectors, spec)

    def search(self, queries: NDArray[np.float32], *, k: int, ef: int) -> Hits:
        """The k rows found nearest to each unit query, (n_queries, dim), with a breadth of max(ef, k).

        A narrow search may not reach all parts of a graph and find fewer than k rows. Then the breadth is widened
        twice, and at last exact search answers; `Hits.engine` and `Hits.ef` report it (of many queries, the widest).
        Up to 256 queries run in the caller's thread, more on all cores.
        """
        check_k(k, self.n_rows)
        for breadth in breadths(k, ef, self.n_rows):
            try:
                with self._lock:
                    self._graph.set_ef(breadth)
                    threads = 1 if len(queries) <= _ONE_THREAD else -1
                    rows, distances = self._graph.knn_query(queries, k=k, num_threads=threads)
            except RuntimeError as error:
                if len(queries) > 1:
                    # one query that finds too few must not widen the search of the others
                    return _joined([self.search(query[None], k=k, ef=ef) for query in queries])
                _log.warning("hnsw search with ef=%d found fewer than k=%d rows: %s", breadth, k, error)
            else:
                cosines = np.clip(1.0 - distances, -1.0, 1.0)
                order = np.lexsort((rows, -cosines))
                rows = np.take_along_axis(rows, order, 1).astype(np.int32)
                return Hits(rows, np.take_along_axis(cosines, order, 1), "hnsw", breadth)
        return self._exact.search(queries, k=k)


def hnsw_bytes(n_rows: int, dim: int, M: int) -> int:
    """Bytes that an HNSW graph takes on top of the vectors it is built from.

    For each row a copy of the vector, 4 dim; up to 2 M links of the bottom layer and M of each layer above, 4 bytes
    each, in all 8 M + 4 M / (M - 1); label, lock, level and hash table, some 150. And 4 MB for threads.
    """
    return n_rows * (4 * dim + 8 * M + 4 * M // max(M - 1, 1) + 150) + 4_000_000


def check_graph_file(path: Path, unit_vectors: NDArray[np.float32], spec: HnswSpec) -> None:
    """Raise ArtifactError unless `path` holds a whole graph over `unit_vectors`, (n_rows, dim), built with `spec.M`.

    hnswlib itself loads a file of another dim without an error, and a damaged link crashes the process.
    """
    try:
        reason = _misfit(read_graph_file(path), unit_vectors, spec.M)
    except OSError as error:
        reason = error.strerror or str(error)
    except DamageError as damage:
        reason = str(damage)
    if reason:
        raise ArtifactError(f"{path} is not the HNSW graph that was expected: {reason}; delete it to have it rebuilt")


def _misfit(graph: GraphFile, unit_vectors: NDArray[np.float32], M: int) -> str | None:
    """Why a graph is not one over these vectors that hnswlib can safely search; None if it is."""
    n_rows, dim = unit_vectors.shape
    nodes, labels = graph.records, graph.records["label"]
    if graph.M != M:
        return f"it was not built with M={M}"
    if nodes.size != n_rows:
        return f"it holds {nodes.size:,} vectors, not {n_rows:,}"
    if nodes["vector"].shape[1] != dim:
        return f"its vectors do not have {dim} dimensions"
    if not np.array_equal(np.sort(labels), np.arange(n_rows, dtype=np.uint64)):
        return "its labels are not the rows"
    if nodes["mark"].any():
        return "a node is marked as deleted"
    if not np.allclose(nodes["vector"], unit_vectors[labels], rtol=0, atol=_ROUNDING):
        return "it was built over other vectors"
    n_links, links = nodes["n_links"][:, None], nodes["links"]
    if (n_links > 2 * M).any() or (links[np.arange(2 * M) < n_links] >= n_rows).any():
        return "a link of the bottom layer leads nowhere"
    return None


def _joined(parts: list[Hits]) -> Hits:
    """The hits of single queries as those of one search."""
    exact = any(part.engine == "exact" for part in parts)
    return Hits(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.similarities for part in parts]),
        "exact" if exact else "hnsw",
        None if exact else max(part.ef or 0 for part in parts),
    )
