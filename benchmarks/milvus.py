"""Latency of a search through Milvus Lite beside hnswlib, on the vectors that a build on a cluster wrote.

uv run python -m benchmarks.milvus FOLDER --k 50 --ef 128 --out docs/benchmarks.md

FOLDER is what `ucf build PATH --scheduler ... --out FOLDER` made.
"""

import argparse
import json
import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.documents import Generated
from ucf_core.base.specs import Engine, HnswSpec
from ucf_core.cluster.files import files
from ucf_core.embedding.embedding import unit_rows
from ucf_core.index.exact import ExactIndex
from ucf_core.index.hnsw.index import HnswIndex
from ucf_core.index.milvus.index import MilvusIndex
from ucf_core.index.milvus.service import Milvus, MilvusAddress
from ucf_core.index.milvus.store import MilvusBuild
from ucf_core.neighbours.recall import overlap

QUERIES = 200
DOCUMENT = Generated("milvus", ("table",), "Milvus")
ENGINES = {
    "hnswlib": "hnswlib, in the process",
    "milvus_lite_hnsw": "Milvus Lite, HNSW",
    "milvus_lite_flat": "Milvus Lite, FLAT",
}


def main() -> None:
    """Build both indexes, ask both the same, and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--k", type=int, default=50)
    parser.add_argument("--ef", type=int, default=128)
    parser.add_argument("--rows", type=int, default=None, help="take the first users only")
    parser.add_argument("--out", type=Path, default=None, help="a .md whose part is replaced, or a .json")
    given = parser.parse_args()
    problem = DOCUMENT.problem(given.out) if given.out else None
    if problem:
        parser.error(problem)
    about = files.read_about(given.folder)
    if about is None:
        parser.error(f"{given.folder} holds no build")
    paths = sorted((given.folder / about["build"] / "vectors").glob("*.parquet"))
    units = unit_rows(np.concatenate([files.read_vectors(path)[1] for path in paths]))[: given.rows]
    queries = units[np.random.default_rng(0).permutation(len(units))[:QUERIES]]
    truth = ExactIndex(units).search(queries, k=given.k)
    answer: dict[str, Any] = {"rows": len(units), "dim": units.shape[1], "k": given.k, "ef": given.ef}
    answer |= {"date": f"{datetime.now(UTC):%Y-%m-%d}", "cores": os.cpu_count(), "load_before": _load()}
    with tempfile.TemporaryDirectory(dir=given.folder.parent) as scratch:
        milvus = Milvus(MilvusAddress.parse(f"milvus-lite:{scratch}/vectors.db"))
        for name, build in {
            "hnswlib": lambda: HnswIndex.build(units, HnswSpec()),
            "milvus_lite_hnsw": lambda: _in_milvus(milvus, units, "hnsw"),
            "milvus_lite_flat": lambda: _in_milvus(milvus, units, "exact"),
        }.items():
            start = time.perf_counter()
            index: Any = build()
            answer[name] = {"build_seconds": round(time.perf_counter() - start, 1)}
            print(name, answer[name], flush=True)
            answer[name] |= _searched(index, queries, truth, given.k, given.ef)
        milvus.close()
    answer["load_after"] = _load()
    print(json.dumps(answer, indent=1))
    if given.out:
        DOCUMENT.write(given.out, answer, {"table": table(answer)})


def table(answer: dict[str, Any]) -> str:
    """The results as Markdown, with what else the machine had to do."""
    message = (
        f"{answer['rows']:,} vectors of dim {answer['dim']}, {QUERIES} searches one after another, k {answer['k']}, ef "
        f"{answer['ef']}. Measured on {answer['date']} with {answer['cores']} cores; load of the last minute "
        f"{answer['load_before']} at the start, {answer['load_after']} at the end."
    )
    lines = [
        "",
        message,
        "",
        "| engine | built in, s | median, ms | 95 %, ms | recall |",
        "| --- | --- | --- | --- | --- |",
    ]
    for key, name in ENGINES.items():
        row = answer[key]
        lines.append(
            f"| {name} | {row['build_seconds']:g} | {row['milliseconds_median']:g} | {row['milliseconds_p95']:g} | "
            f"{row['recall']:.3f} |"
        )
    return "\n".join([*lines, ""])


def _in_milvus(milvus: Milvus, units: Any, engine: Engine) -> MilvusIndex:
    build = MilvusBuild.begin(milvus, f"units_{engine}", dim=units.shape[1], spec=HnswSpec(), engine=engine)
    build.add(np.arange(len(units)), units)
    build.publish(len(units))
    return MilvusIndex.open(milvus, build.alias, dim=build.dim, engine=engine)


def _load() -> float:
    return round(os.getloadavg()[0], 1)


def _searched(index: Any, queries: Any, truth: Any, k: int, ef: int) -> dict[str, float]:
    """Milliseconds of single searches, and the recall against exact search."""
    times, shares = [], []
    for query, rows in zip(queries, truth.rows, strict=True):
        start = time.perf_counter()
        hits = index.search(query[None], k=k, ef=ef)
        times.append(1e3 * (time.perf_counter() - start))
        shares.append(overlap(hits.rows[0], rows))
    return {
        "milliseconds_median": round(float(np.median(times)), 2),
        "milliseconds_p95": round(float(np.percentile(times, 95)), 2),
        "recall": round(float(np.mean(shares)), 4),
    }


if __name__ == "__main__":
    main()
