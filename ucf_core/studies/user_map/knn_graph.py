"""The k-nearest-neighbour graph of the embedding from which UMAP lays out a map."""

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import SpecError
from ucf_core.base.progress import Progress
from ucf_core.index.base import NeighbourIndex
from ucf_core.neighbours.neighbours import without_self

# Users that each one is held near to, without itself; umap-learn's own default, which counts the user, is 15.
NEIGHBOURS = 14

_BLOCK = 2048


def near_users(
    index: NeighbourIndex[NDArray[np.float32]],
    units: NDArray[np.float32],
    *,
    ef: int,
    progress: Progress | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The 14 nearest others of each user and their distances, 1 - cosine, both (n_users, 14), nearest first.

    `units`: (n_users, dim) float32. Raises SpecError where there are fewer users than that needs.
    """
    n_users = len(units)
    if n_users <= NEIGHBOURS:
        raise SpecError(
            f"{n_users} users are too few for UMAP, which needs {NEIGHBOURS + 1} or more; choose the map by PCA"
        )
    rows = np.empty((n_users, NEIGHBOURS), dtype=np.int32)
    distances = np.empty((n_users, NEIGHBOURS), dtype=np.float32)
    for start in range(0, n_users, _BLOCK):
        if progress is not None:
            progress(start, n_users)
        users = np.arange(start, min(start + _BLOCK, n_users))
        hits = index.search(units[users], k=NEIGHBOURS + 1, ef=ef)
        found, similarities = without_self(hits, users, NEIGHBOURS)
        rows[users], distances[users] = found, 1 - np.asarray(similarities)
    return rows, np.maximum(distances, 0.0)
