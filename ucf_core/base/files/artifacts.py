"""The on-disk store of built artifacts: content-addressed, written whole or not at all, checksummed, mapped read-only.

    root/<kind>/<digest of kind and key>/manifest.json
                                         <name>.npy, ...

An artifact is filled in a temporary folder and renamed into place when it is complete, so a reader never sees half
of one. The manifest holds the format version, the key, and of every file its size, its checksum and when it was
written; whatever does not match is deleted and built again. A file that was not touched since (same size, same time)
is taken as whole without reading it: at the size of MovieLens 25M all checksums together take seconds.
"""

import errno
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tokenize import TokenError
from typing import Any, TypeAlias
from uuid import uuid4

import numpy as np
from filelock import FileLock, Timeout
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from ucf_core.base.errors import ArtifactError
from ucf_core.base.files.json_reader import read_json
from ucf_core.base.files.paths import home
from ucf_core.base.notices import Notices

_log = logging.getLogger(__name__)

FORMAT = 2
MANIFEST = "manifest.json"
TEMPORARY = ".building-"

# Errors of reading that may pass in a minute: the file is not deleted.
_PASSING = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EINTR, errno.EACCES, errno.EPERM)

# Seconds between two calls of `check` while another process builds.
_PATIENCE = 0.2

Key: TypeAlias = Mapping[str, str | int | float | None]
Check: TypeAlias = Callable[[], None]
"""Called where work can be left off; it raises to stop."""


