"""Builds: what questions need (biases, embedding, graph), built once, kept on disk and in memory."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.artifacts import ArtifactStore
from ucf_core.biases import Biases
from ucf_core.block_lanczos import Progress
from ucf_core.embedding import Embedding
from ucf_core.errors import ArtifactError, SpecError
from ucf_core.index.exact import ExactIndex, SparseExactIndex
from ucf_core.neighbours import check_neighbour_count
from ucf_core.ratings import Ratings
from ucf_core.recipes import Recipe, biases_recipe, embedding_recipe, hnsw_recipe, sparse_hnsw_recipe
from ucf_core.specs import DEFAULT_DIM, QuerySpec

_log = logging.getLogger(__name__)
_Built = TypeVar("_Built")

# Of each kind (graphs, unit vectors) this many stay in memory; at ml-25m's size a graph with its vectors is 200 MB.
_KEPT_OF_A_KIND = 4


@dataclass(frozen=True)
class Stage:
    """One step of getting ready: `cached` says that it was read from disk rather than computed."""

    name: str
    seconds: float
    cached: bool


class Builds:
    """Everything that is derived from one dataset and takes longer than a page may wait.

    Safe for many threads: each thing is made by the first who asks while others who want the same one wait, and never
    changes after.
    """

    def __init__(self, ratings: Ratings, store: ArtifactStore | None) -> None:
        """`store` None keeps nothing on disk."""
        self.stages: list[Stage] = []
        self._ratings = ratings
        self._store = store
        self._kept: dict[tuple[Any, ...], Any] = {}
        self._used: dict[tuple[Any, ...], float] = {}
        self._lock = threading.Lock()
        self._making: dict[tuple[Any, ...], threading.Lock] = {}

    @property
    def biases(self) -> Biases:
        """The fitted bias model."""
        return self._once(("biases",), lambda: self._stored(biases_recipe(self._ratings)))

    def embedding(self, query: QuerySpec | None = None, *, progress: Progress | None = None) -> Embedding:
        """The embedding that answers `query`, with at least `query.dim` factors.

        Raises SpecError where the matrix has fewer.
        """
        query = query or QuerySpec()
        self._check_dim(query, min(self._ratings.matrix.shape))
        recipe = embedding_recipe(self._ratings, query.embedding)
        embedding = self._once(("embedding", query.embedding), lambda: self._stored(recipe, progress))
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
        if query.space == "svd":
            self.embedding(query)

    def index(self, query: QuerySpec, *, progress: Progress | None = None) -> Any:
        """The NeighbourIndex that answers `query`; `progress` hears of the building of a graph."""
        if query.space == "raw":
            if query.chosen_engine == "hnsw":
                raw = sparse_hnsw_recipe(self._ratings, query.hnsw)
                return self._once(self._graph_key(query), lambda: self._stored(raw, progress))
            return self._once(("raw",), lambda: SparseExactIndex(self._ratings.matrix))
        units = self.units(query)
        if query.chosen_engine == "exact":
            return ExactIndex(units)
        recipe = hnsw_recipe(self._ratings, query.embedding, query.hnsw, units)
        return self._once(self._graph_key(query), lambda: self._stored(recipe, progress))

    def in_memory(self, query: QuerySpec) -> bool:
        """Whether `index(query)` would answer at once."""
        if query.space == "raw" and query.chosen_engine == "exact":
            return ("raw",) in self._kept
        if query.space == "raw":
            return self._graph_key(query) in self._kept
        if ("embedding", query.embedding) not in self._kept:
            return False
        return query.chosen_engine == "exact" or self._graph_key(query) in self._kept

    def units(self, query: QuerySpec) -> NDArray[np.float32]:
        """Unit vectors of all users in the svd space of `query`: (n_users, dim) float32."""
        dim = self.dim(query)
        embedding = self.embedding(query)
        return self._once(("units", query.embedding, dim), lambda: embedding.unit_vectors(dim))

    def vectors(self, query: QuerySpec, rows: NDArray[np.integer]) -> NDArray[np.float32] | csr_array:
        """The query vectors of users (rows) in the space of `query`."""
        return self._ratings.matrix[rows] if query.space == "raw" else self.units(query)[rows]

    def _graph_key(self, query: QuerySpec) -> tuple[Any, ...]:
        if query.space == "raw":
            return ("sparse_hnsw", query.hnsw)
        return ("hnsw", query.embedding, self.dim(query), query.hnsw)

    def _once(self, key: tuple[Any, ...], make: Callable[[], _Built]) -> _Built:
        """The kept value of `key`, made by the first caller while others who want the same one wait."""
        kept: _Built | None = self._kept.get(key)
        if kept is None:
            with self._lock:
                making = self._making.setdefault(key, threading.Lock())
            with making:
                kept = self._kept.get(key)
                if kept is None:
                    kept = make()
                    self._keep(key, kept)
        self._used[key] = time.monotonic()
        return kept

    def _keep(self, key: tuple[Any, ...], value: Any) -> None:
        """Keep a value, in the place of the one of its kind that was not asked for the longest."""
        with self._lock:
            same_kind = [other for other in self._kept if other[0] == key[0]]
            if len(same_kind) >= _KEPT_OF_A_KIND:
                del self._kept[min(same_kind, key=lambda other: self._used.get(other, 0.0))]
            self._kept[key] = value

    def _stored(self, recipe: Recipe[_Built], progress: Progress | None = None) -> _Built:
        """Load an artifact, or build it and keep it; a disk that cannot be written costs only the keeping."""
        start = time.perf_counter()
        cached, loaded = self._loaded(recipe)
        value: _Built = loaded
        if not cached:
            value = self._built_and_kept(self._store, recipe, progress) if self._store else recipe.build(progress)
        self.stages.append(Stage(recipe.kind, time.perf_counter() - start, cached))
        return value

    def _loaded(self, recipe: Recipe[_Built]) -> tuple[bool, Any]:
        """(True, value) where the store has it, else (False, None)."""
        kept = self._store.find(recipe.kind, recipe.key) if self._store else None
        if kept is None:
            return False, None
        try:
            return True, recipe.load(kept)
        except (ArtifactError, OSError, ValueError) as error:
            _log.warning("%s in %s does not fit (%s); it is built again", recipe.kind, kept.folder, error)
            kept.discard()
            return False, None

    def _built_and_kept(self, store: ArtifactStore, recipe: Recipe[_Built], progress: Progress | None) -> _Built:
        with store.only_one(recipe.kind, recipe.key):
            # another process may have built it while this one waited for its turn
            cached, value = self._loaded(recipe)
            if not cached:
                value = recipe.build(progress)
                try:
                    store.write(recipe.kind, recipe.key, lambda folder: recipe.save(folder, value))
                except ArtifactError as error:
                    _log.warning("%s is not kept for next time: %s", recipe.kind, error)
        built: _Built = value
        return built
