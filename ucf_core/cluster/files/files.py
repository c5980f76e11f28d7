"""The files of a cluster build: a folder that a dashboard answers from without the matrix in memory.

FOLDER/about.json              names the current build; written last, in one step
FOLDER/build-<id>/
    ratings/00000.parquet      one row per user: row, items, ratings; 64 users a row group
    vectors/00000.parquet      one row per user: row, vector (U S, float32)
    users.npy, user_biases.npy, user_counts.npy, user_means.npy, user_genres.npy    user-sized, mapped, never loaded
    opinions.npy                           on well-known films, see ucf_core.datasets.personal.starter_films
    items.npy, item_biases.npy, item_counts.npy, item_vectors.npy, singular_values.npy, values.npy,
        value_counts.npy, catalogue.json
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.arrays import read_only
from ucf_core.base.errors import ArtifactError, SpecError
from ucf_core.base.files.json_reader import read_json
from ucf_core.base.progress import Progress
from ucf_core.base.specs import Engine, Weighting
from ucf_core.cluster.files.item_biases import ItemBiases
from ucf_core.cluster.input.blocks import Block
from ucf_core.embedding.embedding import project, unit_rows
from ucf_core.ratings.weighting import weighted
from ucf_core.studies.user_map.user_traits import favourites_of, means_of

FORMAT = 1
ABOUT = "about.json"
ENGINES: tuple[Engine, ...] = ("hnsw", "exact")

# Bytes of the vectors of all users that are read into memory: at dim 128 a million users.
MOST_BYTES = 512 << 20

# Users of a row group, which is read as a whole: some 50 kB at 150 ratings a user.
GROUP = 64
_VECTOR_GROUP = 8_192

# Columns of the ratings' files that become user-sized arrays besides the ids: file name and type.
_USER_SIZED: dict[str, tuple[str, Any]] = {
    "bias": ("user_biases", np.float64),
    "count": ("user_counts", np.int32),
    "mean": ("user_means", np.float64),
    "genre": ("user_genres", np.int16),
}


def write_block(
    block: Block,
    number: int,
    first: int,
    biases: ItemBiases,
    item_vectors: NDArray[np.float32],
    genres: csr_array,
    about: tuple[str, Weighting],
) -> str:
    """Write the ratings and vectors of a block whose first user is row `first`; returns a digest of its contents.

    `genres`: (n_items, n_genres) of ones. `about`: the folder of the build, and the weighting. Runs on a worker,
    perhaps twice: files are replaced.
    """
    import pyarrow as pa

    folder, weighting = Path(about[0]), about[1]
    own = biases.with_users(block.matrix)
    vectors = project(weighted(block.matrix, weighting, own), item_vectors)
    rows = np.arange(first, first + len(block.users), dtype=np.int64)
    _write(folder / "ratings" / f"{number:05}.parquet", _rating_table(block, rows, own.user, genres), GROUP)
    flat = pa.FixedSizeListArray.from_arrays(vectors.ravel(), vectors.shape[1])
    _write(folder / "vectors" / f"{number:05}.parquet", pa.table({"row": rows, "vector": flat}), _VECTOR_GROUP)
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{block.users.dtype.kind}{block.users.tolist()}".encode())
    for array in (block.matrix.indptr, block.matrix.indices, block.matrix.data):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def read_vectors(path: Path) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The rows (n,) and the vectors (n, dim) in a file."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    flat = table["vector"].combine_chunks().flatten()
    rows = np.concatenate([np.asarray(chunk) for chunk in table["row"].chunks])
    vectors = np.frombuffer(flat.buffers()[1], np.float32)[flat.offset :][: len(flat)]
    return rows.astype(np.int64, copy=False), vectors.reshape(table.num_rows, -1)


def check_fits(n_users: int, dim: int) -> None:
    """Raise SpecError where the vectors of all users take more than MOST_BYTES."""
    most = MOST_BYTES // (4 * n_users)
    if dim > most:
        remedy = f"choose dim <= {most}" if most else "open a part of it on one machine"
        raise SpecError(
            f"this needs the vectors of all {n_users:,} users, {4 * n_users * dim / 1e6:,.0f} MB at dim={dim}, more "
            f"than the {MOST_BYTES / 1e6:,.0f} MB that are read into memory of a dataset on a cluster; {remedy}"
        )


def read_units(build: Path, n_users: int, dim: int, progress: Progress | None = None) -> NDArray[np.float32]:
    """Unit vectors of all users, (n_users, dim) float32, read-only: one file in memory beside them at a time.

    `progress` is called with (users read, users) and may raise to stop. Raises ArtifactError for missing files.
    """
    import pyarrow as pa

    units = np.empty((n_users, dim), dtype=np.float32)
    read = 0
    for path in sorted((build / "vectors").glob("*.parquet")):
        if progress is not None:
            progress(read, n_users)
        try:
            rows, vectors = read_vectors(path)
        except (OSError, pa.ArrowException) as error:
            raise ArtifactError(f"{path} cannot be read ({error}); build it again") from error
        units[rows] = unit_rows(vectors[:, :dim])
        read += len(rows)
    if read != n_users:
        raise ArtifactError(
            f"{build / 'vectors'} holds {read:,} of {n_users:,} vectors: the dataset was deleted or built anew; reload "
            "the page, or open it again"
        )
    read_only(units)
    return units


def gather_users(folder: Path, n_users: int) -> None:
    """Write users.npy and the other user-sized arrays from the files of the blocks, a block at a time."""
    import pyarrow.parquet as pq

    files = sorted((folder / "ratings").glob("*.parquet"))
    numeric = all(str(pq.read_schema(path).field("user").type) == "int64" for path in files)
    width = 0 if numeric else max(len(raw) for path in files for raw in _column(path, "user"))
    kinds = {"user": ("users", np.int64 if numeric else f"U{width}"), **_USER_SIZED}
    arrays = {
        column: np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=np.dtype(kind), shape=(n_users,))
        for column, (name, kind) in kinds.items()
    }
    start = 0
    for path in files:
        some = slice(start, start := start + pq.read_metadata(path).num_rows)
        for column, array in arrays.items():
            array[some] = _column(path, column)
    for array in arrays.values():
        array.flush()


def new_build(folder: Path) -> Path:
    """Create the folder of a new build, which no reader uses yet. Raises ArtifactError."""
    build = folder / f"build-{uuid4().hex[:12]}"
    try:
        for inner in ("ratings", "vectors"):
            (build / inner).mkdir(parents=True)
    except OSError as error:
        raise ArtifactError(f"cannot write to {folder} ({error.strerror or error}); give another --out") from error
    return build


def publish(folder: Path, build: Path, about: dict[str, Any]) -> None:
    """Make `build` the current one, in one step."""
    waiting = folder / f".{ABOUT}-{uuid4().hex}"
    waiting.write_text(json.dumps({"format": FORMAT, "build": build.name, **about}, indent=1), encoding="utf-8")
    os.replace(waiting, folder / ABOUT)  # noqa: PTH105  the one call that is atomic everywhere


def read_about(folder: Path) -> dict[str, Any] | None:
    """The contents of about.json, None where there is no build. Raises ArtifactError for one of another version."""
    try:
        about = read_json(folder / ABOUT, dict)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{folder / ABOUT} cannot be read ({error}); build it again") from error
    if about.get("format") != FORMAT:
        raise ArtifactError(f"{folder} was built by another version; build it again")
    return about


def alias_of(about: dict[str, Any], dim: int, engine: Engine) -> str:
    """The alias of a collection: contents, weighting, seed, dim and engine, so that rows can never be mixed up."""
    return f"ucf_{about['fingerprint'][:16]}_{about['weighting']}_{about['seed']}_{dim}_{engine}"


def aliases_of(about: dict[str, Any] | None) -> set[str]:
    """The aliases of the build with the about.json `about`; none where that is damaged."""
    try:
        return {alias_of(about, dim, engine) for dim in about["dims"] for engine in ENGINES} if about else set()
    except (KeyError, TypeError):
        return set()


def aliases_beside(folder: Path) -> set[str]:
    """The aliases of the builds in the folders beside `folder`: the same contents have the same aliases."""
    others = {path.parent for path in folder.parent.glob(f"*/{ABOUT}")} - {folder}
    return {alias for other in others for alias in aliases_of(about_or_none(other))}


def about_or_none(folder: Path) -> dict[str, Any] | None:
    """The contents of about.json, None where there is no complete build, or one that this version cannot read."""
    try:
        return read_about(folder)
    except ArtifactError:
        return None


def _rating_table(block: Block, rows: NDArray[np.int64], biases: NDArray[np.float64], genres: csr_array) -> Any:
    import pyarrow as pa

    offsets = pa.array(block.matrix.indptr.astype(np.int32))
    return pa.table(
        {
            "row": rows,
            "user": pa.array(block.users.tolist() if block.users.dtype.kind == "U" else block.users.astype(np.int64)),
            "bias": biases,
            "count": np.diff(block.matrix.indptr).astype(np.int32),
            "mean": means_of(block.matrix),
            "genre": favourites_of(block.matrix, genres).astype(np.int16),
            "items": pa.ListArray.from_arrays(offsets, pa.array(block.matrix.indices)),
            "ratings": pa.ListArray.from_arrays(offsets, pa.array(block.matrix.data)),
        }
    )


def _write(path: Path, table: Any, group: int) -> None:
    import pyarrow.parquet as pq

    waiting = path.with_name(f".{path.name}-{uuid4().hex}")
    # the low bits of vectors are noise, which does not compress
    plain = "vector" in table.column_names
    pq.write_table(
        table, waiting, row_group_size=group, compression="none" if plain else "zstd", use_dictionary=not plain
    )
    waiting.replace(path)


def _column(path: Path, name: str) -> Any:
    import pyarrow.parquet as pq

    column = pq.read_table(path, columns=[name])[name]
    return (
        column.to_pylist() if str(column.type) == "string" else np.concatenate([np.asarray(c) for c in column.chunks])
    )
