"""Available memory, checked before a long computation, and returning freed memory to the system.

A container may have less than its machine: Linux bounds it by a control group, and kills processes that exceed it.
"""

import ctypes
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ucf_core.base.errors import UcfError

_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3  # of malloc.h
_LARGE = 256 << 10  # less than one number of four bytes for each of 162,541 users
_PROC = Path("/proc")
_CGROUPS = Path("/sys/fs/cgroup")


def available_bytes() -> int | None:
    """Memory that can still be taken without swapping; None where the system does not say.

    What Linux estimates for the machine (MemAvailable), or what is left of the bound of the control group of this
    process, or of one around it, whichever is least. Files that were only read do not count as taken: they go first.
    """
    return min((free for free in (_left_on_machine(), *_left_in_groups()) if free is not None), default=None)


def limit_bytes() -> int | None:
    """Memory that this process may hold at most: the machine's, or the least bound of its control groups."""
    kilobytes = _fields(_PROC / "meminfo").get("MemTotal:")
    whole = [] if kilobytes is None else [kilobytes * 1024]
    return min((*whole, *(limit for limit, _ in _group_bounds())), default=None)


def check_memory(needed: int, what: str, remedy: str) -> None:
    """Raise UcfError with both figures if `what` needs more bytes than are available."""
    available = available_bytes()
    if available is not None and needed > available:
        raise UcfError(
            f"{what} needs about {needed / 1e9:,.2f} GB of memory, and {available / 1e9:,.2f} GB are available; "
            f"{remedy}"
        )


def keep_little() -> None:
    """Make glibc return memory after a search; does nothing with other C libraries.

    By default it has eight heaps a core, and each keeps what the largest search in one of its threads has taken: with
    25 million ratings 8 MiB a session. From here on large blocks are no part of a heap, and new threads share two.
    """
    with suppress(OSError, AttributeError, TypeError):
        libc = ctypes.CDLL(None)
        _ = libc.gnu_get_libc_version  # AttributeError in other C libraries
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_M_ARENA_MAX, 2)


def _left_on_machine() -> int | None:
    kilobytes = _fields(_PROC / "meminfo").get("MemAvailable:")
    return None if kilobytes is None else kilobytes * 1024


def _left_in_groups() -> Iterator[int]:
    """What is left in each control group that bounds this process."""
    return (left for _, left in _group_bounds())


def _group_bounds() -> Iterator[tuple[int, int]]:
    """The bound of each control group around this process, and what is left of it.

    Version 2 has one tree of groups (its mount may be `unified`, beside those of version 1), version 1 one for memory.
    """
    for line in _lines(_PROC / "self" / "cgroup"):
        _, controllers, path = line.split(":", 2) if line.count(":") >= 2 else ("", "-", "")
        if controllers == "":
            for mount in (_CGROUPS, _CGROUPS / "unified"):
                yield from _bounds_from(mount, path, "memory.max", "memory.current", "")
        elif "memory" in controllers.split(","):
            mount = _CGROUPS / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_")
            yield from _bounds_from(mount, path, *names)


def _bounds_from(mount: Path, path: str, bound: str, usage: str, prefix: str) -> Iterator[tuple[int, int]]:
    """Bound and rest of a group and of those around it, up to the mount: all that a container may see of them."""
    group = mount / path.strip("/")
    for folder in (group, *group.parents):
        limit, taken = _number(folder / bound), _number(folder / usage)
        if limit is not None and taken is not None:
            stat = _fields(folder / "memory.stat")
            reclaimable = stat.get(f"{prefix}inactive_file", 0) + stat.get(f"{prefix}active_file", 0)
            yield limit, max(limit - max(taken - reclaimable, 0), 0)
        if folder == mount:
            return


def _number(path: Path) -> int | None:
    """The number in a file; None where there is none, such as `max`."""
    text = "".join(_lines(path)).strip()
    return int(text) if text.isdecimal() else None


def _fields(path: Path) -> dict[str, int]:
    """The numbers of a file whose lines are a name, a number and whatever else."""
    split = (line.split() for line in _lines(path))
    return {words[0]: int(words[1]) for words in split if len(words) > 1 and words[1].isdecimal()}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
