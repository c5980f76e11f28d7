"""What `ucf build PATH --scheduler ...` does and answers."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ucf_core.base.files.paths import home
from ucf_core.base.specs import QuerySpec
from ucf_core.cli.output import peak_rss_bytes


def cluster_answer(
    source: str, query: QuerySpec, *, scheduler: str, out: Path | None, dims: Sequence[int]
) -> dict[str, Any]:
    """Build on Dask, and into the vector store of `UCF_VECTORS` where that is set."""
    from ucf_core.cluster.build.build import build_on_cluster
    from ucf_core.cluster.dask.scheduler import connected
    from ucf_core.datasets.sources.cluster_builds import ADDRESS_VARIABLE
    from ucf_core.index.stores.registry import open_store

    start = time.perf_counter()
    folder = out or home() / "clusters" / (Path(source).name or "ratings")
    address = os.environ.get(ADDRESS_VARIABLE, "")
    store = open_store(address) if address else None
    if store is None:
        sys.stderr.write(f"{ADDRESS_VARIABLE} is not set: vectors are written as files, and not served\n")
    try:
        with connected(scheduler) as client:
            made = build_on_cluster(client, source, folder, query, store=store, dims=dims)
    finally:
        if store is not None:
            store.close()
    about = made.about
    return {
        "dataset": source,
        "fingerprint": about["fingerprint"],
        "n_users": about["n_users"],
        "n_items": about["n_items"],
        "n_ratings": about["n_ratings"],
        "n_duplicates": about["n_duplicates"],
        "n_untitled": about["n_untitled"],
        "stages": [{"name": stage.name, "seconds": stage.seconds, "cached": False} for stage in made.stages],
        "peak_rss_bytes": peak_rss_bytes(),
        "artifact_bytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        "path": str(folder),
        "dims": about["dims"],
        "seconds": time.perf_counter() - start,
    }
