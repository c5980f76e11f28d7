"""The vectors of all users, read from the files of a build if they fit a serving process."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only
from ucf_core.base.errors import ArtifactError, SpecError
from ucf_core.base.progress import Progress
from ucf_core.cluster.files import files
from ucf_core.embedding.embedding import unit_rows

# At dim 128 a million users.
MOST_BYTES = 512 << 20


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
            rows, vectors = files.read_vectors(path)
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
