"""Lay out a map with umap-learn: `python -m ucf_core.studies.user_map.umap_process FOLDER SEED`.

In a process of its own: umap-learn does not let go of the interpreter while it computes a round, which at 162,541
users takes a second, so that everything else in its process would stand still. FOLDER holds rows.npy, distances.npy
and start.npy, as `layout.umap_layout` takes them, and gets places.npy; of each round a line on standard output says
"done total".
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# How closely users may be packed on the map, in units of the distance at which a link loses its hold.
_MIN_DIST = 0.1
# A large map settles in fewer rounds: umap-learn's own choice.
_ROUNDS, _ROUNDS_OF_MANY, _MANY = 500, 200, 10_000
# The map that UMAP starts from reaches this far each way.
_REACH = 10.0


def laid_out(
    rows: NDArray[np.int32], distances: NDArray[np.float32], start: NDArray[np.float32], seed: int
) -> NDArray[np.float32]:
    """Places, (n_users, 2) float32; see `layout.umap_layout`."""
    umap: Any = import_module("umap.umap_")
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
            "disable": False,
            "file": _Rounds(rounds),
            "bar_format": "{n}",
            "miniters": 1,
            "mininterval": 0.0,
            "leave": False,
        },
    )
    return np.asarray(places, dtype=np.float32)


class _Rounds:
    """What umap-learn takes for a screen: the number of each round that is written to it goes to standard output."""

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds

    def write(self, text: str) -> None:
        done = text.strip()
        if done.isdigit():
            sys.stdout.write(f"{done} {self._rounds}\n")

    def flush(self) -> None:
        sys.stdout.flush()


def _spread(places: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same map, from -10 to 10 along its longer axis: the forces of UMAP act over distances of about 1."""
    reach = float(np.abs(places).max(initial=0.0))
    return places * np.float32(_REACH / reach) if reach else places.copy()


def main() -> None:
    """Read FOLDER, lay out, write to FOLDER."""
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    rows, distances, start = (
        np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("rows", "distances", "start")
    )
    np.save(folder / "places.npy", laid_out(rows, distances, start, seed), allow_pickle=False)


if __name__ == "__main__":
    main()
