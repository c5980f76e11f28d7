"""Builds: what questions need (biases, embedding, graph), built once, kept on disk and in memory."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.artifacts import ArtifactStore, refuse
from ucf_core.biases import Biases
from ucf_core.block_lanczos import Progress
from ucf_core.embedding import Embedding
from ucf_core.errors import ArtifactError, SpecError
from ucf_core.index.exact import ExactIndex, SparseExactIndex
from ucf_core.index.hnsw_graph import HnswGraph, graph_in_memory, open_graph
from ucf_core.index.hnsw_layers import GraphSummary, summarise_graph
from ucf_core.lru import LruCache
from ucf_core.neighbours import check_neighbour_count
from ucf_core.notices import Notices
from ucf_core.ratings import Ratings
from ucf_core.recipes import Recipe, biases_recipe, embedding_recipe, hnsw_recipe, sparse_hnsw_recipe
from ucf_core.specs import DEFAULT_DIM, QuerySpec
from ucf_core.weighting import weighted

_Built = TypeVar("_Built")

# Of each kind (graphs, unit vectors) this many stay in memory; at ml-25m's size a graph with its vectors is 200 MB.
_KEPT_OF_A_KIND = 4


@dataclass(frozen=True)
class Stage:
    """One step of getting ready: `cached` says that it was read from disk rather than computed.

    `settings` are those that tell it from others of its name: "dim 128, weighting raw, M 16".
    """

    name: str
    seconds: float
    cached: bool
    settings: str = ""


# What may differ between two builds of a kind of one dataset, as somebody sets it.
_TOLD_APART_BY = ("dim", "weighting", "M", "ef_construction")


def check_dim(query: QuerySpec, rank: int) -> None:
    """Raise SpecError where `query` asks for more dimensions than a matrix of that rank has."""
    if query.dim is not None and query.dim > rank:
        raise SpecError(f"dim={query.dim} exceeds the rank {rank} of this dataset; choose 1 <= dim <= {rank}")


class Builds:
    """Everything that is derived from one dataset and takes longer than a page may wait.

    Safe for many threads: each thing is made by the first who asks while others who want the same one wait, and never
    changes after.
    """

    has_raw_space = True
    """Whether rating rows can be searched; a dataset on a cluster does not offer it."""

    dims: tuple[int, ...] = ()
    """The dims that neighbours can be asked for, ascending; () where it is all up to the rank."""

    def __init__(self, ratings: Ratings, store: ArtifactStore | None) -> None:
        """`store` None keeps nothing on disk."""
        self.stages: list[Stage] = []
        self.notices = Notices()
        self._ratings = ratings
        self._store = store
        self._kept: dict[str, LruCache[tuple[Any, ...], Any]] = {}  # by kind, the first part of a key
        self._lock = threading.Lock()

    @property
    def biases(self) -> Biases:
        """The fitted bias model."""
        return self.fit_biases()

    def fit_biases(self, *, progress: Progress | None = None) -> Biases:
        """The fitted bias model; `progress` hears of the fitting, and may raise to stop it."""
        recipe = biases_recipe(self._ratings)
        return self._once(("biases",), lambda: self._stored(recipe, progress), progress)

    def embedding(self, query: QuerySpec | None = None, *, progress: Progress | None = None) -> Embedding:
        """The embedding that answers `query`, with at least `query.dim` factors.

        Raises SpecError where the matrix has fewer.
        """
        query = query or QuerySpec()
        check_dim(query, min(self._ratings.matrix.shape))
        recipe = embedding_recipe(self._ratings, query.embedding, lambda: self.weighted(query))
        embedding = self._once(("embedding", query.embedding), lambda: self._stored(recipe, progress), progress)
        check_dim(query, embedding.dim)
        return embedding

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
        """The NeighbourIndex that answers `query`; `progress` hears of what has to be built, and may raise to stop.

        A graph over the raw space cannot be stopped while nmslib builds it: see SparseHnswIndex.build.
        """
        if query.space == "raw":
            if query.chosen_engine == "hnsw":
                raw = sparse_hnsw_recipe(self._ratings, query, lambda: self.weighted(query))
                return self._once(self._graph_key(query), lambda: self._stored(raw, progress), progress)
            return self._once(self._raw_key(query), lambda: SparseExactIndex(self.weighted(query)))
        units = self.units(query, progress=progress)
        if query.chosen_engine == "exact":
            return ExactIndex(units)
        recipe = hnsw_recipe(self._ratings, query.embedding, query.hnsw, units)
        return self._once(self._graph_key(query), lambda: self._stored(recipe, progress), progress)

    def graph(self, query: QuerySpec) -> HnswGraph:
        """The graph that `index(query)` searches, as plain arrays: mapped from the store, or copied where it has none.

        Raises SpecError where no HNSW graph over the svd space answers `query`.
        """
        if query.space == "raw" or query.chosen_engine == "exact":
            raise SpecError("exact search and the raw space have no graph to read; choose space='svd', engine='hnsw'")
        index = self.index(query)

        def opened() -> HnswGraph:
            recipe = hnsw_recipe(self._ratings, query.embedding, query.hnsw, self.units(query))
            kept = self._store.find(recipe.kind, recipe.key, notices=self.notices) if self._store else None
            return open_graph(kept.path("graph.bin")) if kept else graph_in_memory(index)

        return self._once(("arrays", *self._graph_key(query)), opened)

    def graph_summary(self, query: QuerySpec) -> GraphSummary:
        """The layers, links and unreachable nodes of `graph(query)`."""
        return self._once(("summary", *self._graph_key(query)), lambda: summarise_graph(self.graph(query)))

    def in_memory(self, query: QuerySpec) -> bool:
        """Whether `index(query)` would answer at once."""
        if query.space == "raw" and query.chosen_engine == "exact":
            return self._in_memory(self._raw_key(query))
        if query.space == "raw":
            return self._in_memory(self._graph_key(query))
        if not self._in_memory(("embedding", query.embedding)):
            return False
        return query.chosen_engine == "exact" or self._in_memory(self._graph_key(query))

    def units(self, query: QuerySpec, *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Unit vectors of all users in the svd space of `query`: (n_users, dim) float32."""
        embedding = self.embedding(query, progress=progress)
        dim = self.dim(query)
        return self._once(("units", query.embedding, dim), lambda: embedding.unit_vectors(dim), progress)

    def vectors(self, query: QuerySpec, rows: NDArray[np.integer]) -> NDArray[np.float32] | csr_array:
        """The query vectors of users (rows) in the space of `query`."""
        return self.weighted(query)[rows] if query.space == "raw" else self.units(query)[rows]

    def weighted(self, query: QuerySpec) -> csr_array:
        """The rating matrix under `query.weighting`, (n_users, n_items) float32."""
        if query.weighting == "raw":
            return self._ratings.matrix
        return self._once(
            ("weighted", query.weighting), lambda: weighted(self._ratings.matrix, query.weighting, self.biases)
        )

    def kept(self, recipe: Recipe[_Built], *, progress: Progress | None = None) -> _Built:
        """What `recipe` makes, built once and kept like the rest; for what is made of the above, such as maps."""
        return self._once(_recipe_key(recipe), lambda: self._stored(recipe, progress), progress)

    def is_kept(self, recipe: Recipe[Any]) -> bool:
        """Whether what `recipe` makes is in memory or in the store, so that it need not be built."""
        if self._in_memory(_recipe_key(recipe)):
            return True
        return self._store is not None and self._store.find(recipe.kind, recipe.key) is not None

    def _raw_key(self, query: QuerySpec) -> tuple[Any, ...]:
        return ("raw", query.weighting)

    def _graph_key(self, query: QuerySpec) -> tuple[Any, ...]:
        if query.space == "raw":
            return ("sparse_hnsw", query.weighting, query.hnsw)
        return ("hnsw", query.embedding, self.dim(query), query.hnsw)

    def _once(self, key: tuple[Any, ...], make: Callable[[], _Built], progress: Progress | None = None) -> _Built:
        """The value of `key`, made by the first caller; others who want it wait, and `progress` may stop that."""
        with self._lock:
            kept = self._kept.setdefault(key[0], LruCache(_KEPT_OF_A_KIND))
        built: _Built = kept.get_or_compute(key, make, check=lambda: _ask(progress))
        return built

    def _in_memory(self, key: tuple[Any, ...]) -> bool:
        return key[0] in self._kept and key in self._kept[key[0]]

    def _stored(self, recipe: Recipe[_Built], progress: Progress | None = None) -> _Built:
        """Load an artifact, or build it and keep it; a disk that cannot be written costs only the keeping."""
        start = time.perf_counter()
        cached, loaded = self._loaded(recipe, progress)
        value: _Built = loaded
        if not cached:
            value = self._built_and_kept(self._store, recipe, progress) if self._store else recipe.build(progress)
        settings = ", ".join(f"{name} {recipe.key[name]}" for name in _TOLD_APART_BY if name in recipe.key)
        self.stages.append(Stage(recipe.kind, time.perf_counter() - start, cached, settings))
        return value

    def _loaded(self, recipe: Recipe[_Built], progress: Progress | None) -> tuple[bool, Any]:
        """(True, value) where the store has it, else (False, None)."""
        kept = self._store.find(recipe.kind, recipe.key, notices=self.notices) if self._store else None
        if kept is None:
            return False, None
        try:
            return True, recipe.load(kept, progress)
        except (ArtifactError, OSError, ValueError) as error:
            refuse(kept, error, self.notices, problem="does not fit")
            return False, None

    def _built_and_kept(self, store: ArtifactStore, recipe: Recipe[_Built], progress: Progress | None) -> _Built:
        with store.only_one(recipe.kind, recipe.key, check=lambda: _ask(progress)):
            # another process may have built it while this one waited for its turn
            cached, value = self._loaded(recipe, progress)
            if not cached:
                value = recipe.build(progress)
                try:
                    store.write(
                        recipe.kind,
                        recipe.key,
                        lambda folder: recipe.save(folder, value),
                        check=lambda: _ask(progress),
                    )
                except ArtifactError as error:
                    self.notices.add("not kept", f"{recipe.kind} is not kept for next time: {error}")
        built: _Built = value
        return built


def _recipe_key(recipe: Recipe[Any]) -> tuple[Any, ...]:
    return (recipe.kind, *sorted(recipe.key.items()))


def _ask(progress: Progress | None) -> None:
    """Let `progress` raise where nobody can tell how much is done."""
    if progress is not None:
        progress(0.0, None)
