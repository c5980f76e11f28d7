"""Leftovers of killed builds: recorded before they are made, so that the next build can remove them.

FOLDER/.lock                held by the process that builds into the folder; released when it is killed
FOLDER/.collections.json    pairs of the address of a vector store and a collection that may be left over there
FOLDER/build-<id>/          files that about.json does not name
"""

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from ucf_core.base.errors import ArtifactError
from ucf_core.base.files.json_reader import read_json
from ucf_core.index.store import VectorStore

_log = logging.getLogger(__name__)

_LOCK, _NOTES = ".lock", ".collections.json"


@contextmanager
def only_one(folder: Path) -> Iterator[bool]:
    """Create and lock `folder` for one build; False where the file system has no locks.

    Raises ArtifactError while another build holds it. A folder that stays empty is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ArtifactError(
            f"another build is writing to {folder}; wait until it is over, or give another --out"
        ) from error
    except (OSError, NotImplementedError) as error:  # such as some network folders
        _log.warning("%s cannot be locked (%s): leftovers of killed builds stay", folder, error)
    try:
        yield lock.is_locked
    finally:
        lock.release()
        if [path.name for path in folder.iterdir()] in ([], [_LOCK]):
            shutil.rmtree(folder, ignore_errors=True)


def is_being_built(folder: Path) -> bool:
    """Whether a process is building into `folder`."""
    try:
        if (folder / _LOCK).exists():
            with FileLock(folder / _LOCK, timeout=0):
                pass
    except Timeout:
        return True
    except (OSError, NotImplementedError):
        pass
    return False


def clear_files(folder: Path, current: str | None) -> None:
    """Remove the files of all builds in `folder` but `current`; call it within `only_one`."""
    for path in folder.glob("build-*"):
        if path.name != current:
            shutil.rmtree(path, ignore_errors=True)


def clear_collections(folder: Path, store: VectorStore) -> None:
    """Drop the recorded collections of `store` that have no alias; call it within `only_one`.

    Raises ServiceError where the store does not answer.
    """
    for uri, name in noted(folder):
        if uri == store.uri:
            if store.drop_unused(name):
                _log.info("dropped %s, left by a killed build", name)
            forget(folder, uri, name)


def noted(folder: Path) -> list[tuple[str, str]]:
    """(address of a vector store, collection) pairs that may be left over from builds into `folder`."""
    try:
        return [(str(uri), str(name)) for uri, name in read_json(folder / _NOTES, list)]
    except (OSError, ValueError, TypeError):  # no file, or a damaged one
        return []


def note(folder: Path, uri: str, name: str) -> None:
    """Record a collection before it is created or loses its alias: this process may be killed before it is dropped."""
    _write(folder, [*noted(folder), (uri, name)])


def forget(folder: Path, uri: str, *names: str) -> None:
    """Remove the record of collections that are dropped, or have an alias."""
    _write(folder, [pair for pair in noted(folder) if pair[0] != uri or pair[1] not in names])


def _write(folder: Path, pairs: list[tuple[str, str]]) -> None:
    if not pairs:
        (folder / _NOTES).unlink(missing_ok=True)
        return
    waiting = folder / f"{_NOTES}-{uuid4().hex}"
    waiting.write_text(json.dumps(pairs), encoding="utf-8")
    waiting.replace(folder / _NOTES)
