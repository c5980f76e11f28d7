"""A map of all users by UMAP, which puts those who are neighbours in the embedding next to each other.

McInnes, Healy and Melville 2018. Its graph of neighbours is given to it, and it starts from the principal components:
that keeps the large picture in place (Kobak and Linderman 2021), and needs no second search. umap-learn (extra `map`)
is imported when first used; it brings numba, which compiles for some seconds.
"""

import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.block_lanczos import Progress
from ucf_core.errors import MissingExtraError, SpecError
from ucf_core.index.base import NeighbourIndex
from ucf_core.neighbours import without_self

Layout: TypeAlias = Callable[
    [NDArray[np.int32], NDArray[np.float32], NDArray[np.float32], int, Progress | None], NDArray[np.float32]
]
"""(neighbour rows, distances, places to start from, seed, progress) -> places; see `umap_layout`."""

# Users that each one is held near to, without itself; umap-learn's own default, which counts the user, is 15.
NEIGHBOURS = 14

# How closely users may be packed on the map, in units of the distance at which a link loses its hold.
_MIN_DIST = 0.1
# A large map settles in fewer rounds: umap-learn's own choice.
_ROUNDS, _ROUNDS_OF_MANY, _MANY = 500, 200, 10_000
# The map that UMAP starts from is this wide each way.
_REACH = 10.0
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


def umap_layout(
    rows: NDArray[np.int32],
    distances: NDArray[np.float32],
    start: NDArray[np.float32],
    seed: int,
    progress: Progress | None = None,
) -> NDArray[np.float32]:
    """Places by UMAP, (n_users, 2) float32: of each user the nearest others and their distances, both (n_users, m).

    `start`, (n_users, 2), is the map to begin with. The same seed gives the same map. `progress` hears of every round
    and may raise to stop. Raises MissingExtraError where umap-learn is not installed.
    """
    umap = _umap()
    n_users = len(rows)
    random = np.random.RandomState(seed)  # what umap-learn takes
    itself = np.arange(n_users, dtype=np.int32)[:, None]
    graph, _, _ = umap.fuzzy_simplicial_set(
        np.empty((n_users, 1), dtype=np.float32),  # only its length is looked at, as the neighbours are known
        rows.shape[1] + 1,
        random,
        "precomputed",
        knn_indices=np.hstack([itself, rows]),
        knn_dists=np.hstack([np.zeros((n_users, 1), dtype=np.float32), distances]),
    )
    a, b = umap.find_ab_params(1.0, _MIN_DIST)
    rounds = _ROUNDS if n_users <= _MANY else _ROUNDS_OF_MANY
    places, _ = umap.simplicial_set_embedding(
        data=start,
        graph=graph,
        n_components=2,
        initial_alpha=1.0,
        a=a,
        b=b,
        gamma=1.0,
        negative_sample_rate=5,
        n_epochs=rounds,
        init=_spread(start),
        random_state=random,
        metric="euclidean",
        metric_kwds={},
        densmap=False,
        densmap_kwds={},
        output_dens=False,
        parallel=False,  # threads would race for the places, and no seed could repeat that
        tqdm_kwds={
            "disable": progress is None,
            "file": _Rounds(rounds, progress),
            "bar_format": "{n}",
            "miniters": 1,
            "mininterval": 0.0,
            "leave": False,
        },
    )
    return np.asarray(places, dtype=np.float32)


class _Rounds:
    """What umap-learn takes for a screen: the number of each round that is written to it is passed on as progress."""

    def __init__(self, rounds: int, progress: Progress | None) -> None:
        self._rounds = rounds
        self._progress = progress

    def write(self, text: str) -> None:
        done = text.strip()
        if done.isdigit() and self._progress is not None:
            self._progress(float(done), float(self._rounds))

    def flush(self) -> None:
        pass


def _spread(places: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same map, from -10 to 10 along its longer axis: the forces of UMAP act over distances of about 1."""
    reach = float(np.abs(places).max(initial=0.0))
    return places * np.float32(_REACH / reach) if reach else places.copy()


def _umap() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImportWarning)  # of TensorFlow, which another part of it could use
            return import_module("umap.umap_")
    except ImportError as error:
        raise MissingExtraError(
            'a map by UMAP needs umap-learn, which is not installed; get it with: pip install "ucf-explorer[map]", or '
            "in a checkout: uv sync --extra map; the map by PCA needs nothing more"
        ) from error


def is_installed() -> bool:
    """Whether umap-learn is there, without importing it."""
    return find_spec("umap") is not None
