"""An Explorer on a cluster build: neighbours from a vector store, ratings from Parquet.

UCF_VECTORS is the address of the store; see `ucf_core.index.stores.registry`.
"""

import os
from pathlib import Path
from typing import Any

from ucf_core.base.errors import ArtifactError, SpecError
from ucf_core.base.files.paths import home
from ucf_core.cluster.files import files
from ucf_core.cluster.serve.builds import ServedBuilds
from ucf_core.cluster.serve.ratings import read_ratings
from ucf_core.datasets.sources.cluster_builds import ADDRESS_VARIABLE, PREFIX, cluster_path
from ucf_core.explorer.explorer import Explorer
from ucf_core.index.store import VectorStore
from ucf_core.index.stores.registry import open_store, store_addresses, store_titles


def open_served(source: Path | str, vectors: str | None = None) -> Explorer:
    """The Explorer of the folder of a cluster build, or of "cluster:NAME", one below `UCF_HOME`.

    `vectors` is the address of the vector store; default `UCF_VECTORS`. Raises ArtifactError for a folder without a
    complete build, DatasetError for an unknown name, SpecError without an address.
    """
    named = isinstance(source, str) and source.startswith(PREFIX)
    folder = cluster_path(str(source), home()) if named else Path(source)
    about = files.read_about(folder)
    if about is None:
        raise ArtifactError(f"{folder} holds no build; make one with `ucf build PATH --scheduler`")
    address = vectors or os.environ.get(ADDRESS_VARIABLE, "")
    if not address:
        raise SpecError(f"{folder} is served from {store_titles()}; set {ADDRESS_VARIABLE} to {store_addresses()}")
    return ServedExplorer(folder, about, open_store(address))


class ServedExplorer(Explorer):
    """An Explorer over files and a vector store. What needs all ratings, or too many vectors, raises SpecError."""

    def __init__(self, folder: Path, about: dict[str, Any], store: VectorStore) -> None:
        """Use `open_served`."""
        build = folder / about["build"]
        ratings = read_ratings(folder, build, about)
        self._hold(ratings, ServedBuilds(ratings, build, about, store))
