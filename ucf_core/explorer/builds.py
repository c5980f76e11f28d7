"""The protocol of an Explorer's slow builds: biases, embedding, indexes and graph."""

from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.errors import SpecError
from ucf_core.base.notices import Notices
from ucf_core.base.progress import Progress
from ucf_core.base.specs import QuerySpec
from ucf_core.embedding.embedding import Embedding
from ucf_core.explorer.recipes import Recipe
from ucf_core.index.base import NeighbourIndex
from ucf_core.index.graph.graph import HnswGraph
from ucf_core.index.graph.summary import GraphSummary
from ucf_core.ratings.biases import Biases

_Built = TypeVar("_Built")


@dataclass(frozen=True)
class Stage:
    """One step of getting ready: `cached` says that it was read from disk rather than computed.

    `settings` are those that tell it from others of its name: "dim 128, weighting raw, M 16".
    """

    name: str
    seconds: float
    cached: bool
    settings: str = ""


class Builds(Protocol):
    """Everything that is derived from one dataset and takes long to make. Safe for many threads.

    `LocalBuilds` computes it from the ratings, `ServedBuilds` reads what a cluster has built. A `progress`
    may raise to stop the work. Methods raise SpecError where the data, or what was built, do not allow `query`.
    """

    has_raw_space: bool
    """Whether rating rows can be searched; a dataset on a cluster does not offer it."""

    dims: tuple[int, ...]
    """The dims that neighbours can be asked for, ascending; () where the rank is the only bound."""

    stages: list[Stage]
    """What was built or read so far, in order."""

    notices: Notices
    """Artifacts that were damaged and built again, or could not be kept."""

    @property
    def biases(self) -> Biases:
        """The fitted bias model."""
        ...

    def fit_biases(self, *, progress: Progress | None = None) -> Biases:
        """The fitted bias model."""
        ...

    def embedding(self, query: QuerySpec | None = None, *, progress: Progress | None = None) -> Embedding:
        """The embedding that answers `query`, with at least `query.dim` factors."""
        ...

    def dim(self, query: QuerySpec) -> int | None:
        """The dimension that answers `query`: its own, or the default one; None in the raw space."""
        ...

    def check(self, query: QuerySpec) -> None:
        """Raise SpecError where the data do not allow `query`."""
        ...

    def index(self, query: QuerySpec, *, progress: Progress | None = None) -> NeighbourIndex[Any]:
        """The index that answers `query`."""
        ...

    def in_memory(self, query: QuerySpec) -> bool:
        """Whether `index(query)` would answer at once."""
        ...

    def graph(self, query: QuerySpec) -> HnswGraph:
        """The HNSW graph over the svd space that `index(query)` searches, as plain arrays."""
        ...

    def graph_summary(self, query: QuerySpec) -> GraphSummary:
        """The layers, links and unreachable nodes of `graph(query)`."""
        ...

    def units(self, query: QuerySpec, *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Unit vectors of all users in the svd space of `query`: (n_users, dim) float32."""
        ...

    def vectors(self, query: QuerySpec, rows: NDArray[np.integer]) -> NDArray[np.float32] | csr_array:
        """The query vectors of users (rows) in the space of `query`."""
        ...

    def weighted(self, query: QuerySpec) -> csr_array:
        """The rating matrix under `query.weighting`, (n_users, n_items) float32."""
        ...

    def kept(self, recipe: Recipe[_Built], *, progress: Progress | None = None) -> _Built:
        """What `recipe` makes, built once and kept like the rest; for what is made of the above, such as maps."""
        ...

    def is_kept(self, recipe: Recipe[Any]) -> bool:
        """Whether what `recipe` makes is in memory or in the store, so that it need not be built."""
        ...


def check_dim(query: QuerySpec, rank: int) -> None:
    """Raise SpecError where `query` asks for more dimensions than a matrix of that rank has."""
    if query.dim is not None and query.dim > rank:
        raise SpecError(f"dim={query.dim} exceeds the rank {rank} of this dataset; choose 1 <= dim <= {rank}")
