"""Datasets that were built on a cluster, as the dashboard lists them: folders below `UCF_HOME`/clusters.

They are shown where `UCF_VECTORS` says who serves their vectors.
"""

import os
from pathlib import Path
from typing import Any

from ucf_core.errors import DatasetError
from ucf_core.json_reader import read_json

PREFIX = "cluster:"
ADDRESS_VARIABLE = "UCF_VECTORS"
_ABOUT = "about.json"


def clusters(home: Path) -> dict[str, dict[str, Any]]:
    """What is known of each build, by name, sorted; none where nobody serves vectors."""
    if not os.environ.get(ADDRESS_VARIABLE):
        return {}
    found = {}
    for path in sorted((home / "clusters").glob(f"*/{_ABOUT}")):
        try:
            found[path.parent.name] = read_json(path, dict)
        except (OSError, ValueError):  # opening it would say so
            continue
    return found


def cluster_path(name: str, home: Path) -> Path:
    """The folder of "cluster:NAME". Raises DatasetError for any name but one of `clusters`."""
    plain = name.removeprefix(PREFIX)
    if plain not in clusters(home):
        raise DatasetError(
            f"{plain[:60]!r} is no build of a cluster here; make one with `ucf build PATH --scheduler` and set "
            f"{ADDRESS_VARIABLE}"
        )
    return home / "clusters" / plain


def cluster_version(name: str, home: Path) -> str:
    """Changes with every build."""
    stat = (cluster_path(name, home) / _ABOUT).stat()
    return f"{stat.st_size}-{stat.st_mtime_ns}"
