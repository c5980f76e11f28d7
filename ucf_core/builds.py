"""Builds: what questions need (biases, embedding, graph), built once, kept on disk and in memory."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.artifacts import Artifact, ArtifactStore, Key, save_array
from ucf_core.biases import Biases, fit_biases
from ucf_core.embedding import Embedding, fit_embedding
from ucf_core.errors import ArtifactError, SpecError
from ucf_core.index.exact import ExactIndex, SparseExactIndex
from ucf_core.index.hnsw import HnswIndex
from ucf_core.neighbours import check_neighbour_count
from ucf_core.ratings import Ratings
from ucf_core.specs import DEFAULT_DIM, EmbeddingSpec, HnswSpec, QuerySpec

_log = logging.getLogger(__name__)
_Built = TypeVar("_Built")

# Of each kind (graphs, unit vectors) this many stay in memory; at ml-25m's size a graph with its vectors is 200 MB.
_KEPT_OF_A_KIND = 6


@dataclass(frozen=True)
class Stage:
    """One step of getting ready: `cached` says that it was read from disk rather than computed."""

    name: str
    seconds: float
    cached: bool


class Builds:
    """Everything that is derived from one dataset and takes longer than a page may wait.

    Safe for many threads: each thing is made by the first who asks while the others wait, and never changes after.
    """

    def __init__(self, ratings: Ratings, store: ArtifactStore | None) -> None:
        """`store` None keeps nothing on disk."""
        self.stages: list[Stage] = []
        self._ratings = ratings
        self._store = store
        self._lock = threading.RLock()
        self._kept: dict[tuple[Any, ...], Any] = {}

    @property
    def biases(self) -> Biases:
        """The fitted bias model."""
        return self._once(("biases",), self._load_biases)

    def embedding(self, query: QuerySpec | None = None) -> Embedding:
        """The embedding that answers `query`, with at least `query.dim` factors.

        Raises SpecError where the matrix has fewer.
        """
        query = query or QuerySpec()
        self._check_dim(query, min(self._ratings.matrix.shape))
        embedding = self._once(("embedding", query.embedding), lambda: self._load_embedding(query.embedding))
        self._check_dim(query, embedding.dim)
        return embedding

    def _check_dim(self, query: QuerySpec, rank: int) -> None:
        if query.dim is not None and query.dim > rank:
            raise SpecError(f"dim={query.dim} exceeds the rank {rank} of this dataset; choose 1 <= dim <= {rank}")

    def dim(self, query: QuerySpec) -> int | None:
        """The dimension that answers `query`: its own, or the default one; None in the raw space."""
        if query.space == "raw":
            return None
        return query.dim or min(DEFAULT_DIM, self.embedding(query).dim)

    def check(self, query: QuerySpec) -> None:
        """Raise SpecError where the data do not allow `query`."""
        check_neighbour_count(query.k, self._ratings.n_users)
        self.dim(query)
        if query.space == "svd":
            self.embedding(query)

    def index(self, query: QuerySpec) -> Any:
        """The NeighbourIndex that answers `query`."""
        if query.space == "raw":
            if query.chosen_engine == "hnsw":
                raise SpecError("engine='hnsw' does not search the raw space; choose engine='exact' or space='svd'")
            return self._once(("raw",), lambda: SparseExactIndex(self._ratings.matrix))
        dim = self.dim(query)
        units = self.units(query)
        if query.chosen_engine == "exact":
            return ExactIndex(units)
        key = ("hnsw", query.embedding, dim, query.hnsw)
        return self._once(key, lambda: self._load_hnsw(query.embedding, query.hnsw, units))

    def units(self, query: QuerySpec) -> NDArray[np.float32]:
        """Unit vectors of all users in the svd space of `query`: (n_users, dim) float32."""
        dim = self.dim(query)
        embedding = self.embedding(query)
        return self._once(("units", query.embedding, dim), lambda: embedding.unit_vectors(dim))

    def vectors(self, query: QuerySpec, rows: NDArray[np.integer]) -> NDArray[np.float32] | csr_array:
        """The query vectors of users (rows) in the space of `query`."""
        return self._ratings.matrix[rows] if query.space == "raw" else self.units(query)[rows]

    def _once(self, key: tuple[Any, ...], make: Callable[[], _Built]) -> _Built:
        """The kept value of `key`, made by the first caller while the others wait."""
        kept = self._kept.get(key)
        if kept is None:
            with self._lock:
                kept = self._kept.get(key)
                if kept is None:
                    kept = make()
                    same_kind = [other for other in self._kept if other[0] == key[0]]
                    if len(same_kind) >= _KEPT_OF_A_KIND:
                        del self._kept[same_kind[0]]
                    self._kept[key] = kept
        built: _Built = kept
        return built

    def _load_biases(self) -> Biases:
        def save(folder: Path, biases: Biases) -> None:
            save_array(folder, "user", biases.user)
            save_array(folder, "item", biases.item)
            save_array(folder, "mean", np.array(biases.mean))

        return self._stored(
            "biases",
            {"fingerprint": self._ratings.fingerprint},
            build=lambda: fit_biases(self._ratings.matrix),
            save=save,
            load=lambda kept: Biases(float(kept.array("mean")), kept.array("user"), kept.array("item")),
        )

    def _load_embedding(self, spec: EmbeddingSpec) -> Embedding:
        def save(folder: Path, embedding: Embedding) -> None:
            save_array(folder, "user_vectors", embedding.user_vectors)
            save_array(folder, "item_vectors", embedding.item_vectors)
            save_array(folder, "singular_values", embedding.singular_values)

        return self._stored(
            "embedding",
            {
                "fingerprint": self._ratings.fingerprint,
                "dim": spec.dim,
                "weighting": spec.weighting,
                "seed": spec.seed,
            },
            build=lambda: fit_embedding(self._ratings.matrix, spec),
            save=save,
            load=lambda kept: Embedding(
                kept.array("user_vectors"), kept.array("item_vectors"), kept.array("singular_values"), spec
            ),
        )

    def _load_hnsw(self, embedding: EmbeddingSpec, spec: HnswSpec, units: NDArray[np.float32]) -> HnswIndex:
        return self._stored(
            "hnsw",
            {
                "fingerprint": self._ratings.fingerprint,
                "dim": int(units.shape[1]),
                "weighting": embedding.weighting,
                "M": spec.M,
                "ef_construction": spec.ef_construction,
                "seed": spec.seed,
            },
            build=lambda: HnswIndex.build(units, spec),
            save=lambda folder, index: index.save(folder / "graph.bin"),
            load=lambda kept: HnswIndex.load(kept.path("graph.bin"), units, spec),
        )

    def _stored(
        self,
        kind: str,
        key: Key,
        *,
        build: Callable[[], _Built],
        save: Callable[[Path, _Built], None],
        load: Callable[[Artifact], _Built],
    ) -> _Built:
        """Load an artifact, or build it and keep it; a disk that cannot be written costs only the keeping."""
        start = time.perf_counter()
        kept = self._store.find(kind, key) if self._store else None
        if kept:
            try:
                value = load(kept)
            except (ArtifactError, OSError, ValueError) as error:
                _log.warning("%s in %s does not fit (%s); it is built again", kind, kept.folder, error)
                kept.discard()
                kept = None
        if not kept:
            value = build()
            if self._store:
                try:
                    self._store.write(kind, key, lambda folder: save(folder, value))
                except ArtifactError as error:
                    _log.warning("%s is not kept for next time: %s", kind, error)
        self.stages.append(Stage(kind, time.perf_counter() - start, kept is not None))
        return value
