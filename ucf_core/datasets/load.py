"""load_ratings: a dataset's name or path to its ratings."""

from pathlib import Path

from ucf_core.base.errors import DatasetError
from ucf_core.base.files.artifacts import Artifact
from ucf_core.base.files.paths import home as default_home
from ucf_core.base.progress import Progress
from ucf_core.datasets.read import parquet_file
from ucf_core.datasets.read.layout import RatingFiles
from ucf_core.datasets.read.layouts import find_ratings
from ucf_core.datasets.sources import cluster_builds, links, registry, sample, uploads
from ucf_core.datasets.sources.import_cache import find_import, known_digest, read_cached
from ucf_core.datasets.sources.sample_unpacker import parquet_path
from ucf_core.ratings.ratings import Ratings

_NOT_READ = {
    cluster_builds.PREFIX: "not read into memory; open it with ucf_core.cluster.serve.explorer.open_served",
    uploads.SESSION_PREFIX: "in the memory of one session of the dashboard; give the path of the uploaded file",
}


def load_ratings(source: str | Path, *, home: Path | None = None, progress: Progress | None = None) -> Ratings:
    """The ratings of a dataset.

    `source` is "sample", the name of a downloaded dataset ("ml-25m"), of an uploaded file ("upload:mine.csv"), or the
    path of a folder or file in a known layout: MovieLens, CSV, Parquet. `home` is the folder of downloads and imports,
    by default `UCF_HOME`. `progress` gets the bytes read and their total while a text file is parsed, from another
    thread, and may raise to stop. Raises DatasetError if there are no readable ratings; MissingExtraError for the
    sample if its package is not installed.
    """
    home = default_home() if home is None else home
    for prefix, problem in _NOT_READ.items():
        if isinstance(source, str) and source.startswith(prefix):
            raise DatasetError(f"{source[:60]} is {problem}")
    if source == sample.NAME:
        return sample.load_sample(home)
    files, name = _find(source, home)
    return read_cached(files, name=name, home=home, progress=progress)


def version(name: str, *, home: Path) -> str:
    """Sizes and modification times of a dataset's files as text. Raises DatasetError if there is no such dataset."""
    if name == sample.NAME:
        return "embedded"
    try:
        on_cluster = name.startswith(cluster_builds.PREFIX)
        files = [cluster_builds.about_path(name, home)] if on_cluster else _find(name, home)[0].files
        stats = [path.stat() for path in files]
    except FileNotFoundError:  # listed a moment ago
        raise DatasetError(f"{name[:60]} was deleted meanwhile; choose another dataset") from None
    return ";".join(f"{stat.st_size}-{stat.st_mtime_ns}" for stat in stats)


def source_bytes(name: str, *, home: Path) -> int:
    """Bytes of a dataset's files; 0 for the sample and for a dataset on a cluster."""
    if name == sample.NAME or name.startswith(cluster_builds.PREFIX):
        return 0
    return sum(path.stat().st_size for path in _find(name, home)[0].files)


def import_of(name: str, home: Path) -> Artifact | None:
    """The import of a dataset, None if it was not read yet or cannot be read."""
    try:
        files = RatingFiles(parquet_file.LAYOUT, parquet_path(home)) if name == sample.NAME else _find(name, home)[0]
        return find_import(home, known_digest(files, home))
    except DatasetError:
        return None


def _find(source: str | Path, home: Path) -> tuple[RatingFiles, str]:
    """The files of a source other than the sample, and its name."""
    if isinstance(source, str):
        if source in registry.REGISTRY:
            if not registry.is_installed(source, home):
                remedy = f"run `ucf download {source}`, or give ./{source} for a folder of that name here"
                raise DatasetError(f"{source} is not downloaded yet; {remedy}")
            return find_ratings(registry.folder_of(source, home)), source
        if source.startswith(uploads.PREFIX):
            return find_ratings(uploads.upload_path(source, home)), source
        if source.startswith(links.PREFIX):
            return find_ratings(links.link_path(source, home)), source
    try:
        path = Path(source).expanduser()
        exists = path.exists()
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatasetError(f"{str(source)[:60]!r} is not a path that can be read: {reason}") from None
    if str(source) == "" or (not exists and path.name == str(source)):
        known = ", ".join(registry.REGISTRY)
        raise DatasetError(f"{str(source)[:60]!r} is neither a file or folder here nor a dataset; datasets are {known}")
    return find_ratings(path), path.resolve().stem or str(path)
