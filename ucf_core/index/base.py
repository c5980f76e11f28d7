"""The protocol of a neighbour index, and the result of a search."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import SpecError
from ucf_core.base.specs import Engine

Queries = TypeVar("Queries", contravariant=True)


@dataclass(frozen=True, eq=False)
class Hits:
    """The nearest rows of each query, nearest first; equal similarities in ascending row order.

    Attributes:
        rows: (n_queries, k) int32.
        similarities: (n_queries, k) float32 cosines in [-1, 1].
        engine: which engine answered; an hnsw index that found too few falls back to "exact".
        ef: the search breadth that answered, None for exact search.
    """

    rows: NDArray[np.int32]
    similarities: NDArray[np.float32]
    engine: Engine
    ef: int | None = None


class NeighbourIndex(Protocol[Queries]):
    """Cosine search over the rows it was built from. Safe to call from many threads at once."""

    @property
    def n_rows(self) -> int:
        """How many rows can be found."""

    def search(self, queries: Queries, *, k: int, ef: int) -> Hits:
        """The k rows nearest to each query. `ef` is the search breadth where the engine has one.

        Raises SpecError unless 1 <= k <= n_rows.
        """


def breadths(k: int, ef: int, n_rows: int) -> list[int]:
    """The breadths to try, distinct and ascending: max(ef, k), then 4 and 16 times that where it found too few rows."""
    return sorted({min(max(ef, k) * factor, max(n_rows, ef)) for factor in (1, 4, 16)})


def check_k(k: int, n_rows: int) -> None:
    """Raise SpecError unless 1 <= k <= n_rows."""
    if not 1 <= k <= n_rows:
        raise SpecError(f"k={k} is out of range for an index of {n_rows} rows; choose 1 <= k <= {n_rows}")


def top_k(similarities: NDArray[np.float32], k: int) -> NDArray[np.int32]:
    """Positions of the k largest of a 1-d array, descending; among equals the first positions win."""
    if k >= similarities.size:
        chosen = np.arange(similarities.size)
    else:
        cut = np.partition(similarities, similarities.size - k)[similarities.size - k]
        above = np.flatnonzero(similarities > cut)
        chosen = np.concatenate([above, np.flatnonzero(similarities == cut)[: k - above.size]])
    return chosen[np.lexsort((chosen, -similarities[chosen]))].astype(np.int32)
