"""Builds of a dataset made on a cluster: user vectors from a vector store, all else from files."""

from pathlib import Path
from threading import Lock
from typing import Any, NoReturn, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.errors import SpecError
from ucf_core.base.progress import Progress
from ucf_core.base.specs import DEFAULT_DIM, EmbeddingSpec, Engine, QuerySpec
from ucf_core.cluster.files.files import alias_of, check_fits, read_units
from ucf_core.cluster.serve.ratings import mapped
from ucf_core.embedding.embedding import Embedding
from ucf_core.explorer.builds import Builds, check_dim
from ucf_core.index.store import VectorIndex, VectorStore
from ucf_core.index.stores.registry import store_titles
from ucf_core.ratings.biases import Biases
from ucf_core.ratings.ratings import Ratings


class ServedEmbedding(Embedding):
    """S and V, so that a guest can be folded in; the users' vectors are in the store."""

    def unit_vectors(self, dim: int | None = None) -> NDArray[np.float32]:
        """Raises SpecError."""
        raise _not_here("all user vectors at once")


class ServedBuilds(Builds):
    """Builds of a cluster. What is derived from them, such as maps, is cached in memory."""

    has_raw_space = False

    def __init__(self, ratings: Ratings, build: Path, about: dict[str, Any], store: VectorStore) -> None:
        """`about`: the contents of about.json."""
        super().__init__(ratings, None)
        self.dims = tuple(sorted(about["dims"]))
        self._about = about
        self._build = build
        self._served = store
        self._biases = Biases(about["mean"], mapped(build, "user_biases"), mapped(build, "item_biases"))
        spec = EmbeddingSpec(dim=max(about["max_dim"], DEFAULT_DIM), weighting=about["weighting"], seed=about["seed"])
        values, items = mapped(build, "singular_values"), mapped(build, "item_vectors")
        self._embedding = ServedEmbedding(np.empty((0, len(values)), dtype=np.float32), items, values, spec)
        self._indexes: dict[tuple[int, Engine], VectorIndex] = {}
        self._opening = Lock()

    def fit_biases(self, *, progress: Progress | None = None) -> Biases:
        """The bias model, mapped from disk."""
        return self._biases

    def embedding(self, query: QuerySpec | None = None, *, progress: Progress | None = None) -> Embedding:
        """The factors. Raises SpecError where `query` asks for others than were built."""
        query = query or QuerySpec(weighting=self._about["weighting"], seed=self._about["seed"])
        for name in ("weighting", "seed"):
            if getattr(query, name) != self._about[name]:
                raise SpecError(
                    f"{name}={getattr(query, name)!r} was not built; choose {name}={self._about[name]!r}, or build it "
                    "on the cluster into a folder of its own"
                )
        check_dim(query, self._embedding.dim)
        return self._embedding

    def dim(self, query: QuerySpec) -> int | None:
        """The dimension that answers `query`: its own, or the largest served one up to the general default."""
        if query.space == "raw":
            return None
        if query.dim is not None or not self.dims:
            return query.dim or min(DEFAULT_DIM, self._embedding.dim)
        return max((dim for dim in self.dims if dim <= DEFAULT_DIM), default=self.dims[0])

    def index(self, query: QuerySpec, *, progress: Progress | None = None) -> VectorIndex:
        """The collection that answers `query`. Raises SpecError for a space, dim or graph not built."""
        if query.space == "raw":
            raise _not_here("search in the raw rating space")
        self.embedding(query)
        dim = cast(int, self.dim(query))
        if dim not in self._about["dims"]:
            served = ", ".join(map(str, self._about["dims"])) or "none"
            raise SpecError(f"dim={dim} is not served; choose one of {served}, or build with --serve-dim {dim}")
        engine = query.chosen_engine
        if engine == "hnsw" and (query.M, query.ef_construction) != (self._about["M"], self._about["ef_construction"]):
            raise SpecError(
                f"the graph in {self._served.title} has M={self._about['M']} and "
                f"ef_construction={self._about['ef_construction']}, not {query.M} and {query.ef_construction}; "
                "choose those, or build it again"
            )
        exact = None if engine == "exact" else self._opened(dim, "exact", None)
        return self._opened(dim, engine, exact)

    def in_memory(self, query: QuerySpec) -> bool:
        """True: `index(query)` never builds anything here."""
        return True

    def vectors(self, query: QuerySpec, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """The unit vectors of users (rows), from the store."""
        return self.index(query).vectors(rows)

    def units(self, query: QuerySpec, *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Unit vectors of all users from the files, (n_users, dim) float32. Raises SpecError as `check_fits`."""
        self.embedding(query)
        n_users, dim = self._ratings.n_users, cast(int, self.dim(query))
        check_fits(n_users, dim)
        return self._once(("units", dim), lambda: read_units(self._build, n_users, dim, progress), progress)

    def weighted(self, query: QuerySpec) -> csr_array:
        """Raises SpecError."""
        raise _not_here("the whole rating matrix")

    def graph(self, query: QuerySpec) -> NoReturn:
        """Raises SpecError."""
        raise _not_here("a look into the graph")

    graph_summary = graph

    def _opened(self, dim: int, engine: Engine, exact: VectorIndex | None) -> VectorIndex:
        with self._opening:
            index = self._indexes.get((dim, engine))
            if index is None:
                alias = alias_of(self._about, dim, engine)
                index = self._served.open(alias, dim=dim, engine=engine, exact=exact)
                self._indexes[dim, engine] = index
        return index


def _not_here(what: str) -> SpecError:
    return SpecError(
        f"{what} is not available from {store_titles()} and files; open the dataset on one machine for that"
    )
