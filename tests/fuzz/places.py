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
        memory = Path("/dev/shm")
        made = tempfile.mkdtemp(prefix="ucf-fuzz-", dir=memory if os.access(memory, os.W_OK) else None)
        _folders[own] = Path(made)
        atexit.register(shutil.rmtree, made, ignore_errors=True)
    return _folders[own]


def written(name: str, data: bytes) -> Path:
    """The path of a file with these contents."""
    path = folder() / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(data)
    return path
