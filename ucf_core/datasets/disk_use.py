"""The disk space that datasets and artifacts use under `UCF_HOME`, and how to free it."""

from dataclasses import dataclass
from pathlib import Path

from ucf_core.base.errors import DatasetError, os_errors_as
from ucf_core.base.files import atomic
from ucf_core.datasets.load import import_of
from ucf_core.datasets.sources import cluster_builds, links, registry, uploads
from ucf_core.datasets.sources.import_cache import forget

# small files beside the artifacts, not worth listing
_HOUSEKEEPING = ("locks", "sources")


@dataclass(frozen=True)
class DiskUse:
    """A folder under `UCF_HOME`. `name` is what `delete` takes; None for artifacts."""

    title: str
    path: Path
    bytes: int
    name: str | None = None


def delete(name: str, *, home: Path) -> None:
    """Remove a downloaded dataset, an uploaded file or a link, with its import and the artifacts built from it.

    Files outside `UCF_HOME` stay. Raises DatasetError for an unknown or missing dataset and for a build of a cluster.
    """
    if name.startswith(cluster_builds.PREFIX):
        raise DatasetError(
            f"{name[:60]} was built on a cluster; delete it with ucf_core.cluster.build.remove.delete_build"
        )
    if name.startswith(links.PREFIX):
        imported = import_of(name, home)
        links.remove_link(name, home=home)
    else:
        uploaded = name.startswith(uploads.PREFIX)
        folder = uploads.upload_path(name, home).parent if uploaded else registry.folder_of(name, home)
        if not folder.is_dir():
            raise DatasetError(f"{name} is not downloaded, so there is nothing to delete")
        imported = import_of(name, home)
        with os_errors_as(DatasetError, f"{folder} cannot be deleted"):
            atomic.remove_folder(folder)
    if imported is not None:
        forget(home, imported)


def free(row: DiskUse, *, home: Path) -> None:
    """Delete a row of `disk_use`. Artifacts are built again when needed. Raises DatasetError as `delete` does."""
    if row.name is None:
        with os_errors_as(DatasetError, f"{row.path} cannot be deleted"):
            atomic.remove_folder(home / "artifacts" / row.path.name)
    else:
        delete(row.name, home=home)


def disk_use(home: Path) -> list[DiskUse]:
    """Datasets, uploaded files, links, builds of a cluster, then kinds of artifacts, each with its size in bytes."""
    folders = [(info.title, registry.folder_of(name, home), name) for name, info in registry.REGISTRY.items()]
    folders += [
        (f"{upload.name} (uploaded)", home / "uploads" / upload.name, uploads.PREFIX + upload.name)
        for upload in uploads.uploaded(home)
    ]
    rows = [DiskUse(title, path, atomic.folder_bytes(path), name) for title, path, name in folders if path.is_dir()]
    rows += [DiskUse(f"{name} (link only)", path, 0, links.PREFIX + name) for name, path in links.linked(home).items()]
    for path in cluster_builds.cluster_folders(home):
        size = 0 if path.is_symlink() else atomic.folder_bytes(path)
        rows.append(DiskUse(cluster_builds.cluster_title(path), path, size, cluster_builds.PREFIX + path.name))
    kinds = [path for path in sorted((home / "artifacts").glob("*")) if path.name not in _HOUSEKEEPING]
    return rows + [DiskUse(f"Built: {path.name}", path, atomic.folder_bytes(path)) for path in kinds]
