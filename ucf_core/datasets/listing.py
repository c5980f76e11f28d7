"""The list of what is at hand: datasets that can be fetched, links, builds of a cluster and uploads."""

from pathlib import Path
from typing import Any, TypeAlias

from ucf_core.datasets.sources import cluster_builds, links, registry, uploads

# {name, title, installed, n_users, n_items, n_ratings, licence}: counts and licence are None where unknown
ListedDataset: TypeAlias = dict[str, Any]


def listing(home: Path) -> list[ListedDataset]:
    """All datasets of the registry, then linked folders and uploaded files, each with what is known about it."""
    known = [
        ListedDataset(
            name=info.name,
            title=info.title,
            installed=registry.is_installed(info.name, home),
            n_users=info.n_users,
            n_items=info.n_items,
            n_ratings=info.n_ratings,
            licence=info.licence_url,
        )
        for info in registry.REGISTRY.values()
    ]
    known += [
        ListedDataset(
            name=links.PREFIX + name,
            title=f"{name} (on this machine)",
            installed=path.exists(),
            n_users=None,
            n_items=None,
            n_ratings=None,
            licence=None,
        )
        for name, path in links.linked(home).items()
    ]
    known += [
        ListedDataset(
            name=cluster_builds.PREFIX + name,
            title=f"{name} (on a cluster)",
            installed=True,
            n_users=about["n_users"],
            n_items=about["n_items"],
            n_ratings=about["n_ratings"],
            licence=None,
        )
        for name, about in cluster_builds.clusters(home).items()
    ]
    return known + [
        ListedDataset(
            name=uploads.PREFIX + upload.name,
            title=f"{upload.name} (uploaded)",
            installed=True,
            n_users=upload.n_users,
            n_items=upload.n_items,
            n_ratings=upload.n_ratings,
            licence=None,
        )
        for upload in uploads.uploaded(home)
    ]
