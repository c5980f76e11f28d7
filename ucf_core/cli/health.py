"""`ucf doctor`, and its examination as text for people."""

from typing import Any

import typer

from ucf_core.cli.arguments import AsJson
from ucf_core.cli.output import print_answer, table


def doctor(as_json: AsJson = False) -> None:
    """Examine this installation, the machine and everything that was built; exit 1 where there is a problem."""
    from ucf_core.doctor import examine
    from ucf_core.home import home

    report = examine(home())
    print_answer(report, as_json, lambda: as_text(report))
    if not report["healthy"]:
        raise typer.Exit(1)


def as_text(report: dict[str, Any]) -> str:
    """What `ucf_core.doctor.examine` found, the verdict last: that is what a terminal shows without scrolling."""
    parts = [
        f"Python {report['python']['version']} ({report['python']['implementation']}), {report['python']['platform']}",
        table(report["packages"], ("name", "installed", "required", "ok")),
        table(_extras(report["extras"]), ("extra", "present", "what_for")),
        _native(report["native"]),
        _machine(report),
        _cache(report["cache"]),
        _verdict(report),
    ]
    return "\n\n".join(part for part in parts if part)


def _extras(extras: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"extra": row["name"], "present": row["present"], "what_for": row["purpose"]} for row in extras]


def _native(native: dict[str, Any]) -> str:
    lines = [
        f"BLAS: {row['library']} {row['version']} ({row['architecture']}), {row['threads']} threads"
        for row in native["blas"]
    ]
    hnswlib = native["hnswlib"]
    if hnswlib is not None:
        simd = ", ".join(hnswlib["simd"]) if hnswlib["simd"] else "not told by its binary"
        lines.append(f"hnswlib: {simd}; built by {hnswlib['compiler'] or 'a compiler that it does not name'}")
    if native["processor"] is not None:
        lines.append(f"Processor: {', '.join(native['processor']) or 'none of AVX512, AVX, SSE'}")
    return "\n".join(lines)


def _machine(report: dict[str, Any]) -> str:
    cores, home = report["cores"], report["home"]
    quota = "" if cores["quota"] is None else f", bounded to {cores['quota']:.1f}"
    writable = "can be written" if home["writable"] else "cannot be written"
    memory = report["memory"]
    lines = [
        f"Cores: {cores['usable']} of {cores['machine']}{quota}",
        f"Memory: {_size(memory['available_bytes'])} available of {_size(memory['limit_bytes'])}",
        f"UCF_HOME: {home['path']}, {writable}{'' if home['exists'] else ', not made yet'}",
        f"Disk: {_size(home['free_bytes'])} free of {_size(home['total_bytes'])}",
    ]
    return "\n".join(lines)


def _cache(cache: dict[str, Any]) -> str:
    if not cache["kinds"]:
        return "Cache: nothing is built yet"
    head = f"Cache: {_size(cache['bytes'])}; {_size(cache['checked_bytes'])} verified in {cache['seconds']:.1f} s"
    return head + "\n" + table(cache["kinds"], ("kind", "artifacts", "bytes"))


def _verdict(report: dict[str, Any]) -> str:
    lines = [f"Note: {row['text']}. Remedy: {row['remedy']}." for row in report["notes"]]
    lines += [f"Problem: {row['text']}. Remedy: {row['remedy']}." for row in report["problems"]]
    return "\n".join([*lines, "Healthy." if report["healthy"] else "Not healthy."])


def _size(size: int | None) -> str:
    return "unknown" if size is None else f"{size / 1e9:,.1f} GB"
