"""The protocol of a vector store: it holds the unit vectors of a build, publishes them in one step, and searches them.

A store holds collections of vectors. A published collection is found by an alias, so that a new build replaces an old
one between two searches.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.progress import Progress
from ucf_core.base.specs import Engine, HnswSpec
from ucf_core.index.base import NeighbourIndex


class VectorIndex(NeighbourIndex[NDArray[np.float32]], Protocol):
    """A published collection, open for search."""

    def vectors(self, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """The unit vectors of some rows, (n, dim) float32, in their order."""


class VectorBuild(Protocol):
    """A collection that is being filled, not yet found by searches. If the store `is_shared`, workers get a copy."""

    @property
    def dim(self) -> int:
        """Dimension of its vectors."""

    def add(self, rows: NDArray[np.integer], units: NDArray[np.float32]) -> None:
        """Write unit vectors, (n, dim), under their row numbers; repeating it changes nothing."""

    def publish(self, n_rows: int, progress: Progress | None = None) -> None:
        """Point the alias to this collection and drop the former one; `progress` may raise to stop waiting.

        Raises ServiceError unless the collection holds `n_rows` vectors.
        """


class VectorStore(Protocol):
    """One store at one address. Safe for many threads. All methods raise ServiceError where it does not answer."""

    @property
    def title(self) -> str:
        """The product: "Milvus"."""

    @property
    def uri(self) -> str:
        """The address without secrets; the same store always has the same one."""

    @property
    def shown(self) -> str:
        """What messages call it: "Milvus at http://host:19530"."""

    @property
    def is_shared(self) -> bool:
        """Whether several processes can write to it at a time; else only the one that opened it does."""

    def exists(self) -> bool:
        """False for a store in a file that is not there: opening it would create it."""

    def collections(self) -> set[str]:
        """The names of all collections, published or not."""

    def published(self, alias: str) -> str | None:
        """The collection that an alias points to; None where there is no such alias."""

    def begin(self, alias: str, *, collection: str, dim: int, spec: HnswSpec, engine: Engine) -> VectorBuild:
        """Create an empty collection for an alias; engine "exact" is one without a graph."""

    def open(self, alias: str, *, dim: int, engine: Engine = "hnsw", exact: VectorIndex | None = None) -> VectorIndex:
        """The collection that `alias` points to; `exact` answers where its graph finds too few rows.

        Raises ServiceError where it is missing or has another dimension.
        """

    def drop(self, alias: str) -> bool:
        """Drop an alias and the collection it points to; False where there is none."""

    def drop_unused(self, collection: str) -> bool:
        """Drop a collection unless it is not there or an alias points to it; whether it was dropped."""

    def close(self) -> None:
        """Close the connection, or the file."""


@dataclass(frozen=True)
class StoreKind:
    """A product that stores vectors.

    Attributes:
        title: its name: "Milvus".
        schemes: what its addresses begin with, up to the colon.
        addresses: how its addresses are written, for messages.
        open: returns the store at an address, with seconds per call (None: its default). Raises SpecError for an
            address that it does not understand, without repeating what may be a secret.
    """

    title: str
    schemes: tuple[str, ...]
    addresses: tuple[str, ...]
    open: Callable[[str, float | None], VectorStore]


def new_name(alias: str) -> str:
    """A new, unique name of a collection for this alias."""
    return f"{alias}_{uuid4().hex[:12]}"
