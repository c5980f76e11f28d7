"""A folder of this process for the files that targets read, in memory where the system has such a place."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folders: dict[int, Path] = {}


def folder() -> Path:
    """Made when first asked for, by each process for itself, and deleted when the process ends."""
    own = os.getpid()
    if own not in _folders:
        made = tempfile.mkdtemp(prefix=_prefix(own), dir=_parent())
        _folders[own] = Path(made)
        atexit.register(shutil.rmtree, made, ignore_errors=True)
    return _folders[own]


def clear(process: int) -> None:
    """Delete the folder of a process that ended by itself or was killed, and could not do so."""
    for left in _parent().glob(f"{_prefix(process)}*"):
        shutil.rmtree(left, ignore_errors=True)


def _parent() -> Path:
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())


def _prefix(process: int) -> str:
    return f"ucf-fuzz-{process}-"


def written(name: str, data: bytes) -> Path:
    """The path of a file with these contents."""
    path = folder() / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(data)
    return path
