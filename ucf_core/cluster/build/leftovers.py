"""What a build leaves behind where it is killed, noted before it is made, so that the next one can clear it away.

FOLDER/.lock                held by the process that builds into the folder; a killed one lets go of it
FOLDER/.collections.json    pairs of an address of a vector store and a collection that may be left over there
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
    """Let nobody else build into `folder`, which is made; False where the file system has no locks to see to that.

    Raises ArtifactError where somebody builds into it. A folder that is left with nothing in it is removed.
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
        _log.warning("%s cannot be locked (%s): what killed builds have left stays", folder, error)
    try:
        yield lock.is_locked
    finally:
        lock.release()
        if [path.name for path in folder.iterdir()] in ([], [_LOCK]):
            shutil.rmtree(folder, ignore_errors=True)


def is_being_built(folder: Path) -> bool:
    """Whether a process is building into `folder` now."""
    try:
        if (folder / _LOCK).exists():
            with FileLock(folder / _LOCK, timeout=0):
                pass
    except Timeout:
        return True
    except (OSError, NotImplementedError):
        pass
    return False


def clear_files(folder: Path, counts: str | None) -> None:
    """Remove the files of all builds in `folder` but the one of this name. See `only_one`."""
    for path in folder.glob("build-*"):
        if path.name != counts:
            shutil.rmtree(path, ignore_errors=True)


def clear_collections(folder: Path, store: VectorStore) -> None:
    """Drop what is noted for `store` and has no alias; what is noted for another one stays noted. See `only_one`.

    Raises ServiceError where it does not answer.
    """
    for uri, name in noted(folder):
        if uri == store.uri:
            if store.drop_unused(name):
                _log.info("dropped %s, which a killed build has left", name)
            forget(folder, uri, name)


def noted(folder: Path) -> list[tuple[str, str]]:
    """Pairs of the address of a vector store and a collection there that may be left over from builds into `folder`."""
    try:
        return [(str(uri), str(name)) for uri, name in read_json(folder / _NOTES, list)]
    except (OSError, ValueError, TypeError):  # none, or damaged: then nobody knows what is left
        return []


def note(folder: Path, uri: str, name: str) -> None:
    """Before a collection is made, or is about to lose its alias: nobody may come to drop it."""
    _write(folder, [*noted(folder), (uri, name)])


def forget(folder: Path, uri: str, *names: str) -> None:
    """Once collections are dropped, or have an alias."""
    _write(folder, [pair for pair in noted(folder) if pair[0] != uri or pair[1] not in names])


def _write(folder: Path, pairs: list[tuple[str, str]]) -> None:
    if not pairs:
        (folder / _NOTES).unlink(missing_ok=True)
        return
    waiting = folder / f"{_NOTES}-{uuid4().hex}"
    waiting.write_text(json.dumps(pairs), encoding="utf-8")
    waiting.replace(folder / _NOTES)
