"""The state of the artifact store: every file of every artifact is read and compared with its checksum."""

import time
from pathlib import Path
from typing import Any

from ucf_core.base.files.artifacts import FORMAT, MANIFEST, TEMPORARY, ArtifactStore, checksum
from ucf_core.base.files.atomic import PARTIAL, folder_bytes
from ucf_core.base.files.json_reader import read_json

# Folders of the store that hold no artifacts.
_HOUSEKEEPING = ("locks", "sources")

# Names of temporary folders, and the seconds after which one without a change belongs to a process that is gone:
# builds, downloads and uploads write all the time.
_TEMPORARY = (f"artifacts/*/{TEMPORARY}*", f"{PARTIAL}*", f"*/{PARTIAL}*", f"*/*/{PARTIAL}*")
_ABANDONED_AFTER = 3600.0


def check_store(home: Path) -> dict[str, Any]:
    """Verify the artifacts under `home`, a `UCF_HOME`, without a change to any file.

    Returns `{kinds, bytes, checked_bytes, seconds, damaged, outdated, leftovers}`; `outdated` counts artifacts that
    another version of the program wrote, `leftovers` are temporary folders of processes that were killed.
    """
    start, root = time.perf_counter(), home / "artifacts"
    kinds: dict[str, dict[str, Any]] = {}
    damaged, outdated, checked = [], 0, 0
    for folder in sorted(root.glob("*/*")):
        # not only where there is a manifest: it may be what is missing
        if folder.parent.name in _HOUSEKEEPING or folder.name.startswith(TEMPORARY) or not folder.is_dir():
            continue
        size = folder_bytes(folder)
        kind = kinds.setdefault(folder.parent.name, {"kind": folder.parent.name, "artifacts": 0, "bytes": 0})
        kind["artifacts"] += 1
        kind["bytes"] += size
        try:
            manifest = read_json(folder / MANIFEST, dict)
            if manifest["format"] != FORMAT:
                outdated += 1
                continue
            reason = _damage(ArtifactStore(root), folder, manifest)
            checked += size
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            reason = f"{MANIFEST} cannot be read: {getattr(error, 'strerror', None) or repr(error)}"
        if reason is not None and folder.is_dir():  # it may have been deleted meanwhile
            damaged.append({"kind": kind["kind"], "path": str(folder), "reason": reason})
    temporary = (folder for pattern in _TEMPORARY for folder in sorted(home.glob(pattern)))
    abandoned = [folder for folder in temporary if time.time() - _last_change(folder) > _ABANDONED_AFTER]
    return {
        "kinds": list(kinds.values()),
        "bytes": sum(kind["bytes"] for kind in kinds.values()),
        "checked_bytes": checked,
        "seconds": time.perf_counter() - start,
        "damaged": damaged,
        "outdated": outdated,
        "leftovers": [{"path": str(folder), "bytes": folder_bytes(folder)} for folder in abandoned],
    }


def _damage(store: ArtifactStore, folder: Path, manifest: dict[str, Any]) -> str | None:
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


def _last_change(folder: Path) -> float:
    """When anything in a folder changed last, in seconds since 1970; now for a folder that is gone."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    except OSError:
        return time.time()
