"""Versions of Python and of all dependencies, installed extras, and how native code was built."""

import re
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

PROJECT = "ucf-explorer"

# Purposes of extras; an extra without one is listed too.
_PURPOSES = {
    "sample": "the dataset that comes with the program, MovieLens Small 2016",
    "raw": "HNSW search over raw rating rows",
    "auth": "sign-in by OpenID Connect",
    "map": "the map of users by UMAP",
    "peers": "comparisons with other libraries in benchmarks",
}

# Instruction sets, widest first: the function that hnswlib compiles for each, and the flag that Linux reports.
_SIMD = {"AVX512": ("SIMD16ExtAVX512", "avx512f"), "AVX": ("SIMD16ExtAVX", "avx"), "SSE": ("SIMD16ExtSSE", "sse")}
_CPUINFO = Path("/proc/cpuinfo")
_BLAS = {"library": "internal_api", "version": "version", "architecture": "architecture", "threads": "num_threads"}


def requirements() -> dict[str, list[dict[str, Any]]]:
    """`{name, required, installed, ok}` of all packages by the extra that adds them, "" for those always needed."""
    try:
        project = metadata.metadata(PROJECT)
    except metadata.PackageNotFoundError:
        return {"": []}
    found: dict[str, list[dict[str, Any]]] = {"": []} | {name: [] for name in project.get_all("Provides-Extra") or []}
    needs = [Requirement(line) for line in project.get_all("Requires-Dist") or []]
    for need in sorted(needs, key=lambda need: need.name.lower()):
        extra = next((extra for extra in found if need.marker is None or need.marker.evaluate({"extra": extra})), None)
        if extra is not None:
            found[extra].append(_package(need))
    return found


def extras(found: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """`{name, purpose, present, packages, remedy}` of every extra in `requirements()`; no remedy if it is present."""
    rows = []
    for name in sorted(set(found) - {""}):
        present = all(row["ok"] for row in found[name])
        remedy = None if present else f"uv sync --inexact --extra {name}, or pip install '{PROJECT}[{name}]'"
        row = {"name": name, "purpose": _PURPOSES.get(name), "present": present, "packages": found[name]}
        rows.append(row | {"remedy": remedy})
    return rows


def native() -> dict[str, Any]:
    """`{blas, hnswlib, processor}`: a row per BLAS library, how hnswlib was built, the processor's instruction sets.

    `hnswlib` is None if it cannot be loaded, its `simd` if its symbols were stripped, `processor` if it is unknown.
    """
    import numpy as np  # noqa: F401  loads its BLAS
    import scipy.linalg  # noqa: F401  loads another one
    from threadpoolctl import threadpool_info

    blas = [
        {name: pool.get(key) for name, key in _BLAS.items()} | {"file": Path(pool["filepath"]).name}
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    ]
    try:
        flags = re.search(r"^flags\s*:(.*)$", _CPUINFO.read_text(encoding="utf-8"), re.MULTILINE)
    except (OSError, ValueError):
        flags = None
    processor = [name for name, (_, flag) in _SIMD.items() if flag in flags[1].split()] if flags else None
    return {"blas": blas, "hnswlib": _hnswlib(), "processor": processor}


def simd_in(binary: bytes) -> list[str] | None:
    """The instruction sets that a binary of hnswlib has functions for, widest first; None if it has no symbols."""
    # the name of the function for AVX is the start of that for AVX512
    return [name for name, (mark, _) in _SIMD.items() if re.search(mark.encode() + rb"(?!512)", binary)] or None


def _package(need: Requirement) -> dict[str, Any]:
    try:
        installed = metadata.version(need.name)
    except metadata.PackageNotFoundError:
        installed = None
    ok = installed is not None and need.specifier.contains(installed, prereleases=True)
    return {"name": need.name, "required": str(need.specifier), "installed": installed, "ok": ok}


def _hnswlib() -> dict[str, Any] | None:
    try:
        binary = Path(import_module("hnswlib").__file__ or "").read_bytes()
    except (ImportError, OSError):
        return None
    compiler = re.search(rb"(GCC: \([^)]*\) [\d.]+|clang version [\d.]+)", binary)
    openmp = b"GOMP_parallel" in binary or b"__kmpc_fork_call" in binary
    return {"simd": simd_in(binary), "compiler": compiler[0].decode() if compiler else None, "openmp": openmp}
