"""Our side of each stage, as functions that run in a process of their own.

A function imports what it needs first, loads what was prepared, and only then starts the clock.
"""

import statistics
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.clock import RECALL_USERS, Answer, Laps, errors, overlap, recall, samples, since
from benchmarks.measure import peak_bytes, resident_bytes
from benchmarks.task import DIM, K, N, Task

# At ml-25m's size a graph that is built with 200 finds no more at the same ef, and takes half as long again to build.
RAW_EF_CONSTRUCTION = 100
RAW_EF = 400


def csv_to_csr(task: Task) -> Answer:
    """read_ratings."""
    import pyarrow.csv  # noqa: F401  as pandas is imported before the notebook's clock starts

    from ucf_core.datasets.read.layouts import read_ratings

    start = time.perf_counter()
    ratings = read_ratings(task.folder)
    return since(start, shape=ratings.matrix.shape, n_ratings=ratings.n_ratings, n_untitled=ratings.report.n_untitled)


def svd(task: Task) -> Answer:
    """fit_embedding and unit vectors."""
    from ucf_core.base.specs import EmbeddingSpec
    from ucf_core.embedding.embedding import fit_embedding

    matrix = task.matrix()
    start = time.perf_counter()
    embedding = fit_embedding(matrix, EmbeddingSpec(dim=DIM, seed=task.seed))
    embedding.unit_vectors()
    return since(start) | errors(task, embedding.singular_values)


def hnsw(task: Task) -> Answer:
    """HnswIndex.build, with reports of progress; recall after the clock stopped."""
    from ucf_core.base.specs import HnswSpec
    from ucf_core.index.hnsw.index import HnswIndex

    reports: list[float] = []
    unit = task.load("units")
    start = time.perf_counter()
    index = HnswIndex.build(
        unit, HnswSpec(), num_threads=task.threads, progress=lambda done, _total: reports.append(done)
    )
    answer = since(start, threads=task.threads, n_reports=len(reports))
    users = task.users(RECALL_USERS)
    return answer | {"recall": recall(unit, users, index.search(unit[users], k=K + 1, ef=128).rows)}


def exact_one_raw(task: Task) -> Answer:
    """Neighbours by exact search over sparse rows."""
    explorer, users = _serving(task, 50)
    return samples(lambda user: explorer.neighbours(user, k=K, space="raw", engine="exact"), users)


def exact_one_svd(task: Task) -> Answer:
    """Neighbours by exact search over unit vectors."""
    explorer, users = _serving(task, 50)
    return samples(lambda user: explorer.neighbours(user, k=K, engine="exact"), users)


def recommend_one(task: Task) -> Answer:
    """Neighbours and recommendations, everything built."""
    explorer, users = _serving(task, 200)
    return samples(lambda user: explorer.recommend(user, n=N), users)


def cold(task: Task) -> Answer:
    """From the CSV to recommendations by exact search, nothing built."""
    task.use(task.empty)
    clock = Laps()
    import ucf_core as ucf

    ratings = ucf.load_ratings(task.folder)
    clock.lap("csv_to_csr")
    explorer = ucf.Explorer(ratings)
    recommendations = explorer.recommend(ratings.users.raw(0), n=N, engine="exact")
    clock.lap("recommend")
    laps = {stage.name: stage.seconds for stage in explorer.builds.stages}
    laps["recommend"] = clock.laps["recommend"] - sum(laps.values())
    laps = {"csv_to_csr": clock.laps["csv_to_csr"], **laps}
    return {"value": clock.total, "peak_bytes": peak_bytes(), "laps": laps, "n": len(recommendations.items)}


def restart_command(task: Task) -> list[str]:
    """`ucf recommend` for the first user."""
    return ["recommend", str(task.folder), task.first_user, "--n", str(N), "--json"]


def memory(task: Task) -> Answer:
    """Memory after 100 answers."""
    explorer, users = _serving(task, 100)
    for user in users:
        explorer.recommend(user, n=N)
    return {"value": resident_bytes(), "rss_bytes": resident_bytes(), "peak_bytes": peak_bytes(), "answers": len(users)}


def hnsw_raw(task: Task) -> Answer:
    """SparseHnswIndex.build; recall and the time of a query after the clock stopped."""
    from ucf_core.base.specs import HnswSpec
    from ucf_core.index.exact import SparseExactIndex
    from ucf_core.index.sparse_hnsw import SparseHnswIndex

    matrix = task.matrix()
    start = time.perf_counter()
    index = SparseHnswIndex.build(matrix, HnswSpec(ef_construction=RAW_EF_CONSTRUCTION), num_threads=task.threads)
    answer = since(start, threads=task.threads)
    queries = matrix[task.users(RECALL_USERS)]
    truth = SparseExactIndex(matrix).search(queries, k=K + 1).rows
    started = time.perf_counter()
    found = index.search(queries, k=K + 1, ef=RAW_EF).rows
    a_query = (time.perf_counter() - started) / queries.shape[0]
    return answer | {"recall": overlap(found, truth), "ef": RAW_EF, "query_seconds": a_query}


def all_raw_command(task: Task) -> list[str]:
    """`ucf all-neighbours` by exact search in the raw space."""
    out = _all_raw_file(task)
    out.unlink(missing_ok=True)
    options = ["--k", str(K), "--space", "raw", "--engine", "exact", "--out", str(out), "--json"]
    return ["all-neighbours", str(task.folder), *options]


def all_raw_check(task: Task) -> Answer:
    """Recall of the file that `all_raw_command` wrote."""
    import numpy as np

    explorer, users = _serving(task, 50)
    with np.load(_all_raw_file(task), allow_pickle=False) as kept:
        found = kept["users"]  # raw ids
    shares = []
    for user in users:
        row = explorer.ratings.users.row(user)
        truth = explorer.neighbours(user, k=K, space="raw", engine="exact").users
        shares.append(len(set(found[row].tolist()) & set(truth.tolist())) / K)
    return {"recall": statistics.mean(shares)}


def _all_raw_file(task: Task) -> Path:
    return task.inputs / "all-raw.npz"


def _serving(task: Task, n: int) -> tuple[Any, list[Any]]:
    """An Explorer with everything loaded and in use, and the raw ids of n users to ask it about."""
    task.use(task.home)
    import ucf_core as ucf

    explorer = ucf.Explorer(ucf.load_ratings(task.folder))
    explorer.build()
    return explorer, [explorer.ratings.users.raw(row) for row in task.users(n).tolist()]


def ucf_command(arguments: list[str]) -> list[str]:
    """The `ucf` command of this checkout."""
    return [sys.executable, "-m", "ucf_core.cli", *arguments]
