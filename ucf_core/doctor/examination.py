"""The whole examination, as one JSON document, and what follows from it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ucf_core.doctor import machine, software
from ucf_core.doctor.store import StoreHealth, check_store

# With less free space than this, an import of MovieLens 1M and what is built from it may not fit any more.
LEAST_FREE_BYTES = 200_000_000


@dataclass(frozen=True)
class Finding:
    """One thing to know, and what to do about it."""

    text: str
    remedy: str


def examine(home: Path) -> dict[str, Any]:
    """What this installation is and whether it is well, with `home` as its `UCF_HOME`. Changes nothing.

    `{healthy, problems, notes, python, packages, extras, native, cores, memory, home, cache}`; problems and notes are
    `{text, remedy}`. Healthy is what has no problem: notes cost speed, space or an option, never an answer. Reads all
    of the artifact store to verify it, which takes about a second a gigabyte.
    """
    report: dict[str, Any] = {
        "python": software.python(),
        "packages": software.packages(),
        "extras": software.extras(),
        "native": software.native(),
        "cores": machine.cores(),
        "memory": machine.memory(),
        "home": machine.home_folder(home),
    }
    health = check_store(home)
    problems = [*_package_problems(report["packages"]), *_native_problems(report["native"])]
    problems += [*_home_problems(report["home"]), *_cache_problems(health)]
    notes = [*_extra_notes(report["extras"]), *_native_notes(report["native"]), *_cache_notes(health)]
    verdict = {
        "healthy": not problems,
        "problems": [asdict(finding) for finding in problems],
        "notes": [asdict(finding) for finding in notes],
    }
    return verdict | report | {"cache": _cache(health)}


def _cache(health: StoreHealth) -> dict[str, Any]:
    return {
        "kinds": [
            {"kind": kind, "artifacts": count, "bytes": size} for kind, (count, size) in sorted(health.kinds.items())
        ],
        "bytes": sum(size for _, size in health.kinds.values()),
        "checked_bytes": health.checked_bytes,
        "seconds": health.seconds,
        "damaged": [{"kind": row.kind, "path": str(row.folder), "reason": row.reason} for row in health.damaged],
        "outdated": health.outdated,
        "leftovers": [{"path": str(row.folder), "bytes": row.bytes} for row in health.leftovers],
    }


def _package_problems(packages: list[dict[str, Any]]) -> list[Finding]:
    remedy = "install the project again: uv sync, or pip install --upgrade ucf-explorer"
    if not packages:
        return [Finding("the project is not installed as a package, so its requirements are unknown", remedy)]
    found = []
    for row in packages:
        if row["installed"] is None:
            found.append(Finding(f"{row['name']} is missing", remedy))
        elif not row["ok"]:
            found.append(Finding(f"{row['name']} is {row['installed']}, and {row['required']} is needed", remedy))
    return found


def _native_problems(native: dict[str, Any]) -> list[Finding]:
    remedy = "build it here: pip install --force-reinstall --no-deps --no-cache-dir --no-binary hnswlib hnswlib"
    hnswlib, processor = native["hnswlib"], native["processor"]
    if hnswlib is None:
        return [Finding("hnswlib cannot be loaded", remedy)]
    if hnswlib["simd"] and processor is not None and not set(hnswlib["simd"]) <= set(processor):
        alien = ", ".join(name for name in hnswlib["simd"] if name not in processor)
        return [Finding(f"hnswlib was built for a processor with {alien}, which this one has not", remedy)]
    return []


def _native_notes(native: dict[str, Any]) -> list[Finding]:
    built = (native["hnswlib"] or {}).get("simd")
    if built and native["processor"] and "AVX" in native["processor"] and "AVX" not in built:
        return [
            Finding(
                "hnswlib was built without AVX, which this processor has: graphs are slower than they could be",
                "build it here, without HNSWLIB_NO_NATIVE: pip install --force-reinstall --no-deps --no-binary "
                "hnswlib hnswlib",
            )
        ]
    return []


def _home_problems(home: dict[str, Any]) -> list[Finding]:
    found = []
    if not home["writable"]:
        found.append(
            Finding(
                f"{home['path']} cannot be written",
                "set UCF_HOME to a folder that can; until then everything is built anew each time",
            )
        )
    if home["free_bytes"] is not None and home["free_bytes"] < LEAST_FREE_BYTES:
        found.append(
            Finding(
                f"{home['free_bytes'] / 1e6:,.0f} MB of disk are free, and {LEAST_FREE_BYTES / 1e6:,.0f} MB are little",
                "free some space, or set UCF_HOME to another disk",
            )
        )
    return found


def _cache_problems(health: StoreHealth) -> list[Finding]:
    return [
        Finding(
            f"the artifact {row.folder} is damaged ({row.reason})",
            "delete the folder; it is built again when it is needed",
        )
        for row in health.damaged
    ]


def _cache_notes(health: StoreHealth) -> list[Finding]:
    found = [
        Finding(f"{row.folder} was left by a process that was killed ({row.bytes:,} bytes)", "delete the folder")
        for row in health.leftovers
    ]
    if health.outdated:
        how_many = "1 artifact was" if health.outdated == 1 else f"{health.outdated:,} artifacts were"
        found.append(
            Finding(
                f"{how_many} written by another version of the program",
                "none is needed: what is asked for is built again",
            )
        )
    return found


def _extra_notes(extras: list[dict[str, Any]]) -> list[Finding]:
    return [
        Finding(
            f"the extra {row['name']} is not installed" + (f" ({row['purpose']})" if row["purpose"] else ""), remedy
        )
        for row in extras
        if (remedy := row["remedy"]) is not None
    ]
