"""Cores, memory and disk, as far as this process may use them."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from ucf_core.memory import available_bytes, limit_bytes

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_GROUP = Path("/proc/self/cgroup")


def cores() -> dict[str, Any]:
    """`{machine, usable, quota}`: cores there are, that this process may run on, and the bound of its control group.

    `quota` is in cores and may be a fraction; None where there is no bound or the system does not say.
    """
    # macOS and Windows do not say which cores a process may run on
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"machine": os.cpu_count(), "usable": usable, "quota": core_quota()}


def core_quota() -> float | None:
    """The least CPU bound of the control groups (version 2) around this process, in cores."""
    try:
        lines = _OWN_GROUP.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    own = next((line.removeprefix("0::") for line in lines if line.startswith("0::")), "/")
    group = _CGROUPS / own.strip("/")
    bounds = []
    for folder in (group, *group.parents):
        if folder.is_relative_to(_CGROUPS):
            try:
                quota, period = (folder / "cpu.max").read_text(encoding="utf-8").split()
                bounds.append(int(quota) / int(period))
            except (OSError, ValueError):  # no such group seen from here, or "max"
                continue
    return min(bounds, default=None)


def memory() -> dict[str, int | None]:
    """`{limit_bytes, available_bytes}`: what this process may hold at most, and what is left of it."""
    return {"limit_bytes": limit_bytes(), "available_bytes": available_bytes()}


def home_folder(home: Path) -> dict[str, Any]:
    """`{path, exists, writable, free_bytes, total_bytes}`; nothing is created but a file that is gone at once."""
    there = home
    while not there.exists() and there != there.parent:
        there = there.parent
    try:
        usage = shutil.disk_usage(there)
    except OSError:
        usage = None
    return {
        "path": str(home),
        "exists": home.is_dir(),
        "writable": _can_write(there),
        "free_bytes": usage.free if usage else None,
        "total_bytes": usage.total if usage else None,
    }


def _can_write(folder: Path) -> bool:
    """Found out by trying: rights alone do not say whether a disk is mounted read-only or full."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"can this be written?")
            file.flush()
    except OSError:
        return False
    return True
