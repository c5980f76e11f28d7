"""How many cores this process may use: fewer than the machine has where it is pinned or runs in a container."""

import math
import os
from functools import cache
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_GROUP = Path("/proc/self/cgroup")


@cache
def usable_cores() -> int:
    """The cores that this process may run on, at most its CPU quota rounded up; at least 1. Read once a process."""
    quota = core_quota()
    cores = allowed_cores()
    return max(1, cores if quota is None else min(cores, math.ceil(quota)))


def allowed_cores() -> int:
    """The cores that this process may run on; all of the machine where the system does not say (macOS, Windows)."""
    machine = os.cpu_count() or 1
    return min(machine, len(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else machine


def core_quota() -> float | None:
    """The least CPU quota of the control groups (version 2) around this process, in cores; None if there is none."""
    try:
        lines = _OWN_GROUP.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    own = next((line.removeprefix("0::") for line in lines if line.startswith("0::")), "/")
    group = _CGROUPS / own.strip("/")
    quotas = []
    for folder in (group, *group.parents):
        if folder.is_relative_to(_CGROUPS):
            try:
                quota, period = (folder / "cpu.max").read_text(encoding="utf-8").split()
                quotas.append(int(quota) / int(period))
            except (OSError, ValueError, ZeroDivisionError):  # no such group seen from here, or "max"
                continue
    return min(quotas, default=None)
