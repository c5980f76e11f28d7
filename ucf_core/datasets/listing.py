"""The list of datasets: those of the registry, links, builds of a cluster and uploads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ucf_core.datasets.sources import cluster_builds, links, registry, uploads

# {name, title, installed, n_users, n_items, n_ratings, licence}: counts and licence are None where unknown
ListedDataset: TypeAlias = dict[str, Any]


def listing(home: Path) -> list[ListedDataset]:
    """All datasets: of the registry, linked, built on a cluster, uploaded; each with what is known about it."""
    rows = [
        _row(info.name, info.title, vars(info), registry.is_installed(info.name, home), info.licence_url)
        for info in registry.REGISTRY.values()
    ]
    rows += [
        _row(links.PREFIX + name, f"{name} (on this machine)", installed=path.exists())
        for name, path in links.linked(home).items()
    ]
    rows += [
        _row(cluster_builds.PREFIX + name, f"{name} (on a cluster)", about)
        for name, about in cluster_builds.clusters(home).items()
    ]
    rows += [
        _row(uploads.PREFIX + upload.name, f"{upload.name} (uploaded)", vars(upload))
        for upload in uploads.uploaded(home)
    ]
    return rows


def _row(
    name: str, title: str, known: Mapping[str, Any] | None = None, installed: bool = True, licence: str | None = None
) -> ListedDataset:
    counts = {count: (known or {}).get(count) for count in ("n_users", "n_items", "n_ratings")}
    return {"name": name, "title": title, "installed": installed, **counts, "licence": licence}
