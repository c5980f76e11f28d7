"""The health of the artifact store: every file of every artifact is read and held against its checksum."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ucf_core.artifacts import FORMAT, MANIFEST, TEMPORARY, ArtifactStore, checksum
from ucf_core.datasets.disk import PARTIAL, folder_bytes
from ucf_core.json_reader import read_json

# Beside the artifacts, and none themselves.
_HOUSEKEEPING = ("locks", "sources")

# A temporary folder in which nothing changed for so long belongs to a process that is gone. Downloads and uploads
# write all the time.
_ABANDONED_AFTER = 3600.0


@dataclass(frozen=True)
class Damage:
    """One artifact that is not as it was written, and what is wrong with it."""

    kind: str
    folder: Path
    reason: str


@dataclass(frozen=True)
class Leftover:
    """One temporary folder that nobody fills any more."""

    folder: Path
    bytes: int


@dataclass
class StoreHealth:
    """What a look at the whole store found.

    Attributes:
        kinds: of each kind of artifact how many there are, and their bytes.
        damaged: artifacts that will be built again when they are needed next.
        outdated: how many were written by another version of the program; they will be built again, too.
        leftovers: what killed processes left.
        checked_bytes: how much was read.
        seconds: how long that took.
    """

    kinds: dict[str, tuple[int, int]] = field(default_factory=dict)
    damaged: list[Damage] = field(default_factory=list)
    outdated: int = 0
    leftovers: list[Leftover] = field(default_factory=list)
    checked_bytes: int = 0
    seconds: float = 0.0


def check_store(home: Path) -> StoreHealth:
    """Verify the artifacts under `home`, a `UCF_HOME`, without changing or deleting anything."""
    start, found = time.perf_counter(), StoreHealth()
    root = home / "artifacts"
    for folder in _folders(root):
        if folder.name.startswith(TEMPORARY):
            continue
        kind, size = folder.parent.name, folder_bytes(folder)
        count, total = found.kinds.get(kind, (0, 0))
        found.kinds[kind] = (count + 1, total + size)
        try:
            manifest = read_json(folder / MANIFEST, dict)
            if manifest["format"] != FORMAT:
                found.outdated += 1
                continue
            reason = _what_is_wrong(ArtifactStore(root), folder, manifest)
            found.checked_bytes += size
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            reason = f"{MANIFEST} cannot be read: {getattr(error, 'strerror', None) or repr(error)}"
        if reason is not None and folder.is_dir():  # it may have been deleted meanwhile
            found.damaged.append(Damage(kind, folder, reason))
    found.leftovers = list(_leftovers(home))
    found.seconds = time.perf_counter() - start
    return found


def _folders(root: Path) -> Iterator[Path]:
    for kind in sorted(root.iterdir()) if root.is_dir() else []:
        if kind.is_dir() and kind.name not in _HOUSEKEEPING:
            yield from sorted(folder for folder in kind.iterdir() if folder.is_dir())


def _what_is_wrong(store: ArtifactStore, folder: Path, manifest: dict[str, Any]) -> str | None:
    """The first thing that does not fit the manifest, or None."""
    if store.folder(folder.parent.name, manifest["key"]) != folder:
        return "it is not what its name says"
    for name, expected in manifest["files"].items():
        path = folder / name
        if Path(name).name != name:
            return f"{MANIFEST} names a file elsewhere: {name!r}"
        try:
            if path.stat().st_size != expected["bytes"]:
                return f"{name} has {path.stat().st_size:,} bytes instead of {expected['bytes']:,}"
            if checksum(path) != expected["blake2b"]:
                return f"the checksum of {name} is wrong"
        except OSError as error:
            return f"{name} cannot be read: {error.strerror or error}"
    return None


def _leftovers(home: Path) -> Iterator[Leftover]:
    for folder in sorted((home / "artifacts").glob(f"*/{TEMPORARY}*")):
        if not _is_being_built(home, folder):
            yield Leftover(folder, folder_bytes(folder))
    for depth in ("", "*/", "*/*/"):
        for folder in sorted(home.glob(f"{depth}{PARTIAL}*")):
            if time.time() - _newest(folder) > _ABANDONED_AFTER:
                yield Leftover(folder, folder_bytes(folder))


def _is_being_built(home: Path, folder: Path) -> bool:
    """Whether a process holds the lock of the artifact that this folder will be."""
    digest = folder.name.removeprefix(TEMPORARY).split("-")[0]
    path = home / "artifacts" / "locks" / f"{folder.parent.name}-{digest}"
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # not ours to lock: nobody can tell
        return time.time() - _newest(folder) < _ABANDONED_AFTER


def _newest(folder: Path) -> float:
    """When something in a folder changed last, in seconds since 1970; now for a folder that is gone."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    except OSError:
        return time.time()
