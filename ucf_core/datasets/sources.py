"""load_ratings: from what a person calls a dataset to its ratings; and what becomes of the files afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ucf_core.artifacts import Artifact
from ucf_core.block_lanczos import Progress
from ucf_core.datasets import clusters, disk, links, registry, sample, uploads
from ucf_core.datasets.imports import find_import, forget, known_digest, read_cached
from ucf_core.datasets.layouts import Layout, find_layout
from ucf_core.datasets.sample_unpacker import parquet_path
from ucf_core.errors import DatasetError
from ucf_core.home import home as default_home
from ucf_core.ratings import Ratings

# Small files beside the artifacts that nobody needs to see or delete.
_HOUSEKEEPING = ("locks", "sources")


@dataclass(frozen=True)
class DiskUse:
    """One row of what lies under `UCF_HOME`. `name` is what `delete` takes, None for what it does not delete."""

    title: str
    path: Path
    bytes: int
    name: str | None = None


def load_ratings(source: str | Path, *, home: Path | None = None, progress: Progress | None = None) -> Ratings:
    """The ratings of a dataset.

    `source` is "sample", the name of a downloaded dataset ("ml-25m"), of an uploaded file ("upload:mine.csv"), or the
    path of a MovieLens folder, a CSV or a Parquet file. `home` is where downloads and imports are kept, by default
    `UCF_HOME`. What was read before, with the same contents, is not parsed again. `progress` is called with the bytes
    read and their total while a large file is parsed, and may raise to stop.

    Raises DatasetError, in one line with the remedy, where there is nothing there or it cannot be read as ratings;
    MissingExtraError where the sample is asked for and its package is not installed.
    """
    home = default_home() if home is None else home
    if isinstance(source, str) and source.startswith(clusters.PREFIX):
        raise DatasetError(f"{source[:60]} is not read into memory; open it with ucf_core.cluster.serve.open_served")
    if isinstance(source, str) and source.startswith(uploads.SESSION_PREFIX):
        raise DatasetError(
            f"{source[:60]} is in the memory of one session of the dashboard; give the path of the uploaded file"
        )
    if source == sample.NAME:
        return sample.load_sample(home)
    layout, name = _find(source, home)
    return read_cached(layout, name=name, home=home, progress=progress)


def version(name: str, *, home: Path) -> str:
    """A text that changes when the files of a dataset do, without reading them: sizes and times of change.

    Raises DatasetError where there is no such dataset, or no longer.
    """
    if name == sample.NAME:
        return "embedded"
    try:
        if name.startswith(clusters.PREFIX):
            return clusters.cluster_version(name, home)
        stats = [path.stat() for path in _find(name, home)[0].files]
    except FileNotFoundError:  # listed a moment ago
        raise DatasetError(f"{name[:60]} was deleted meanwhile; choose another dataset") from None
    return ";".join(f"{stat.st_size}-{stat.st_mtime_ns}" for stat in stats)


def source_bytes(name: str, *, home: Path) -> int:
    """Size of the files that a dataset is read from; 0 for one on a cluster, which is not read as a whole."""
    if name == sample.NAME or name.startswith(clusters.PREFIX):
        return 0
    return sum(path.stat().st_size for path in _find(name, home)[0].files)


def is_imported(name: str, *, home: Path) -> bool:
    """Whether the ratings of a dataset lie in the store, so that `load_ratings` has nothing to parse."""
    return _import_of(name, home) is not None


def delete(name: str, *, home: Path) -> str | None:
    """Remove a downloaded dataset, the sample's copy or an uploaded file, with its import and what was built from it.

    Of a linked folder only the link goes, with the import and what was built. Of a build on a cluster the vectors go
    as well; returns a sentence where they could not, None otherwise.

    Raises DatasetError for a name that is not known or not there; files elsewhere are never touched.
    """
    if name.startswith(clusters.PREFIX):
        return _delete_cluster(name.removeprefix(clusters.PREFIX), home)
    if name.startswith(links.PREFIX):
        imported = _import_of(name, home)
        links.remove_link(name, home=home)
        if imported is not None:
            forget(home, imported)
        return None
    if name.startswith(uploads.PREFIX):
        folder = uploads.upload_path(name, home).parent
    else:
        folder = registry.folder_of(name, home)
        if not folder.is_dir():
            raise DatasetError(f"{name} is not downloaded, so there is nothing to delete")
    imported = _import_of(name, home)
    try:
        disk.remove_folder(folder)
    except OSError as error:
        raise DatasetError(f"{folder} cannot be deleted: {error.strerror or error}") from error
    if imported is not None:
        forget(home, imported)
    return None


def _delete_cluster(name: str, home: Path) -> str | None:
    from ucf_core.cluster.remove import remove_build

    folder = next((path for path in clusters.cluster_folders(home) if path.name == name), None)
    if folder is None:
        raise DatasetError(f"{name[:60]!r} is no build of a cluster here, so there is nothing to delete")
    return remove_build(folder)


def free(row: DiskUse, *, home: Path) -> str | None:
    """Delete what a row of `disk_use` stands for: a dataset, an uploaded file, or built artifacts of one kind.

    Artifacts are built again when they are needed. Returns what `delete` says. Raises DatasetError where the disk
    refuses.
    """
    if row.name is not None:
        return delete(row.name, home=home)
    try:
        disk.remove_folder(home / "artifacts" / row.path.name)
    except OSError as error:
        raise DatasetError(f"{row.path} cannot be deleted: {error.strerror or error}") from error
    return None


def disk_use(home: Path) -> list[DiskUse]:
    """What lies under `UCF_HOME`: datasets, uploaded files, builds of a cluster, then kinds of artifacts, in bytes."""
    return list(_rows(home))


def _rows(home: Path) -> Iterator[DiskUse]:
    for info in registry.REGISTRY.values():
        folder = registry.folder_of(info.name, home)
        if folder.is_dir():
            yield DiskUse(info.title, folder, disk.folder_bytes(folder), info.name)
    for upload in uploads.uploaded(home):
        folder = home / "uploads" / upload.name
        yield DiskUse(f"{upload.name} (uploaded)", folder, disk.folder_bytes(folder), uploads.PREFIX + upload.name)
    for name, path in links.linked(home).items():
        yield DiskUse(f"{name} (link only)", path, 0, links.PREFIX + name)
    for folder in clusters.cluster_folders(home):
        size = 0 if folder.is_symlink() else disk.folder_bytes(folder)
        yield DiskUse(clusters.cluster_title(folder), folder, size, clusters.PREFIX + folder.name)
    artifacts = home / "artifacts"
    kinds = sorted(artifacts.iterdir()) if artifacts.is_dir() else []
    for folder in (kind for kind in kinds if kind.name not in _HOUSEKEEPING):
        yield DiskUse(f"Built: {folder.name}", folder, disk.folder_bytes(folder))


def _find(source: str | Path, home: Path) -> tuple[Layout, str]:
    """The files of a source other than the sample, and its name."""
    if isinstance(source, str):
        if source in registry.REGISTRY:
            if not registry.is_installed(source, home):
                raise DatasetError(
                    f"{source} is not downloaded yet; run `ucf download {source}`, "
                    f"or give ./{source} for a folder of that name here"
                )
            return find_layout(registry.folder_of(source, home)), source
        if source.startswith(uploads.PREFIX):
            return find_layout(uploads.upload_path(source, home)), source
        if source.startswith(links.PREFIX):
            return find_layout(links.link_path(source, home)), source
    try:
        path = Path(source).expanduser()
        exists = path.exists()
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatasetError(f"{str(source)[:60]!r} is not a path that can be read: {reason}") from None
    if str(source) == "" or (not exists and path.name == str(source)):
        raise DatasetError(
            f"{str(source)[:60]!r} is neither a file or folder here nor a dataset; datasets are "
            f"{', '.join(registry.REGISTRY)}"
        )
    return find_layout(path), path.resolve().stem or str(path)


def _import_of(name: str, home: Path) -> Artifact | None:
    try:
        layout = Layout("file", parquet_path(home)) if name == sample.NAME else _find(name, home)[0]
        return find_import(home, known_digest(layout, home))
    except DatasetError:  # damaged or half there: nothing was imported from it
        return None
