"""Datasets that were built on a cluster: folders in `UCF_HOME`/clusters, listed if `UCF_VECTORS` is set."""

import os
from pathlib import Path
from typing import Any

from ucf_core.base.errors import DatasetError
from ucf_core.base.files.json_reader import read_json

PREFIX = "cluster:"
ADDRESS_VARIABLE = "UCF_VECTORS"
_ABOUT = "about.json"
_COUNTS = ("n_users", "n_items", "n_ratings")


def is_served() -> bool:
    """Whether `UCF_VECTORS` gives the address of a vector service."""
    return bool(os.environ.get(ADDRESS_VARIABLE))


def clusters(home: Path) -> dict[str, dict[str, Any]]:
    """The content of about.json of each whole build, by name, sorted; {} if no vectors are served."""
    if not is_served():
        return {}
    return {path.name: about for path in cluster_folders(home) if (about := about_of(path)) is not None}


def cluster_folders(home: Path) -> list[Path]:
    """Every folder of a build, whole or not, served or not, sorted by name."""
    return sorted(path for path in (home / "clusters").glob("[!.]*") if path.is_dir() or path.is_symlink())


def about_of(folder: Path) -> dict[str, Any] | None:
    """The content of about.json; None if it is missing or damaged."""
    try:
        about = read_json(folder / _ABOUT, dict)
    except (OSError, ValueError):
        return None
    return about if all(isinstance(about.get(count), int) for count in _COUNTS) else None


def cluster_title(folder: Path) -> str:
    """The title of a build in the list of deletions."""
    state = "" if is_served() else f", not served: {ADDRESS_VARIABLE} is not set"
    if folder.is_symlink():
        state = ", link only"
    elif about_of(folder) is None:
        state = ", no whole build"
    return f"{folder.name} (on a cluster{state})"


def cluster_path(name: str, home: Path) -> Path:
    """The folder of "cluster:NAME". Raises DatasetError for any name but one of `clusters`."""
    plain = name.removeprefix(PREFIX)
    if plain not in clusters(home):
        raise DatasetError(
            f"{plain[:60]!r} is no build of a cluster here; make one with `ucf build PATH --scheduler` and set "
            f"{ADDRESS_VARIABLE}"
        )
    return home / "clusters" / plain


def about_path(name: str, home: Path) -> Path:
    """The file that changes with every build of "cluster:NAME"."""
    return cluster_path(name, home) / _ABOUT
