"""Two users to begin with: one whose neighbours are as near as can be, and one whose neighbours are far away."""

from dataclasses import dataclass

import numpy as np

from ucf_core.block_lanczos import Progress
from ucf_core.explorer import Explorer
from ucf_core.neighbours import check_neighbour_count
from ucf_core.specs import MAX_SEED, QuerySpec, changed, check_int

SAMPLE = 200
FEWEST = 20
_BLOCK = 50


@dataclass(frozen=True)
class Example:
    """A user (a row), and the mean similarity of the k nearest others, a cosine from -1 to 1."""

    user: int
    similarity: float


@dataclass(frozen=True)
class Examples:
    """Of `users` users, those with the most and the least similar `k` neighbours."""

    nearest: Example
    farthest: Example
    users: int
    k: int


def examples(
    explorer: Explorer,
    *,
    query: QuerySpec | None = None,
    sample: int = SAMPLE,
    fewest: int = FEWEST,
    seed: int = 0,
    progress: Progress | None = None,
) -> Examples:
    """Out of `sample` users drawn with `seed`, the two by the mean similarity of their k neighbours in exact search.

    Only users with at least `fewest` ratings are drawn, as who rated next to nothing is like many by chance; all are
    where fewer than two users rated so much. Ties: the lowest row is nearest, the highest farthest. The same call gives
    the same users. `progress` hears of (users done, users) and may raise to stop.

    Raises SpecError for settings that the data do not allow.
    """
    n_users = explorer.ratings.n_users
    query = changed(query or QuerySpec(k=min(QuerySpec().k, max(n_users - 1, 1))), {"engine": "exact"})
    check_neighbour_count(query.k, n_users)
    check_int("sample", sample, 2, 100_000)
    check_int("fewest", fewest, 1, 1_000_000)
    check_int("seed", seed, 0, MAX_SEED)
    able = np.flatnonzero(explorer.ratings.user_counts >= fewest)
    if able.size < 2:
        able = np.arange(n_users)
    drawn = np.sort(np.random.default_rng(seed).permutation(able)[:sample])
    means = np.empty(drawn.size)
    for at, found in enumerate(explorer.neighbours_of(drawn, query, block=_BLOCK)):
        means[at] = found.similarities.mean(dtype=np.float64)
        if progress is not None:
            progress(at + 1, drawn.size)
    first, last = int(means.argmax()), drawn.size - 1 - int(means[::-1].argmin())
    return Examples(
        nearest=Example(int(drawn[first]), float(means[first])),
        farthest=Example(int(drawn[last]), float(means[last])),
        users=drawn.size,
        k=query.k,
    )
