"""Versions of Python and of all dependencies, which extras are there, and how native code was built."""

import platform
import re
import sys
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

PROJECT = "ucf-explorer"

# What each extra is good for; one that is not named here is listed all the same.
_PURPOSES = {
    "sample": "the dataset that comes with the program, MovieLens Small 2016",
    "raw": "HNSW search over raw rating rows",
    "auth": "sign-in by OpenID Connect",
    "map": "the map of users by UMAP",
    "peers": "comparisons with other libraries in benchmarks",
}

# Functions that hnswlib compiles only where the compiler was allowed these instructions (space_ip.h, space_l2.h), and
# what Linux calls them.
_SIMD = {"AVX512": ("SIMD16ExtAVX512", "avx512f"), "AVX": ("SIMD16ExtAVX", "avx"), "SSE": ("SIMD16ExtSSE", "sse")}
_CPUINFO = Path("/proc/cpuinfo")


def python() -> dict[str, Any]:
    """The interpreter and the platform."""
    return {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        "executable": sys.executable,
        "platform": platform.platform(),
    }


def packages() -> list[dict[str, Any]]:
    """`{name, required, installed, ok}` of every dependency, by name; empty where the project was not installed."""
    return [_package(need) for need in _needs(None)]


def extras() -> list[dict[str, Any]]:
    """`{name, purpose, present, packages, remedy}` of every extra, by name; `remedy` is None where it is present."""
    try:
        names = sorted(metadata.metadata(PROJECT).get_all("Provides-Extra") or [])
    except metadata.PackageNotFoundError:
        return []
    rows = []
    for name in names:
        found = [_package(need) for need in _needs(name)]
        present = all(row["ok"] for row in found)
        remedy = None if present else f"uv sync --inexact --extra {name}, or pip install '{PROJECT}[{name}]'"
        rows.append(
            {"name": name, "purpose": _PURPOSES.get(name), "present": present, "packages": found, "remedy": remedy}
        )
    return rows


def native() -> dict[str, Any]:
    """`{blas: [...], hnswlib: {...}, processor: [...]}`: what can be known of how they were built.

    Of hnswlib: `simd`, the instruction sets in its binary, widest first, None where its symbols were stripped;
    `compiler`, None where it does not say; `openmp`. `processor` is those of the sets that this machine has.
    """
    return {"blas": _blas(), "hnswlib": _hnswlib(), "processor": processor_simd()}


def processor_simd() -> list[str] | None:
    """Those of hnswlib's instruction sets that this processor has, widest first; None where nobody says."""
    try:
        found = re.search(r"^flags\s*:(.*)$", _CPUINFO.read_text(encoding="utf-8"), re.MULTILINE)
    except (OSError, ValueError):
        return None
    flags = set(found[1].split()) if found else None
    return None if flags is None else [name for name, (_, flag) in _SIMD.items() if flag in flags]


def simd_in(binary: bytes) -> list[str] | None:
    """The instruction sets that a binary of hnswlib has functions for, widest first; None where no symbol is left."""
    # the plain name of AVX begins that of AVX512
    present = [name for name, (mark, _) in _SIMD.items() if re.search(mark.encode() + rb"(?!512)", binary)]
    return present or None


def _needs(extra: str | None) -> list[Requirement]:
    """The requirements of the project itself, or those that an extra adds, by name."""
    try:
        lines = metadata.requires(PROJECT) or []
    except metadata.PackageNotFoundError:
        return []
    needs = []
    for line in lines:
        try:
            need = Requirement(line)
        except InvalidRequirement:
            continue
        base = need.marker is None or need.marker.evaluate({"extra": ""})
        if base if extra is None else not base and need.marker is not None and need.marker.evaluate({"extra": extra}):
            needs.append(need)
    return sorted(needs, key=lambda need: need.name.lower())


def _package(need: Requirement) -> dict[str, Any]:
    try:
        installed = metadata.version(need.name)
    except metadata.PackageNotFoundError:
        return {"name": need.name, "required": str(need.specifier), "installed": None, "ok": False}
    ok = need.specifier.contains(installed, prereleases=True)
    return {"name": need.name, "required": str(need.specifier), "installed": installed, "ok": ok}


def _blas() -> list[dict[str, Any]]:
    """One row a BLAS library in memory once NumPy and SciPy are."""
    from threadpoolctl import threadpool_info

    for module in ("numpy", "scipy.linalg"):
        try:
            import_module(module)
        except ImportError:
            continue
    return [
        {
            "library": pool["internal_api"],
            "version": pool.get("version"),
            "architecture": pool.get("architecture"),
            "threads": pool.get("num_threads"),
            "file": Path(pool["filepath"]).name,
        }
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    ]


def _hnswlib() -> dict[str, Any] | None:
    """None where it is missing or cannot be loaded."""
    try:
        binary = Path(import_module("hnswlib").__file__ or "").read_bytes()
    except (ImportError, OSError):
        return None
    compiler = re.search(rb"(GCC: \([^)]*\) [\d.]+|clang version [\d.]+)", binary)
    return {
        "simd": simd_in(binary),
        "compiler": compiler[0].decode("ascii", "replace") if compiler else None,
        "openmp": b"GOMP_parallel" in binary or b"__kmpc_fork_call" in binary,
    }
