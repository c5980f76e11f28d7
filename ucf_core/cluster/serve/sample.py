"""A sample of the users of a cluster dataset, in memory, for evaluation.

Everything is learned from the sample, so neighbours come from it alone.
"""

import hashlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import SpecError
from ucf_core.base.memory import check_memory
from ucf_core.base.parameter import check_int
from ucf_core.base.progress import Progress
from ucf_core.base.specs import DEFAULT_DIM, HnswSpec
from ucf_core.cluster.files.rows import ParquetRows
from ucf_core.embedding.embedding import embedding_bytes
from ucf_core.index.hnsw.index import hnsw_bytes
from ucf_core.ratings.ids import IdMap
from ucf_core.ratings.ratings import ImportReport, Ratings

MOST_USERS = 30_000


@dataclass(frozen=True, eq=False)
class SampledRatings(Ratings):
    """All ratings of some users of a dataset, with all its items, even those without a rating in the sample.

    Attributes:
        rows: (n_users,) int64 rows of the users in the whole dataset, ascending.
        identity: the whole dataset, and how users were drawn.
    """

    rows: NDArray[np.int64] = field(kw_only=True)
    identity: str = field(kw_only=True)

    @property
    def fingerprint(self) -> str:
        """32 hex digits that identify these contents."""
        return hashlib.blake2b(self.identity.encode(), digest_size=16).hexdigest()


def check_sample(ratings: Ratings, sample: int | None, seed: int) -> NDArray[np.int64]:
    """Rows, ascending, of `sample` users drawn at random (None: all), to be evaluated in memory.

    Raises SpecError for more than MOST_USERS, UcfError where memory does not suffice.
    """
    n_users = ratings.n_users
    if sample is not None:
        check_int("sample", sample, 1, 100_000_000)
    size = min(sample or n_users, n_users)
    if size > MOST_USERS:
        raise SpecError(
            f"an evaluation of {size:,} users exceeds the {MOST_USERS:,} that are read into memory of a dataset on a "
            f"cluster; choose 2 <= sample <= {MOST_USERS:,}"
        )
    rows = np.sort(np.random.default_rng(seed).choice(n_users, size, replace=False, shuffle=False))
    needed = evaluation_bytes((size, ratings.n_items), int(ratings.user_counts[rows].sum(dtype=np.int64)))
    check_memory(needed, f"evaluating {size:,} users", "choose a smaller sample of users")
    return rows


def draw_sample(
    ratings: Ratings, matrix: ParquetRows, sample: int | None, seed: int, *, progress: Progress | None = None
) -> SampledRatings:
    """The users of `check_sample` with all their ratings: the same for the same seed.

    `progress` is called with (users read, users) and may raise to stop.
    """
    rows = check_sample(ratings, sample, seed)
    return SampledRatings(
        matrix=matrix.many(rows, progress),
        users=IdMap(np.asarray(ratings.users.ids[rows]), "user"),
        items=ratings.items,
        catalogue=ratings.catalogue,
        name=ratings.name,
        report=ImportReport(n_untitled=ratings.report.n_untitled, cached=True),
        rows=rows,
        identity=f"{ratings.fingerprint} users={rows.size} seed={seed}",
    )


def evaluation_bytes(shape: tuple[int, int], nnz: int, dim: int = DEFAULT_DIM) -> int:
    """Peak bytes of drawing and evaluating a sample, a cautious estimate.

    For each rating the sample and a training part, 8 bytes each; splitting, some 24; the part under three weightings,
    sorted by item too, 16 each. Embeddings (vectors of both sides, unit vectors) and graphs of four settings.
    """
    vectors = 4 * dim * (2 * shape[0] + shape[1])
    return 88 * nnz + 4 * (vectors + hnsw_bytes(shape[0], dim, HnswSpec().M)) + embedding_bytes(shape, nnz, dim)
