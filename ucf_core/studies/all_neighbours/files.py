"""What `all_neighbours` keeps on disk: finished parts in a work folder, so that a kill costs minutes, and the result.

    FILE.npz.parts/lock            held while a process works on FILE.npz
    FILE.npz.parts/00000000.part   rows and similarities of the first users, and a checksum keyed by the settings
    FILE.npz                       written in the work folder, renamed when it is complete

A part of other settings, of another dataset or with a flipped bit does not pass its checksum and is made again.
"""

import errno
import hashlib
import json
import logging
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from ucf_core.base.errors import ArtifactError
from ucf_core.base.files.artifacts import Key
from ucf_core.studies.all_neighbours.blocks import Found

_log = logging.getLogger(__name__)

_SUFFIX = ".part"
_LOCK = "lock"
_CHECKSUM_BYTES = 16


def check_target(out: Path, needed: int) -> None:
    """Raise ArtifactError unless `out` can be a file with `needed` bytes in an existing folder."""
    if out.is_dir():
        raise ArtifactError(f"{out} is a folder; give the name of a file, such as {out / 'neighbours.npz'}")
    if not out.parent.is_dir():
        raise ArtifactError(f"{out.parent} is not a folder; create it, or choose another place for {out.name}")
    needed -= sum(path.stat().st_size for path in _work_path(out).glob(f"*{_SUFFIX}"))
    free = shutil.disk_usage(out.parent).free
    if needed > free:
        raise ArtifactError(
            f"{out} needs about {needed / 1e9:,.2f} GB while it is made, and {free / 1e9:,.2f} GB are free; free some "
            "space, choose another disk or a smaller k"
        )


def count_parts(out: Path) -> int:
    """How many parts of `out` are there; whether they are of use is seen when they are read."""
    return sum(1 for _ in _work_path(out).glob(f"*{_SUFFIX}"))


def _work_path(out: Path) -> Path:
    return out.with_name(f"{out.name}.parts")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn an OSError into an ArtifactError that says what to do."""
    try:
        yield
    except OSError as error:
        remedy = (
            "free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "choose a folder you may write to"
        )
        raise ArtifactError(
            f"cannot write {path} ({error.strerror or error}); {remedy} and run it again: finished parts are kept"
        ) from error


@contextmanager
def work_folder(out: Path) -> Iterator[Path]:
    """The work folder of `out`, locked against other processes; it goes away at the end if it holds no parts."""
    folder = _work_path(out)
    lock = FileLock(folder / _LOCK, timeout=0)
    with _writing(out):
        folder.mkdir(exist_ok=True)
        try:
            lock.acquire()
        except Timeout:
            raise ArtifactError(
                f"another process is working on {out}; wait until it is done, or choose another file"
            ) from None
    try:
        yield folder
    finally:
        if not any(folder.glob(f"*{_SUFFIX}")):
            shutil.rmtree(folder, ignore_errors=True)
        lock.release()


@dataclass(frozen=True)
class Parts:
    """The finished parts of one computation: k neighbours of `size` users each, of the rest in the last part."""

    folder: Path
    key: Key
    n_users: int
    k: int
    size: int

    def __len__(self) -> int:
        return -(-self.n_users // self.size)

    def users(self, number: int) -> range:
        """The rows of the users of a part."""
        return range(number * self.size, min((number + 1) * self.size, self.n_users))

    def read(self, number: int) -> Found | None:
        """A part, or None where it is missing or damaged; damage is logged."""
        path = self._path(number)
        try:
            contents = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("%s cannot be read (%s); it is made again", path, error)
            return None
        n_entries = len(self.users(number)) * self.k
        body, checksum = contents[:-_CHECKSUM_BYTES], contents[-_CHECKSUM_BYTES:]
        if len(body) != 8 * n_entries or checksum != self._checksum(number, body):
            _log.warning("%s is damaged, or of other settings; it is made again", path)
            return None
        shape = (-1, self.k)
        rows = np.frombuffer(body, dtype="<i4", count=n_entries).reshape(shape)
        return rows, np.frombuffer(body, dtype="<f4", offset=4 * n_entries).reshape(shape)

    def write(self, number: int, found: Found) -> None:
        """Keep a part: whole, or not at all. Raises ArtifactError where the disk does not take it."""
        rows, similarities = found
        body = rows.astype("<i4").tobytes() + similarities.astype("<f4").tobytes()
        path = self._path(number)
        with _writing(path):
            temporary = path.with_suffix(".tmp")
            try:
                temporary.write_bytes(body + self._checksum(number, body))
                temporary.replace(path)
            except OSError:
                temporary.unlink(missing_ok=True)
                raise

    def finish(self, out: Path, row_ids: NDArray[Any], as_users: Callable[[NDArray[np.int32]], NDArray[Any]]) -> None:
        """Join all parts into the npz file `out`, part by part, and delete them.

        `as_users` turns rows into what is stored as `users`. Raises ArtifactError, and leaves no half file.
        """
        shape, empty = (self.n_users, self.k), np.empty(0, dtype=np.int32)
        temporary = self.folder / "joined.tmp"
        with _writing(out):
            try:
                with zipfile.ZipFile(temporary, "w") as archive:
                    _store(archive, "users", shape, as_users(empty).dtype, (as_users(rows) for rows, _ in self._all()))
                    _store(archive, "similarities", shape, np.dtype("<f4"), (found[1] for found in self._all()))
                    _store(archive, "rows", shape, np.dtype("<i4"), (found[0] for found in self._all()))
                    _store(archive, "row_ids", row_ids.shape, row_ids.dtype, [row_ids])
                with temporary.open("rb+") as file:
                    os.fsync(file.fileno())
                temporary.replace(out)
            except OSError:
                temporary.unlink(missing_ok=True)
                raise
        for path in chain(self.folder.glob(f"*{_SUFFIX}"), self.folder.glob("*.tmp")):
            path.unlink(missing_ok=True)

    def _all(self) -> Iterator[Found]:
        for number in range(len(self)):
            found = self.read(number)
            if found is None:
                raise ArtifactError(f"{self._path(number)} was damaged while it was waiting; run it again")
            yield found

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:08d}{_SUFFIX}"

    def _checksum(self, number: int, body: bytes) -> bytes:
        settings = json.dumps([dict(self.key), self.n_users, self.k, self.size, number], sort_keys=True).encode()
        key = hashlib.blake2b(settings, digest_size=32).digest()
        return hashlib.blake2b(body, digest_size=_CHECKSUM_BYTES, key=key).digest()


def _store(archive: zipfile.ZipFile, name: str, shape: tuple[int, ...], dtype: np.dtype[Any], pieces: Any) -> None:
    """Write one array of an npz file from consecutive pieces of it, as np.savez would in one."""
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        np.lib.format.write_array_header_1_0(file, header)
        for piece in pieces:
            file.write(np.ascontiguousarray(piece, dtype=dtype).tobytes())
