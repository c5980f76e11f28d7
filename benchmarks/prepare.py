"""Inputs of the stages, not measured: datasets, smaller ones of the same users, arrays, ARPACK's values."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import describe
from benchmarks.task import DIM, K, Task


@dataclass(frozen=True)
class Scale:
    """The size of a synthetic dataset; all have more than 128 users and films, so that dim 128 exists."""

    n_users: int
    n_items: int
    n_ratings: int


SCALES: dict[str, Scale] = {
    "tiny": Scale(240, 320, 8_000),
    "small": Scale(4_000, 4_000, 400_000),
    "ml-1m": Scale(6_040, 3_706, 1_000_209),
    "ml-25m": Scale(162_541, 59_047, 25_000_095),
}


def dataset(scale: str, folder: str) -> dict[str, Any]:
    """Draw the synthetic dataset of a scale into a folder, unless it is there."""
    from ucf_core.datasets.synthetic.generate import SyntheticSpec, synthesize, write_movielens

    size = SCALES[scale]
    if not (Path(folder) / "ratings.csv").exists():
        spec = SyntheticSpec(n_users=size.n_users, n_items=size.n_items, n_ratings=size.n_ratings)
        write_movielens(synthesize(spec), Path(folder))
    return {}


def thinned(source: str, beside: str) -> dict[str, Any]:
    """Datasets with half and a quarter of the users of `source`, line by line as they are there: their folders.

    The quarter is a part of the half. Made anew when the source changed.
    """
    import numpy as np

    ratings, movies = Path(source) / "ratings.csv", Path(source) / "movies.csv"
    folders = {factor: Path(beside) / f"users-{factor}-of-4" for factor in (1, 2)}
    answer = {"folders": {factor: str(folder) for factor, folder in folders.items()}}
    made_of = Path(beside) / "thinned.json"
    if made_of.exists() and json.loads(made_of.read_text()) == signature(source):
        return answer
    made_of.unlink(missing_ok=True)
    with ratings.open("rb") as lines:
        header = next(lines)
        users = sorted({line[: line.index(b",")] for line in lines})
    shuffled = np.random.default_rng(0).permutation(len(users)).tolist()
    chosen = {factor: {users[at] for at in shuffled[: len(users) * factor // 4]} for factor in folders}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "movies.csv").write_bytes(movies.read_bytes())
    with (
        ratings.open("rb") as lines,
        (folders[1] / "ratings.csv").open("wb") as quarter,
        (folders[2] / "ratings.csv").open("wb") as half,
    ):
        quarter.write(header)
        half.write(header)
        next(lines)
        for line in lines:
            user = line[: line.index(b",")]
            if user in chosen[2]:
                half.write(line)
                if user in chosen[1]:
                    quarter.write(line)
    made_of.write_text(json.dumps(signature(source)))
    return answer


def signature(source: str) -> dict[str, int]:
    """What changes when the ratings of a folder do."""
    stat = (Path(source) / "ratings.csv").stat()
    return {"bytes": stat.st_size, "changed": stat.st_mtime_ns}


def built(task_json: str) -> dict[str, Any]:
    """Build everything in the task's home and keep the arrays that stages start from."""
    import numpy as np

    task = Task.from_json(task_json)
    task.use(task.home)
    import ucf_core as ucf

    ratings = ucf.load_ratings(task.folder)
    explorer = ucf.Explorer(ratings)
    explorer.build()
    matrix = ratings.matrix
    task.save("data", matrix.data)
    task.save("indices", matrix.indices)
    task.save("indptr", matrix.indptr)
    task.save("shape", np.array(matrix.shape))
    task.save("units", explorer.builds.units(ucf.QuerySpec()))
    nearest = explorer.neighbours(ratings.users.raw(0), k=K, engine="exact")
    task.save("neighbours", nearest.rows)
    task.save("similarities", nearest.similarities)
    return {
        "n_users": ratings.n_users,
        "n_items": ratings.n_items,
        "n_ratings": ratings.n_ratings,
        "first_user": str(ratings.users.raw(0)),
    }


def arpack(task_json: str) -> dict[str, Any]:
    """The leading singular values by ARPACK in float64, to its last digit. Minutes at ml-25m's size."""
    import numpy as np
    from scipy.sparse.linalg import svds

    task = Task.from_json(task_json)
    start = time.perf_counter()
    matrix = task.notebook_matrix()
    first = np.random.default_rng(task.seed).standard_normal(min(matrix.shape))
    values = svds(matrix, k=min(DIM, min(matrix.shape) - 1), tol=0, v0=first, return_singular_vectors=False)
    task.arpack.parent.mkdir(parents=True, exist_ok=True)
    with task.arpack.open("wb") as file:
        np.save(file, np.sort(values)[::-1], allow_pickle=False)
    return {"seconds": time.perf_counter() - start}


PREPARATIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "arpack": arpack,
    "built": built,
    "dataset": dataset,
    "machine": describe,
    "thinned": thinned,
}
