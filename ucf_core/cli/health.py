"""`ucf doctor`, and its report as text."""

from typing import Any

import typer

from ucf_core.cli.options import AsJson
from ucf_core.cli.output import print_answer, table


def doctor(as_json: AsJson = False) -> None:
    """Check this installation, the machine and everything that was built; exit 1 if there is a problem."""
    from ucf_core.base.files.paths import home
    from ucf_core.cli.doctor.examination import examine

    report = examine(home())
    print_answer(report, as_json, lambda: as_text(report))
    if not report["healthy"]:
        raise typer.Exit(1)


def as_text(report: dict[str, Any]) -> str:
    """The report of `examine` as text; problems come last, where a terminal shows them without scrolling."""
    python, cores, memory, home, cache = (report[name] for name in ("python", "cores", "memory", "home", "cache"))
    blas, hnswlib, processor = (report["native"][name] for name in ("blas", "hnswlib", "processor"))
    extras = [{"extra": row["name"], "present": row["present"], "what_for": row["purpose"]} for row in report["extras"]]
    native = [f"BLAS: {x['library']} {x['version']} ({x['architecture']}), {x['threads']} threads" for x in blas]
    if hnswlib is not None:
        simd, compiler = ", ".join(hnswlib["simd"] or ["unknown"]), hnswlib["compiler"] or "an unknown compiler"
        native.append(f"hnswlib: {simd}; built by {compiler}")
    if processor is not None:
        native.append(f"Processor: {', '.join(processor) or 'none of AVX512, AVX, SSE'}")
    machine = [
        f"Cores: {cores['usable']} of {cores['machine']}"
        + ("" if cores["quota"] is None else f", bounded to {cores['quota']:.1f}"),
        f"Memory: {_size(memory['available_bytes'])} available of {_size(memory['limit_bytes'])}",
        f"UCF_HOME: {home['path']}, {'can' if home['writable'] else 'cannot'} be written"
        + ("" if home["exists"] else ", not made yet"),
        f"Disk: {_size(home['free_bytes'])} free of {_size(home['total_bytes'])}",
    ]
    built = [
        f"Cache: {_size(cache['bytes'])}; {_size(cache['checked_bytes'])} verified in {cache['seconds']:.1f} s",
        table(cache["kinds"], ("kind", "artifacts", "bytes")),
    ]
    findings = [("Note", row) for row in report["notes"]] + [("Problem", row) for row in report["problems"]]
    verdict = [f"{word}: {row['text']}. Remedy: {row['remedy']}." for word, row in findings]
    parts = [
        [f"Python {python['version']} ({python['implementation']}), {python['platform']}"],
        [table(report["packages"], ("name", "installed", "required", "ok"))],
        [table(extras, ("extra", "present", "what_for"))],
        native,
        machine,
        built if cache["kinds"] else ["Cache: nothing is built yet"],
        [*verdict, "Healthy." if report["healthy"] else "Not healthy."],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _size(size: int | None) -> str:
    return "unknown" if size is None else f"{size / 1e9:,.1f} GB"
