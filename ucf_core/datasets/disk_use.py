"""The disk space that datasets and artifacts use under `UCF_HOME`, and how to free it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ucf_core.base.errors import DatasetError
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
    folder = None
    if name.startswith(uploads.PREFIX):
        folder = uploads.upload_path(name, home).parent
    elif not name.startswith(links.PREFIX):
        folder = registry.folder_of(name, home)
        if not folder.is_dir():
            raise DatasetError(f"{name} is not downloaded, so there is nothing to delete")
    imported = import_of(name, home)
    if folder is None:
        links.remove_link(name, home=home)
    else:
        _remove(folder)
    if imported is not None:
        forget(home, imported)


def free(row: DiskUse, *, home: Path) -> None:
    """Delete a row of `disk_use`. Artifacts are built again when needed. Raises DatasetError as `delete` does."""
    if row.name is None:
        _remove(home / "artifacts" / row.path.name)
    else:
        delete(row.name, home=home)


def _remove(folder: Path) -> None:
    try:
        atomic.remove_folder(folder)
    except OSError as error:
        raise DatasetError(f"{folder} cannot be deleted: {error.strerror or error}") from error


def disk_use(home: Path) -> list[DiskUse]:
    """Datasets, uploaded files, links, builds of a cluster, then kinds of artifacts, each with its size in bytes."""
    return list(_rows(home))


def _rows(home: Path) -> Iterator[DiskUse]:
    for info in registry.REGISTRY.values():
        folder = registry.folder_of(info.name, home)
        if folder.is_dir():
            yield DiskUse(info.title, folder, atomic.folder_bytes(folder), info.name)
    for upload in uploads.uploaded(home):
        folder = home / "uploads" / upload.name
        yield DiskUse(f"{upload.name} (uploaded)", folder, atomic.folder_bytes(folder), uploads.PREFIX + upload.name)
    for name, path in links.linked(home).items():
        yield DiskUse(f"{name} (link only)", path, 0, links.PREFIX + name)
    for folder in cluster_builds.cluster_folders(home):
        size = 0 if folder.is_symlink() else atomic.folder_bytes(folder)
        yield DiskUse(cluster_builds.cluster_title(folder), folder, size, cluster_builds.PREFIX + folder.name)
    artifacts = home / "artifacts"
    kinds = sorted(artifacts.iterdir()) if artifacts.is_dir() else []
    for folder in (kind for kind in kinds if kind.name not in _HOUSEKEEPING):
        yield DiskUse(f"Built: {folder.name}", folder, atomic.folder_bytes(folder))
