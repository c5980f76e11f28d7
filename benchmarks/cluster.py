"""A build on a cluster of this machine: time, memory and bytes moved of each stage.

uv run python -m benchmarks.cluster PARTS --workers 2 --memory 2GiB --first 13

PARTS is a folder of Parquet parts (`ucf_core.cluster.input.parts.cut_into_parts` makes one of a file); --first takes
the first few of them only, to see how the cost grows. Vectors are written as Parquet; Milvus is left out.
"""

import argparse
import json
import resource
import shutil
import tempfile
from pathlib import Path
from typing import Any

import dask

from ucf_core.base.specs import QuerySpec
from ucf_core.cluster.build.build import build_on_cluster
from ucf_core.cluster.dask.scheduler import connected

# Transfers that a worker remembers; by default the last thousand.
_REMEMBERED = 1_000_000


def main() -> None:
    """Run the build and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", default="2GiB")
    parser.add_argument("--first", type=int, default=None, help="take the first parts only")
    parser.add_argument("--weighting", default="raw")
    given = parser.parse_args()
    dask.config.set({"distributed.admin.low-level-log-length": _REMEMBERED})
    with tempfile.TemporaryDirectory(dir=given.parts.parent) as scratch:
        source = Path(scratch) / "parts"
        source.mkdir()
        for path in sorted(given.parts.glob("*.parquet"))[: given.first]:
            (source / path.name).symlink_to(path.resolve())
        with connected(f"local:{given.workers}", memory=given.memory) as client:
            print(json.dumps(_measured(client, source, Path(scratch) / "out", given.weighting), indent=1))


def _measured(client: Any, source: Path, out: Path, weighting: str) -> dict[str, Any]:
    before = client.run(_worker_state)
    after_stage: dict[str, Any] = {}

    def watch(stage: str) -> None:
        after_stage[stage] = client.run(_worker_state)
        print(stage, flush=True)

    steps = [0.0]

    def progress(done: float, _: float | None) -> None:
        steps.append(done)

    made = build_on_cluster(client, str(source), out, QuerySpec(weighting=weighting), watch=watch, progress=progress)  # type: ignore[arg-type]
    rows, last = [], before
    for stage in made.stages:
        state = after_stage[stage.name]
        rows.append(
            {
                "stage": stage.name,
                "seconds": round(stage.seconds, 1),
                "megabytes_between_workers": round(sum(_moved(state, last)) / 1e6, 1),
                "peak_megabytes_per_worker": [round(each["peak"] / 1e6) for each in state.values()],
                "held_megabytes_per_worker": [round(each["rss"] / 1e6) for each in state.values()],
                "spilled_megabytes_per_worker": [round(each["spilled"] / 1e6) for each in state.values()],
            }
        )
        last = state
    sizes = {
        name: sum(path.stat().st_size for path in out.glob(f"build-*/{name}/*")) for name in ("ratings", "vectors")
    }
    about = {key: made.about[key] for key in ("n_users", "n_items", "n_ratings", "n_blocks", "max_dim")}
    shutil.rmtree(out)
    return {
        **about,
        "products": round(steps[-1]) + 2,  # one to begin with, and one of dim columns at the end
        "stages": rows,
        "workers_restarted": sum(before.get(worker, {}).get("pid") != each["pid"] for worker, each in last.items()),
        "driver_peak_megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
        "file_megabytes": {name: round(size / 1e6) for name, size in sizes.items()},
    }


def _moved(state: dict[str, Any], last: dict[str, Any]) -> list[int]:
    return [each["received"] - last.get(worker, {}).get("received", 0) for worker, each in state.items()]


def _worker_state(dask_worker: Any) -> dict[str, int]:
    import os

    import psutil

    data = dask_worker.data
    return {
        "pid": os.getpid(),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "rss": psutil.Process().memory_info().rss,
        "received": sum(int(entry["total"]) for entry in dask_worker.transfer_incoming_log),
        "spilled": int(getattr(getattr(data, "spilled_total", None), "disk", 0)),
    }


if __name__ == "__main__":
    main()
