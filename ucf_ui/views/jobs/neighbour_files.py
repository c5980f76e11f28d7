"""Files with the neighbours of all users: the job that makes one, its path, and the files on disk."""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ucf_core.base.errors import ArtifactError, os_errors_as
from ucf_core.base.files.atomic import folder_bytes, remove_folder
from ucf_core.base.files.paths import home
from ucf_core.base.jobs.job import Job
from ucf_core.base.specs import QuerySpec
from ucf_core.datasets.sources.uploads import safe_name
from ucf_core.explorer.explorer import Explorer
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.all_neighbours.run import all_neighbours, check_all_neighbours, file_bytes, share_done
from ucf_ui.session import cache
from ucf_ui.session.waiting import session_id

_PARTS = ".parts"
# the names that `path_of` makes: they hold all that is known about a file
_NAME = re.compile(r"(.+)-[0-9a-f]{8}-(svd|raw)-(hnsw|exact)-k(\d+)\.npz")


@dataclass(frozen=True)
class NeighbourFile:
    """A result, or the part of it that a stopped run left; `path` is where the file is, or will be."""

    path: Path
    dataset: str
    space: str
    engine: str
    k: int
    bytes: int
    finished: bool


def folder() -> Path:
    """The folder of the files."""
    return home() / "all-neighbours"


def path_of(ratings: Ratings, query: QuerySpec) -> Path:
    """The file for these settings; other ratings under the same name have another file."""
    name = safe_name(ratings.name.replace(":", "-"))
    settings = f"{query.space}-{query.chosen_engine}-k{query.k}"
    return folder() / f"{name}-{ratings.fingerprint[:8]}-{settings}.npz"


def job_of(ratings: Ratings, query: QuerySpec) -> Job | None:
    """The newest job for these settings."""
    return cache.jobs().get(_key(path_of(ratings, query)))


def expected_bytes(ratings: Ratings, query: QuerySpec) -> int:
    """Size of the finished file."""
    return file_bytes(ratings.n_users, query.k)


def left_from_before(ratings: Ratings, query: QuerySpec) -> float:
    """Share of the work that a stopped run with these settings finished, in [0, 1]."""
    return share_done(path_of(ratings, query), ratings.n_users)


def start(explorer: Explorer, query: QuerySpec, title: str) -> Job:
    """Find the neighbours of all users in the background.

    Raises UcfError, before anything starts, for settings that the data do not allow, and for too little disk or memory.
    """
    ratings, out = explorer.ratings, path_of(explorer.ratings, query)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArtifactError(
            f"{out.parent} cannot be created ({error.strerror}); set UCF_HOME to a folder that can be written"
        ) from error
    check_all_neighbours(ratings, query, out=out)

    def work(job: Job) -> Path:
        if query.space == "svd":
            job.begin("Getting the embedding ready")
            explorer.builds.embedding(query, progress=job.progress)
        if query.chosen_engine == "hnsw":
            job.begin("Getting the HNSW index ready")
            explorer.builds.index(query, progress=job.progress)
        job.begin("Finding neighbours", before=left_from_before(ratings, query) * ratings.n_users)
        return all_neighbours(explorer, query, out=out, progress=job.progress).path

    return cache.jobs().submit(_key(out), title, work, background=True, dataset=ratings.name, owner=session_id())


def found() -> list[NeighbourFile]:
    """All files, also unfinished ones, the newest first."""
    rows = []
    for path in folder().glob("*"):
        with suppress(FileNotFoundError):  # just finished or deleted
            rows.append((path.stat().st_mtime, _described(path)))
    return [row for _, row in sorted(rows, key=lambda row: -row[0]) if row is not None]


def is_in_progress(file: NeighbourFile) -> bool:
    """Whether a job of this process makes the file, or waits to."""
    job = cache.jobs().get(_key(file.path))
    return job is not None and job.live


def delete(file: NeighbourFile) -> None:
    """Delete a file or its parts. Raises ArtifactError if that fails or a job is making it."""
    if is_in_progress(file):
        raise ArtifactError(f"{file.path} is being made; cancel the job first")
    parts = file.path.with_name(file.path.name + _PARTS)
    with os_errors_as(ArtifactError, f"{file.path} cannot be deleted"):
        if file.finished:
            file.path.unlink(missing_ok=True)
        elif parts.is_dir():
            remove_folder(parts)


def _described(path: Path) -> NeighbourFile | None:
    finished = path.suffix != _PARTS
    target = path if finished else path.with_suffix("")
    match = _NAME.fullmatch(target.name)
    if match is None:
        return None
    dataset, space, engine, k = match.groups()
    size = path.stat().st_size if finished else folder_bytes(path)
    return NeighbourFile(target, dataset, space, engine, int(k), size, finished)


def _key(out: Path) -> str:
    return f"all neighbours {out.name}"
