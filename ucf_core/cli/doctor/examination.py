"""The report of `ucf doctor`: facts, and the problems and notes that follow from them."""

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ucf_core.base.cores import allowed_cores, core_quota
from ucf_core.base.memory import available_bytes, limit_bytes
from ucf_core.cli.doctor import software
from ucf_core.cli.doctor.store import check_store

# An import of MovieLens 1M and what is built from it may need this much.
LEAST_FREE_BYTES = 200_000_000

_INSTALL = "install the project again: uv sync, or pip install --upgrade ucf-explorer"
_BUILD = "pip install --force-reinstall --no-deps --no-cache-dir --no-binary hnswlib hnswlib"


def examine(home: Path) -> dict[str, Any]:
    """Check this installation with `home` as its `UCF_HOME`; changes nothing, reads 1 GB of artifacts a second.

    Returns `{healthy, problems, notes, python, packages, extras, native, cores, memory, home, cache}`; problems and
    notes are `{text, remedy}`. Healthy means no problem: notes cost speed, space or an option, but no answer.
    """
    packages = software.requirements()
    report: dict[str, Any] = {
        "python": {
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "executable": sys.executable,
            "platform": platform.platform(),
        },
        "packages": packages[""],
        "extras": software.extras(packages),
        "native": software.native(),
        "cores": {"machine": os.cpu_count(), "usable": allowed_cores(), "quota": core_quota()},
        "memory": {"limit_bytes": limit_bytes(), "available_bytes": available_bytes()},
        "home": _home_folder(home),
        "cache": check_store(home),
    }
    problems = [{"text": text, "remedy": remedy} for text, remedy in _problems(report)]
    notes = [{"text": text, "remedy": remedy} for text, remedy in _notes(report)]
    return {"healthy": not problems, "problems": problems, "notes": notes} | report


def _problems(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(text, remedy) of what may make a command fail."""
    if not report["packages"]:
        yield "the project is not installed as a package, so its requirements are unknown", _INSTALL
    for row in report["packages"]:
        if row["installed"] is None:
            yield f"{row['name']} is missing", _INSTALL
        elif not row["ok"]:
            yield f"{row['name']} is {row['installed']}, and {row['required']} is needed", _INSTALL
    built, processor = report["native"]["hnswlib"], report["native"]["processor"]
    if built is None:
        yield "hnswlib cannot be loaded", f"build it here: {_BUILD}"
    elif processor is not None:
        lacking = [name for name in built["simd"] or () if name not in processor]
        if lacking:
            text = f"hnswlib was built for a processor with {', '.join(lacking)}, which this one lacks"
            yield text, f"build it here: {_BUILD}"
    home = report["home"]
    if not home["writable"]:
        remedy = "set UCF_HOME to a folder that can be written; until then everything is built again each time"
        yield f"{home['path']} cannot be written", remedy
    if home["free_bytes"] is not None and home["free_bytes"] < LEAST_FREE_BYTES:
        text = f"{home['free_bytes'] / 1e6:,.0f} MB of disk are free, less than {LEAST_FREE_BYTES / 1e6:,.0f} MB"
        yield text, "free some space, or set UCF_HOME to another disk"
    for row in report["cache"]["damaged"]:
        remedy = "delete the folder; it is built again when it is needed"
        yield f"the artifact {row['path']} is damaged ({row['reason']})", remedy


def _notes(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(text, remedy) of what costs speed, space or an option."""
    for row in report["extras"]:
        if not row["present"]:
            purpose = f" ({row['purpose']})" if row["purpose"] else ""
            yield f"the extra {row['name']} is not installed{purpose}", row["remedy"]
    built = (report["native"]["hnswlib"] or {}).get("simd")
    if built and "AVX" not in built and "AVX" in (report["native"]["processor"] or ()):
        text = "hnswlib was built without AVX, which this processor has: graphs are slower than they could be"
        yield text, f"build it here, without HNSWLIB_NO_NATIVE: {_BUILD}"
    for row in report["cache"]["leftovers"]:
        yield f"{row['path']} was left by a process that was killed ({row['bytes']:,} bytes)", "delete the folder"
    if outdated := report["cache"]["outdated"]:
        count = "1 artifact was" if outdated == 1 else f"{outdated:,} artifacts were"
        yield f"{count} written by another version of the program", "none is needed: it is built again when needed"


def _home_folder(home: Path) -> dict[str, Any]:
    """`{path, exists, writable, free_bytes, total_bytes}`; creates nothing but a file that is deleted at once."""
    existing = next((folder for folder in (home, *home.parents) if folder.exists()), home)
    space: dict[str, int | None] = {"free_bytes": None, "total_bytes": None}
    with suppress(OSError):
        space["total_bytes"], _, space["free_bytes"] = shutil.disk_usage(existing)
    try:  # permissions alone do not say whether a disk is mounted read-only or full
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"can this be written?")
            file.flush()
        writable = True
    except OSError:
        writable = False
    return {"path": str(home), "exists": home.is_dir(), "writable": writable} | space
