"""Ratings in the files of a build: rows are read on demand, counts are mapped, a sample of users is read whole."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.errors import ArtifactError, SpecError
from ucf_core.base.files.json_reader import read_json
from ucf_core.base.memory import check_memory
from ucf_core.base.parameter import check_int
from ucf_core.base.progress import Progress
from ucf_core.base.specs import DEFAULT_DIM, HnswSpec
from ucf_core.cluster.files.rows import ParquetRows
from ucf_core.embedding.embedding import embedding_bytes
from ucf_core.index.hnsw.index import hnsw_bytes
from ucf_core.ratings.catalogue import Catalogue
from ucf_core.ratings.ids import IdMap
from ucf_core.ratings.ratings import ImportReport, Ratings

# Users whose ratings an evaluation reads into memory; everything is learned from them alone.
MOST_USERS = 30_000


@dataclass(frozen=True, eq=False)
class ServedRatings(Ratings):
    """Ratings whose rows are read from Parquet, and whose counts are mapped from disk.

    Attributes:
        about: the contents of about.json.
        build: the folder of the files.
    """

    most_evaluated: ClassVar[int | None] = MOST_USERS

    about: dict[str, Any] = field(kw_only=True)
    build: Path = field(kw_only=True)

    def __post_init__(self) -> None:
        """Nothing to mark read-only: what is mapped is already."""

    def row_of(self, user_row: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The item rows that a user rated, ascending, and the ratings."""
        return self._rows.row(user_row)

    def kept(self, name: str) -> NDArray[Any] | None:
        """An array of the build, mapped; None where an earlier version built it without that."""
        return mapped(self.build, name) if (self.build / f"{name}.npy").exists() else None

    def learned_from(self, sample: int | None, seed: int) -> int:
        """The number of users that an evaluation learns from: those that it measures. See `check_sample`."""
        return int(check_sample(self, sample, seed).size)

    def to_evaluate(self, sample: int | None, seed: int, *, progress: Progress | None = None) -> Ratings:
        """The users that an evaluation measures, in memory: see `draw_sample`."""
        return draw_sample(self, self._rows, sample, seed, progress=progress)

    @property
    def _rows(self) -> ParquetRows:
        return cast(ParquetRows, self.matrix)


def read_ratings(folder: Path, build: Path, about: dict[str, Any]) -> ServedRatings:
    """The ratings of the files in `build`, with `about` from `folder`. Raises ArtifactError."""
    try:
        titles, years, genres = read_json(build / "catalogue.json", list)
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{build / 'catalogue.json'} cannot be read ({error}); build it again") from error
    shape = (about["n_users"], about["n_items"])
    rows = ParquetRows(build / "ratings", about["offsets"], shape, about["n_ratings"])
    values = mapped(build, "values")
    report = ImportReport(about["n_ratings"] + about["n_duplicates"], about["n_duplicates"], about["n_untitled"], True)
    ratings = ServedRatings(
        matrix=cast(csr_array, rows),
        users=IdMap(mapped(build, "users"), "user"),
        items=IdMap(mapped(build, "items"), "item"),
        catalogue=Catalogue(titles, np.array(years, dtype=np.int16), [tuple(names) for names in genres]),
        name=folder.name,
        report=report,
        about=about,
        build=build,
    )
    # cached properties, which would need all ratings
    ratings.__dict__.update(
        scale=(float(values[0]), float(values[-1])),
        value_counts=(values, mapped(build, "value_counts")),
        mean=float(about["mean"]),
        user_counts=mapped(build, "user_counts"),
        item_counts=mapped(build, "item_counts").astype(np.int32),
        most_typical=int(about["most_typical"]),
        fingerprint=str(about["fingerprint"]),
    )
    return ratings


def mapped(build: Path, name: str) -> NDArray[Any]:
    """An array of a build, mapped from disk. Raises ArtifactError."""
    try:
        array: NDArray[Any] = np.load(build / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{build / name}.npy cannot be read ({error}); build it again") from error
    return array


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
