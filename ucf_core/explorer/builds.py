"""What is derived from one dataset and takes long to make, each thing built once: biases, embedding, indexes, graph."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.errors import ArtifactError, SpecError
from ucf_core.base.files.artifacts import ArtifactStore, discard_damaged
from ucf_core.base.lru import LruCache
from ucf_core.base.notices import Notices
from ucf_core.base.progress import Progress
from ucf_core.base.specs import QuerySpec
from ucf_core.embedding.embedding import Embedding
from ucf_core.explorer.recipes import Recipe
from ucf_core.index.base import NeighbourIndex
from ucf_core.index.graph.graph import HnswGraph
from ucf_core.index.graph.summary import GraphSummary
from ucf_core.neighbours.neighbours import check_neighbour_count
from ucf_core.ratings.biases import Biases
from ucf_core.ratings.ratings import Ratings

_Built = TypeVar("_Built")

# Of each kind (graphs, unit vectors) this many stay in memory; at ml-25m's size a graph with its vectors is 200 MB.
_CACHED_OF_A_KIND = 4

# Settings that distinguish builds of one kind of one dataset.
_SETTINGS = ("dim", "weighting", "M", "ef_construction")


@dataclass(frozen=True)
class Stage:
    """One step of getting ready; `cached`: it was read from disk. `settings`: "dim 128, weighting raw, M 16"."""

    name: str
    seconds: float
    cached: bool
    settings: str = ""


class Builds(ABC):
    """All that is derived from one dataset: the newest of every kind stay in memory, and in a store where there is one.

    Safe for many threads: the first caller builds, others wait for the same value. A `progress` may raise to stop the
    work. Methods raise SpecError where the data, or what was built, do not allow `query`.

    Attributes:
        has_raw_space: whether rating rows can be searched; a dataset on a cluster does not offer it.
        dims: the dims that neighbours can be asked for, ascending; () where the rank is the only bound.
        stages: what was built or read so far, in order.
        notices: artifacts that were damaged and built again, or could not be saved.
    """

    has_raw_space = True
    dims: tuple[int, ...] = ()

    def __init__(self, ratings: Ratings, store: ArtifactStore | None) -> None:
        """`store` None saves nothing on disk."""
        self.stages: list[Stage] = []
        self.notices = Notices()
        self._ratings = ratings
        self._store = store
        self._caches: dict[str, LruCache[tuple[Any, ...], Any]] = {}  # by kind, the first part of a key
        self._lock = threading.Lock()

    @property
    def biases(self) -> Biases:
        """The fitted bias model."""
        return self.fit_biases()

    @abstractmethod
    def fit_biases(self, *, progress: Progress | None = None) -> Biases:
        """The fitted bias model."""

    @abstractmethod
    def embedding(self, query: QuerySpec | None = None, *, progress: Progress | None = None) -> Embedding:
        """The embedding that answers `query`, with at least `query.dim` factors."""

    @abstractmethod
    def dim(self, query: QuerySpec) -> int | None:
        """The dimension that answers `query`: its own, or the default one; None in the raw space."""

    def check(self, query: QuerySpec) -> None:
        """Raise SpecError where the data or the build do not allow `query`."""
        check_neighbour_count(query.k, self._ratings.n_users)
        if query.space == "svd":
            self.embedding(query)

    @abstractmethod
    def index(self, query: QuerySpec, *, progress: Progress | None = None) -> NeighbourIndex[Any]:
        """The index that answers `query`."""

    @abstractmethod
    def in_memory(self, query: QuerySpec) -> bool:
        """Whether `index(query)` would answer at once."""

    @abstractmethod
    def graph(self, query: QuerySpec) -> HnswGraph:
        """The HNSW graph over the svd space that `index(query)` searches, as plain arrays."""

    @abstractmethod
    def graph_summary(self, query: QuerySpec) -> GraphSummary:
        """The layers, links and unreachable nodes of `graph(query)`."""

    @abstractmethod
    def units(self, query: QuerySpec, *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Unit vectors of all users in the svd space of `query`: (n_users, dim) float32."""

    @abstractmethod
    def vectors(self, query: QuerySpec, rows: NDArray[np.integer]) -> NDArray[np.float32] | csr_array:
        """The query vectors of users (rows) in the space of `query`."""

    @abstractmethod
    def weighted(self, query: QuerySpec) -> csr_array:
        """The rating matrix under `query.weighting`, (n_users, n_items) float32."""

    def kept(self, recipe: Recipe[_Built], *, progress: Progress | None = None) -> _Built:
        """What `recipe` makes, built once and kept like the rest; for what is made of the above, such as maps."""
        return self._once(_recipe_key(recipe), lambda: self._stored(recipe, progress), progress)

    def is_kept(self, recipe: Recipe[Any]) -> bool:
        """Whether what `recipe` makes is in memory or in the store, so that it need not be built."""
        if self._in_memory(_recipe_key(recipe)):
            return True
        return self._store is not None and self._store.find(recipe.kind, recipe.key) is not None

    def _once(self, key: tuple[Any, ...], make: Callable[[], _Built], progress: Progress | None = None) -> _Built:
        """The value of `key`, made by the first caller; others who want it wait, and `progress` may stop that."""
        with self._lock:
            cache = self._caches.setdefault(key[0], LruCache(_CACHED_OF_A_KIND))
        built: _Built = cache.get_or_compute(key, make, check=lambda: _check_stop(progress))
        return built

    def _in_memory(self, key: tuple[Any, ...]) -> bool:
        return key[0] in self._caches and key in self._caches[key[0]]

    def _stored(self, recipe: Recipe[_Built], progress: Progress | None = None) -> _Built:
        """Load an artifact, or build it and save it; a disk that cannot be written costs only the saving."""
        start = time.perf_counter()
        cached, loaded = self._loaded(recipe, progress)
        value: _Built = loaded
        if not cached:
            value = self._built_and_saved(self._store, recipe, progress) if self._store else recipe.build(progress)
        settings = ", ".join(f"{name} {recipe.key[name]}" for name in _SETTINGS if name in recipe.key)
        self.stages.append(Stage(recipe.kind, time.perf_counter() - start, cached, settings))
        return value

    def _loaded(self, recipe: Recipe[_Built], progress: Progress | None) -> tuple[bool, Any]:
        """(True, value) where the store has it, else (False, None)."""
        found = self._store.find(recipe.kind, recipe.key, notices=self.notices) if self._store else None
        if found is None:
            return False, None
        try:
            return True, recipe.load(found, progress)
        except (ArtifactError, OSError, ValueError) as error:
            discard_damaged(found, error, self.notices, problem="does not fit")
            return False, None

    def _built_and_saved(self, store: ArtifactStore, recipe: Recipe[_Built], progress: Progress | None) -> _Built:
        def check() -> None:
            _check_stop(progress)

        with store.only_one(recipe.kind, recipe.key, check=check):
            # another process may have built it while this one waited
            cached, value = self._loaded(recipe, progress)
            if not cached:
                value = recipe.build(progress)
                try:
                    store.write(recipe.kind, recipe.key, lambda folder: recipe.save(folder, value), check=check)
                except ArtifactError as error:
                    self.notices.add("not kept", f"{recipe.kind} is not kept for next time: {error}")
        built: _Built = value
        return built


def _recipe_key(recipe: Recipe[Any]) -> tuple[Any, ...]:
    return (recipe.kind, *sorted(recipe.key.items()))


def _check_stop(progress: Progress | None) -> None:
    """Let `progress` raise; how much is done is unknown."""
    if progress is not None:
        progress(0.0, None)


def check_dim(query: QuerySpec, rank: int) -> None:
    """Raise SpecError where `query` asks for more dimensions than a matrix of that rank has."""
    if query.dim is not None and query.dim > rank:
        raise SpecError(f"dim={query.dim} exceeds the rank {rank} of this dataset; choose 1 <= dim <= {rank}")
