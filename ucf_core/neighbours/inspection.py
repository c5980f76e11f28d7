"""Compare one user's neighbour list with exact search and with the raw rating space."""

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.specs import QuerySpec, changed
from ucf_core.base.timing import fastest
from ucf_core.neighbours.exact_cache import BUDGET, RETRY_BELOW, ExactCache, Search
from ucf_core.neighbours.neighbours import Neighbours
from ucf_core.neighbours.recall import IndexRecall, as_near, index_recall, overlap


@dataclass(frozen=True, eq=False)
class Inspection:
    """A neighbour list and how good it is. The times are of single searches, in milliseconds.

    Attributes:
        found: the neighbours under inspection.
        exact: what exact search finds in the same space.
        raw: the exact neighbours in the raw rating space; None where a dataset on a cluster does not offer it.
        milliseconds, exact_milliseconds: what the two searches took, the fastest of a few passes where they are short;
            of an exact search that was made before, what it took then.
    """

    found: Neighbours
    exact: Neighbours
    raw: Neighbours | None
    milliseconds: float
    exact_milliseconds: float

    @property
    def index_recall(self) -> float:
        """Share of the exact neighbours that were found."""
        return overlap(self.found.rows, self.exact.rows)

    @property
    def recall(self) -> IndexRecall:
        """The three views of index recall for this one list."""
        found, exact = self.found, self.exact
        return index_recall(found.rows[None], found.similarities[None], exact.rows[None], exact.similarities[None])

    @property
    def raw_overlap(self) -> float | None:
        """Share of the raw space's neighbours that are in the list: what the embedding keeps of the ratings."""
        return None if self.raw is None else overlap(self.found.rows, self.raw.rows)

    @property
    def missed(self) -> NDArray[np.int32]:
        """Rows of the exact neighbours that were not found, nearest first."""
        return self.exact.rows[~np.isin(self.exact.rows, self.found.rows)]

    @property
    def n_ties(self) -> int:
        """Number of found users that are not exact neighbours but as near as the last of them."""
        return int(np.count_nonzero(as_near(self.found.similarities, self.exact.similarities) & ~self.is_exact))

    @property
    def is_exact(self) -> NDArray[np.bool_]:
        """(k,) which of the found neighbours exact search lists too."""
        return np.isin(self.found.rows, self.exact.rows)


def inspect(
    search: Search,
    query: QuerySpec,
    *,
    user: Hashable | None = None,
    exact_cache: ExactCache | None = None,
    with_raw: bool = True,
) -> Inspection:
    """Search as `query` says, exactly in the same space, and with `with_raw` exactly in the raw space.

    Exact searches of a `user` that are in `exact_cache` are not made again.
    """
    exact_cache = exact_cache or ExactCache()
    found, milliseconds = fastest(lambda: search(query), budget=BUDGET, retry_below=RETRY_BELOW)
    n_users = found.ratings.n_users
    exact, exact_milliseconds = exact_cache.of(user, query, search, n_users)
    raw = None
    if with_raw:
        raw = exact
        if query.space != "raw":
            raw, _ = exact_cache.of(user, changed(query, {"space": "raw"}), search, n_users)
    return Inspection(found, exact, raw, milliseconds, exact_milliseconds)
