"""The notebook's side of each stage, as functions that run in a process of their own."""

import time

from benchmarks import notebook
from benchmarks.clock import RECALL_USERS, Answer, Laps, errors, recall, samples, since
from benchmarks.measure import peak_bytes
from benchmarks.task import DIM, K, N, Task


def csv_to_csr(task: Task) -> Answer:
    """pandas: read, merge, category codes."""
    start = time.perf_counter()
    frame = notebook.read_frame(task.folder)
    matrix = notebook.to_matrix(frame)
    return since(start, shape=matrix.shape, n_ratings=matrix.nnz, n_titles=frame["title"].nunique())


def svd(task: Task) -> Answer:
    """TruncatedSVD and unit rows."""
    matrix = task.notebook_matrix()
    start = time.perf_counter()
    _, values = notebook.svd_vectors(matrix, DIM, seed=task.seed)
    return since(start) | errors(task, values)


def hnsw(task: Task) -> Answer:
    """Bare hnswlib; recall after the clock stopped."""
    unit = task.load("units")
    start = time.perf_counter()
    graph = notebook.svd_hnsw(unit, threads=task.threads)
    answer = since(start, threads=task.threads)
    users = task.users(RECALL_USERS)
    found, _ = graph.knn_query(unit[users], k=K + 1)
    return answer | {"recall": recall(unit, users, found)}


def exact_one_raw(task: Task) -> Answer:
    """Cosines of one rating row with all."""
    matrix = task.notebook_matrix()
    return samples(lambda row: notebook.one_user_top_k(matrix, row, K), task.users(10).tolist())


def exact_one_svd(task: Task) -> Answer:
    """Cosines of one unit vector with all."""
    unit = task.load("units")
    return samples(lambda row: notebook.one_user_top_k(unit, row, K), task.users(50).tolist())


def recommend_one(task: Task) -> Answer:
    """The loop over all items."""
    matrix = task.notebook_matrix()
    rows, similarities = task.load("neighbours").tolist(), task.load("similarities").tolist()
    top_k: notebook.TopK = {0: list(zip(rows, similarities, strict=True))}
    start = time.perf_counter()
    recommendations = notebook.recommend_items(0, matrix, top_k, N)
    return since(start, n=len(recommendations), users=1)


def cold(task: Task) -> Answer:
    """Every cell from reading to recommendations."""
    clock = Laps()
    frame = notebook.read_frame(task.folder)
    matrix = notebook.to_matrix(frame)
    clock.lap("csv_to_csr")
    unit, _ = notebook.svd_vectors(matrix, DIM, seed=task.seed)
    clock.lap("svd")
    graph = notebook.svd_hnsw(unit)
    clock.lap("hnsw")
    top_k = notebook.svd_top_k(graph, unit, K)
    clock.lap("search")
    recommendations = notebook.recommend_items(0, matrix, top_k, N)
    clock.lap("recommend")
    return {"value": clock.total, "peak_bytes": peak_bytes(), "laps": clock.laps, "n": len(recommendations)}


def all_raw(task: Task) -> Answer:
    """All cosines at once."""
    matrix = task.notebook_matrix()
    start = time.perf_counter()
    top_k = notebook.raw_top_k(matrix, K)
    return since(start, users=len(top_k))


def hnsw_raw(task: Task) -> Answer:
    """The graph over dense rating rows."""
    matrix = task.notebook_matrix()
    start = time.perf_counter()
    top_k = notebook.raw_hnsw_top_k(matrix, K)
    return since(start, users=len(top_k))
