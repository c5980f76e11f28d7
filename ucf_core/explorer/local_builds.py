"""Builds of a dataset that is in memory: biases, embedding and indexes, computed or read from the store."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.errors import SpecError
from ucf_core.base.progress import Progress
from ucf_core.base.specs import DEFAULT_DIM, QuerySpec
from ucf_core.embedding.embedding import Embedding
from ucf_core.explorer.builds import Builds, check_dim
from ucf_core.explorer.recipes import biases_recipe, embedding_recipe, hnsw_recipe, sparse_hnsw_recipe
from ucf_core.index.exact import ExactIndex, SparseExactIndex
from ucf_core.index.graph.graph import HnswGraph, graph_in_memory, open_graph
from ucf_core.index.graph.summary import GraphSummary, summarise_graph
from ucf_core.ratings.biases import Biases
from ucf_core.ratings.weighting import weighted


class LocalBuilds(Builds):
    """Builds of a dataset in memory: computed here when first asked for, or read from the store."""

    def fit_biases(self, *, progress: Progress | None = None) -> Biases:
        """The fitted bias model."""
        recipe = biases_recipe(self._ratings)
        return self._once(("biases",), lambda: self._stored(recipe, progress), progress)

    def embedding(self, query: QuerySpec | None = None, *, progress: Progress | None = None) -> Embedding:
        """The embedding that answers `query`. Raises SpecError where the matrix has fewer than `query.dim` factors."""
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

    def index(self, query: QuerySpec, *, progress: Progress | None = None) -> Any:
        """The NeighbourIndex that answers `query`. While nmslib builds a graph over the raw space, it cannot stop."""
        if query.space == "raw":
            if query.chosen_engine == "exact":
                return self._once(self._raw_key(query), lambda: SparseExactIndex(self.weighted(query)))
            raw = sparse_hnsw_recipe(self._ratings, query, lambda: self.weighted(query))
            return self._once(self._graph_key(query), lambda: self._stored(raw, progress), progress)
        units = self.units(query, progress=progress)
        if query.chosen_engine == "exact":
            return ExactIndex(units)
        recipe = hnsw_recipe(self._ratings, query.embedding, query.hnsw, units)
        return self._once(self._graph_key(query), lambda: self._stored(recipe, progress), progress)

    def graph(self, query: QuerySpec) -> HnswGraph:
        """The graph that `index(query)` searches: mapped from the store, or copied where it has none."""
        if query.space == "raw" or query.chosen_engine == "exact":
            raise SpecError("exact search and the raw space have no graph to read; choose space='svd', engine='hnsw'")
        index = self.index(query)

        def opened() -> HnswGraph:
            recipe = hnsw_recipe(self._ratings, query.embedding, query.hnsw, self.units(query))
            stored = self._store.find(recipe.kind, recipe.key, notices=self.notices) if self._store else None
            return open_graph(stored.path("graph.bin")) if stored else graph_in_memory(index)

        return self._once(("arrays", *self._graph_key(query)), opened)

    def graph_summary(self, query: QuerySpec) -> GraphSummary:
        """The layers, links and unreachable nodes of `graph(query)`."""
        return self._once(("summary", *self._graph_key(query)), lambda: summarise_graph(self.graph(query)))

    def in_memory(self, query: QuerySpec) -> bool:
        """Whether `index(query)` would answer at once."""
        if query.space == "raw":
            exact = query.chosen_engine == "exact"
            return self._in_memory(self._raw_key(query) if exact else self._graph_key(query))
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
        matrix = self._ratings.matrix
        return self._once(("weighted", query.weighting), lambda: weighted(matrix, query.weighting, self.biases))

    def _raw_key(self, query: QuerySpec) -> tuple[Any, ...]:
        return ("raw", query.weighting)

    def _graph_key(self, query: QuerySpec) -> tuple[Any, ...]:
        if query.space == "raw":
            return ("sparse_hnsw", query.weighting, query.hnsw)
        return ("hnsw", query.embedding, self.dim(query), query.hnsw)