@dataclass(frozen=True)
class Artifact:
    """One complete, verified artifact on disk."""

    folder: Path
    key: Key
    bytes: int
    created: str

    def array(self, name: str) -> NDArray[Any]:
        """The array saved as `name`, mapped from disk, read-only. Raises OSError or ValueError where it is none."""
        try:
            mapped: NDArray[Any] = open_memmap(self.folder / f"{name}.npy", mode="r")
        except (SyntaxError, TokenError, TypeError, OverflowError, RecursionError) as error:
            # NumPy parses the header as Python, so a bad one raises whatever the parser does
            raise ValueError(f"{name}.npy does not begin as an array does ({error})") from error
        return mapped

    def path(self, name: str) -> Path:
        """The path of a file of this artifact."""
        return self.folder / name

    def discard(self) -> None:
        """Delete it from disk."""
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True)
class ArtifactStore:
    """Artifacts under one root folder, which is created at the first write."""

    root: Path

    @classmethod
    def default(cls) -> "ArtifactStore":
        """The store in `UCF_HOME`."""
        return cls(home() / "artifacts")

    def find(self, kind: str, key: Key, *, notices: Notices | None = None) -> Artifact | None:
        """The artifact of this kind and key, or None where there is none that can be used.

        A damaged one is deleted, and `notices` says so; one that cannot be read for a reason that may pass (too many
        open files, say) stays.
        """
        folder = self.folder(kind, key)
        if not folder.is_dir():
            return None
        try:
            manifest = read_json(folder / MANIFEST, dict)
            if manifest["format"] != FORMAT or manifest["key"] != dict(key):
                raise ValueError("written by another version")
            for name, expected in manifest["files"].items():
                if not _is_whole(folder / name, expected):
                    raise ValueError(f"{name} is not as it was written")
            return Artifact(
                folder, key, sum(file["bytes"] for file in manifest["files"].values()), str(manifest["created"])
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            discard_damaged(Artifact(folder, key, 0, ""), error, notices or Notices())
            return None

    def write(self, kind: str, key: Key, fill: Callable[[Path], None], *, check: Check | None = None) -> Artifact:
        """Write an artifact: `fill` puts its files into the folder it is given.

        `check` is called before and after each file is brought to the disk, and may raise to stop. Raises
        ArtifactError where the disk is full or read-only. Either way nothing half-written stays behind.
        """
        check = check or _go_on
        target = self.folder(kind, key)
        # the folder itself is renamed: a kill right after that leaves nothing behind
        work = target.with_name(f"{TEMPORARY}{target.name}-{uuid4().hex}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            work.mkdir()
            check()
            fill(work)
            files = {}
            for path in sorted(work.iterdir()):
                check()
                _flush(path)
                files[path.name] = _described(path)
            check()
            created = datetime.now(UTC).isoformat(timespec="seconds")
            manifest = {"format": FORMAT, "kind": kind, "key": dict(key), "files": files, "created": created}
            (work / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
            _flush(work / MANIFEST)
            try:
                work.rename(target)
            except OSError:
                # another process finished the same artifact first: the contents are equal
                if not target.is_dir():
                    raise
        except OSError as error:
            raise ArtifactError(
                f"cannot write to {self.root} ({error.strerror or error}); free some space, or set UCF_HOME to a "
                "folder that can be written"
            ) from error
        except ArtifactError as error:
            # what it names lay in a folder that is gone by now
            message = str(error).replace(str(work), str(target))
            raise ArtifactError(f"cannot write to {self.root}: {message}") from error
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return Artifact(target, key, sum(file["bytes"] for file in files.values()), created)

    @contextmanager
    def only_one(self, kind: str, key: Key, *, check: Check | None = None) -> Iterator[None]:
        """Let one process or thread at a time build this artifact; what a killed one left half-done is removed.

        `check` is called all the while that another one builds, and may raise to stop waiting. On a disk that cannot
        be written there is no lock, and each caller builds.
        """
        target = self.folder(kind, key)
        try:
            locks = self.root / "locks"
            locks.mkdir(parents=True, exist_ok=True)
            lock = FileLock(locks / f"{kind}-{target.name}")
            while True:
                try:
                    lock.acquire(timeout=_PATIENCE)
                    break
                except Timeout:
                    (check or _go_on)()
        except OSError as error:
            _log.info("building without a lock in %s: %s", self.root, error)
            yield
            return
        try:
            for leftover in target.parent.glob(f"{TEMPORARY}{target.name}-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            yield
        finally:
            lock.release()

    def artifacts(self) -> Iterator[tuple[str, Path, int]]:
        """(kind, folder, bytes) of everything in the store, without verifying it."""
        for manifest in sorted(self.root.glob(f"*/*/{MANIFEST}")):
            folder = manifest.parent
            if folder.name.startswith(TEMPORARY):
                continue
            try:
                size = sum(path.stat().st_size for path in folder.iterdir())
            except FileNotFoundError:  # deleted by another process meanwhile
                continue
            yield folder.parent.name, folder, size

    def bytes_of(self, fingerprint: str) -> int:
        """Disk use of all artifacts made from the dataset with this fingerprint."""
        return sum(size for _, size in self._made_from(fingerprint))

    def delete(self, fingerprint: str) -> int:
        """Delete all artifacts made from the dataset with this fingerprint; returns the bytes that this freed."""
        freed = 0
        for folder, size in list(self._made_from(fingerprint)):
            shutil.rmtree(folder, ignore_errors=True)
            freed += size
        return freed

    def _made_from(self, fingerprint: str) -> Iterator[tuple[Path, int]]:
        for _, folder, size in self.artifacts():
            try:
                made_from = read_json(folder / MANIFEST, dict)["key"]["fingerprint"]
            except (OSError, ValueError, LookupError, TypeError):
                continue
            if made_from == fingerprint:
                yield folder, size

    def folder(self, kind: str, key: Key) -> Path:
        """Where the artifact of this kind and key is, or would be."""
        text = json.dumps([kind, dict(key)], sort_keys=True)
        return self.root / kind / hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def discard_damaged(kept: Artifact, reason: Exception, notices: Notices, *, problem: str = "is damaged") -> None:
    """Delete an artifact and add a notice that it is built again; keep it where the reason may pass."""
    if isinstance(reason, OSError) and reason.errno in _PASSING:
        notices.add("rebuilt", f"the artifact {kept.folder} cannot be read now ({reason.strerror}); it is built again")
        return
    short = str(reason).split("; ")[0]  # the remedy that the reason names is what happens now
    notices.add("rebuilt", f"the artifact {kept.folder} {problem} ({short}); it is built again")
    kept.discard()


def save_array(folder: Path, name: str, array: NDArray[Any]) -> None:
    """Save an array so that `Artifact.array` can map it. Raises OSError where the disk does not take all of it."""
    path = folder / f"{name}.npy"
    try:
        np.save(path, array, allow_pickle=False)
    except OSError as error:
        if error.errno is None:  # NumPy gives the bytes written, not the cause
            raise _not_in_full(path) from error
        raise
    try:
        np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        # NumPy does not check that the last, buffered bytes reach the file
        raise _not_in_full(path) from error


def _not_in_full(path: Path) -> OSError:
    return OSError(errno.ENOSPC, f"{path.name} could not be written in full")


def _go_on() -> None:
    pass


def _described(path: Path) -> dict[str, Any]:
    """What the manifest says of a file."""
    stat = path.stat()
    return {"bytes": stat.st_size, "written": stat.st_mtime_ns, "blake2b": checksum(path)}


def _is_whole(path: Path, expected: Mapping[str, Any]) -> bool:
    """Whether a file is as the manifest describes it; the contents are read only where the time of change differs."""
    stat = path.stat()
    if stat.st_size != expected["bytes"]:
        return False
    return bool(stat.st_mtime_ns == expected["written"] or checksum(path) == expected["blake2b"])


def checksum(path: Path) -> str:
    """BLAKE2b of a file as 32 hex digits. Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
