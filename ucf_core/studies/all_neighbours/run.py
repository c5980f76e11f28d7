"""The k nearest users of every user, in one file: blocked, resumable after a kill, in bounded memory."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.cores import usable_cores
from ucf_core.base.memory import check_memory
from ucf_core.base.progress import Progress
from ucf_core.base.specs import QuerySpec
from ucf_core.explorer.explorer import Explorer
from ucf_core.neighbours.neighbours import check_neighbour_count
from ucf_core.ratings.ids import IdMap
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.all_neighbours.blocks import DensePairs, Engine, Found, IndexPairs, SparsePairs
from ucf_core.studies.all_neighbours.files import Parts, check_target, count_parts, work_folder

# Goes into the key of every part: parts of another version are made again.
FORMAT = 1

# Users in a part. At ml-25m's size one takes some seconds, which is what a kill costs.
_PART = 2048

# Queries to an HNSW index at once; other searches wait meanwhile, so few enough to take a quarter of a second.
_DENSE_QUERIES, _SPARSE_QUERIES = 512, 64


@dataclass(frozen=True)
class AllNeighbours:
    """The file that `all_neighbours` made, and how it went.

    Attributes:
        path: an npz file: `users` (n, k) int32 raw ids (rows, where the raw ids do not fit int32),
            `similarities` (n, k) float32, `rows` (n, k) int32, `row_ids` (n,) the raw id of every row. Row u holds
            the neighbours of user u, most similar first, equals by row, never u.
        rows: number of users, n.
        k: neighbours of each.
        dim: embedding dimensions, None in the raw space.
        space, engine: what was compared, and by which engine.
        seconds: what this call took.
        blocks: parts that the work was cut into.
        resumed_blocks: how many of them an earlier call had left.
    """

    path: Path
    rows: int
    k: int
    dim: int | None
    space: str
    engine: str
    seconds: float
    blocks: int
    resumed_blocks: int


def all_neighbours(
    explorer: Explorer, query: QuerySpec, *, out: Path, progress: Progress | None = None
) -> AllNeighbours:
    """Write the `query.k` nearest users of every user to the npz file `out`; see AllNeighbours for its contents.

    The engine is that of `query`. Finished parts are kept beside `out` until it is complete: a call with the same
    settings after a kill, a cancel or a full disk goes on where the last one stopped, to the same digits (unless a
    graph that cannot be seeded, that of the raw space, was built anew in between).

    Args:
        explorer: the dataset, and what is built from it.
        query: how many neighbours, in which space, by which engine.
        out: the file; one that exists is replaced when the new one is complete.
        progress: called with (users done, users); it may raise to stop the work, which takes less than a second.

    Raises:
        SpecError: for settings that the data do not allow.
        UcfError: if less memory is available than needed.
        ArtifactError: if `out` cannot be written, or another process is working on it.
    """
    start = time.perf_counter()
    ratings = explorer.ratings
    n_users = ratings.n_users
    check_all_neighbours(ratings, query, out=out)
    with work_folder(out) as folder:
        parts = Parts(folder, _key(explorer, query), n_users, query.k, _PART)
        missing = [number for number in range(len(parts)) if parts.read(number) is None]
        if missing:
            done = n_users - sum(len(parts.users(number)) for number in missing)
            _report(progress, done, n_users)
            engine = _engine(explorer, query, lambda *_: _report(progress, done, n_users))
            with _Finder(engine, query.k) as find:
                for number in missing:
                    pieces = []
                    for piece in find(parts.users(number)):
                        pieces.append(piece)
                        done += len(piece[0])
                        _report(progress, done, n_users)
                    rows, similarities = zip(*pieces, strict=True)
                    parts.write(number, (np.concatenate(rows), np.concatenate(similarities)))
        parts.finish(out, ratings.users.ids, lambda rows: _as_users(ratings.users, rows))
    return AllNeighbours(
        path=out,
        rows=n_users,
        k=query.k,
        dim=explorer.builds.dim(query),
        space=query.space,
        engine=query.chosen_engine,
        seconds=time.perf_counter() - start,
        blocks=len(parts),
        resumed_blocks=len(parts) - len(missing),
    )


def check_all_neighbours(ratings: Ratings, query: QuerySpec, *, out: Path) -> None:
    """Raise what `all_neighbours` would raise at once: a k or a target that does not do, too little disk or memory."""
    check_neighbour_count(query.k, ratings.n_users)
    # parts take 8 bytes a neighbour and the joined file 12
    check_target(out, 20 * ratings.n_users * query.k)
    check_memory(
        _bytes_needed(ratings, query),
        f"finding all neighbours in the {query.space} space",
        "close other programs, or take a smaller dataset",
    )


def file_bytes(n_users: int, k: int) -> int:
    """Size of the file for ids of up to 8 bytes, without some hundred bytes of headers."""
    return 12 * n_users * k + 8 * n_users


def share_done(out: Path, n_users: int) -> float:
    """Share of the users whose neighbours an earlier, unfinished call left beside `out`; 0 where there was none."""
    return min(count_parts(out) * _PART / n_users, 1.0)


class _Finder:
    """Runs an engine over ranges of users, step by step, on all cores."""

    def __init__(self, engine: Engine, k: int) -> None:
        self._engine, self._k = engine, k
        self._pool = ThreadPoolExecutor(1 if engine.own_threads else usable_cores())

    def __enter__(self) -> "_Finder":
        return self

    def __exit__(self, *_: object) -> None:
        # what has not begun never will: a cancel waits for one step of each thread at most
        self._pool.shutdown(cancel_futures=True)

    def __call__(self, users: range) -> Iterator[Found]:
        def step(start: int) -> Found:
            return self._engine(start, min(start + self._engine.step, users.stop), self._k)

        return self._pool.map(step, range(users.start, users.stop, self._engine.step))


def _engine(explorer: Explorer, query: QuerySpec, progress: Progress) -> Engine:
    """What answers `query`, built or loaded if need be; `progress` is asked whether to stop."""
    builds = explorer.builds
    if query.space == "svd":
        builds.embedding(query, progress=progress)
    if query.chosen_engine == "exact":
        return DensePairs(builds.units(query)) if query.space == "svd" else SparsePairs(builds.weighted(query))
    index = builds.index(query, progress=progress)
    if query.space == "svd":
        return IndexPairs(index, builds.units(query), ef=query.ef, step=_DENSE_QUERIES)
    return IndexPairs(index, builds.weighted(query), ef=query.ef, step=_SPARSE_QUERIES)


def _key(explorer: Explorer, query: QuerySpec) -> dict[str, str | int | float | None]:
    """All that decides the answer, and nothing else."""
    key: dict[str, str | int | float | None] = {
        "format": FORMAT,
        "fingerprint": explorer.ratings.fingerprint,
        "space": query.space,
        "engine": query.chosen_engine,
        "weighting": query.weighting,
    }
    if query.space == "svd":
        embedding = query.embedding
        key |= {"dim": query.dim, "fitted": embedding.dim, "seed": embedding.seed}
    if query.chosen_engine == "hnsw":
        graph = query.hnsw
        key |= {"ef": query.ef, "M": graph.M, "ef_construction": graph.ef_construction, "graph_seed": graph.seed}
    return key


def _bytes_needed(ratings: Ratings, query: QuerySpec) -> int:
    """Memory that the work takes on top of the ratings, at its peak, in bytes; rather too much than too little."""
    n_users, n_ratings = ratings.n_users, ratings.n_ratings
    graph = 0 if query.chosen_engine == "exact" else n_users * (20 * query.M + 300)
    # svd: the embedding, its unit vectors, and as much again while they are made or copied into a graph;
    # raw: scaling the rows takes 32 bytes a rating for a moment, of which 8 stay, or 8 in the graph
    work = 16 * n_users * query.embedding.dim if query.space == "svd" else 32 * n_ratings
    # where all users are equally near, every cosine of a block is a candidate, of 20 bytes with its place and order
    blocks = 20 * SparsePairs.step * usable_cores() * (n_users + (ratings.n_items if query.space == "raw" else 0))
    return work + graph + (blocks if query.chosen_engine == "exact" else 0) + 20 * _PART * query.k


def _as_users(users: IdMap, rows: NDArray[np.int32]) -> NDArray[Any]:
    """The raw ids of rows as int32, or the rows where the ids are text or too large."""
    ids = users.ids
    int32 = np.iinfo(np.int32)
    fits = users.numeric and int(ids[0]) >= int32.min and int(ids[-1]) <= int32.max
    return ids[rows].astype(np.int32) if fits else rows


def _report(progress: Progress | None, done: int, total: int) -> None:
    if progress:
        progress(done, total)
