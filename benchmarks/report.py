"""Results as Markdown and JSON, and the generated parts of documents."""

from pathlib import Path
from typing import Any

from benchmarks.documents import Generated

_DOCUMENT = Generated("benchmarks", ("report", "table"), "Benchmarks")

check_out = _DOCUMENT.problem


def write(path: Path, results: dict[str, Any]) -> None:
    """Write results as JSON, or into a Markdown document.

    In a document the parts between `<!-- benchmarks:report -->` and `<!-- /benchmarks:report -->` (everything) and
    between `<!-- benchmarks:table -->` and `<!-- /benchmarks:table -->` (the ratio table) are replaced and nothing
    else is touched. A document that is not there is made.
    """
    _DOCUMENT.write(path, results, {"report": markdown(results), "table": ratio_table(results)})


def markdown(results: dict[str, Any]) -> str:
    """The whole report."""
    parts = [_setting(results), ratio_table(results), _details(results)]
    if results.get("growth"):
        parts.append(_growth(results["growth"]))
    return "\n".join(parts)


def ratio_table(results: dict[str, Any]) -> str:
    """One row a stage: both times, their ratio, both peaks, and the targets with what became of them."""
    rows = ["| stage | notebook | ours | ratio | peak, notebook | peak, ours | target |", "| --- " * 7 + "|"]
    for stage in results["stages"]:
        notebook, ours = stage["notebook"], stage["ours"]
        cells = [
            stage["title"],
            _value(notebook, stage["unit"]),
            _value(ours, stage["unit"]),
            times(stage["ratio"]) if stage["ratio"] else "-",
            _peak(notebook),
            _peak(ours),
            "<br>".join(_verdict(target) for target in stage["targets"]) or "-",
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def seconds(value: float) -> str:
    """A time in the unit that suits it."""
    if value >= 120:
        return f"{value / 60:,.1f} min"
    if value >= 1:
        return f"{value:.3g} s"
    return f"{1e3 * value:.3g} ms"


def times(ratio: float) -> str:
    """A ratio."""
    return f"{ratio:,.0f}x" if ratio >= 100 else f"{ratio:.3g}x"


def size(value: float) -> str:
    """Bytes in the unit that suits them, of thousands."""
    if value >= 1e9:
        return f"{value / 1e9:,.0f} GB" if value >= 1e11 else f"{value / 1e9:.3g} GB"
    return f"{value / 1e6:.0f} MB" if value >= 1e8 else f"{value / 1e6:.3g} MB"


def _value(side: dict[str, Any] | None, unit: str) -> str:
    if side is None:
        return "-"
    if side["status"] != "ok":
        return side["note"]
    return size(side["value"]) if unit == "bytes" else seconds(side["value"])


def _peak(side: dict[str, Any] | None) -> str:
    return "-" if side is None or side["peak_bytes"] is None else size(side["peak_bytes"])


def _verdict(target: dict[str, Any]) -> str:
    value, measure = target["value"], target["measure"]
    if value is None:
        return f"{target['text']}: not measured"
    if measure == "seconds":
        shown = seconds(value)
    elif measure in {"peak_bytes", "rss_bytes"}:
        shown = size(value)
    elif measure in {"faster", "slower"}:
        shown = times(value)
    else:
        shown = f"{value:.3g}"
    return f"{target['text']}: {'reached' if target['reached'] else '**missed**'} ({shown})"


def _setting(results: dict[str, Any]) -> str:
    machine, data, settings = results["machine"], results["dataset"], results["settings"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    counts = f"{data['n_ratings']:,} ratings of {data['n_users']:,} users and {data['n_items']:,} films"
    lines = [
        f"- Data: {data['name']}; {counts}.",
        f"- Machine: {machine['processor']}, {machine['cores']} cores, {size(machine['memory_bytes'])} of memory.",
        f"- Software: {machine['system']}, Python {machine['python']}, {versions}.",
    ]
    if machine["blas"]:
        lines.append(f"- BLAS: {'; '.join(machine['blas'])}.")
    lines.append(
        f"- Medians of {settings['repeat']} runs (one for all users in the raw space), the two sides alternating, "
        f"each run in its own process, with {settings['threads']} threads, time limit {seconds(settings['limit'])}."
    )
    return "\n".join(lines) + "\n"


def _details(results: dict[str, Any]) -> str:
    rows = ["| stage | side | runs | details |", "| --- " * 4 + "|"]
    for stage in results["stages"]:
        for name in ("notebook", "ours"):
            side = stage[name]
            if side is None:
                continue
            show = size if stage["unit"] == "bytes" else seconds
            runs = ", ".join(show(value) for value in side["runs"]) or side["note"]
            rows.append(f"| {stage['title']} | {name} | {runs} | {_seen(side['details'])} |")
    return "\n".join(rows) + "\n"


def _seen(details: dict[str, Any]) -> str:
    parts = []
    labels = {"error": "largest relative error", "median_error": "median", "last_error": "of the last value"}
    for name, label in labels.items():
        if details.get(name) is not None:
            parts.append(f"{label} {details[name]:.1e}")
    if details.get("recall") is not None:
        parts.append(f"recall@50 {details['recall']:.3f}" + (f" at ef {details['ef']}" if "ef" in details else ""))
    if details.get("query_seconds") is not None:
        parts.append(f"{seconds(details['query_seconds'])} a query")
    if "p95" in details:
        parts.append(f"p95 {seconds(details['p95'])} over {details['users']} users")
    parts += [f"{name} {seconds(value)}" for name, value in details.get("laps", {}).items()]
    if "as_stage" in details:
        parts.append("everything again")
    return ", ".join(parts) or "-"


def _growth(growth: list[dict[str, Any]]) -> str:
    n_ratings = [point["n_ratings"] for point in growth[0]["points"]]
    head = " | ".join(f"{n:,} ratings" for n in n_ratings)
    explanation = (
        "Growth with the number of ratings, by taking a quarter, half and all of the users; the exponent is the slope "
        "of the least-squares line through the logarithms (1 is proportional, 2 quadratic)."
    )
    rows = [
        explanation,
        "",
        f"| stage | side | {head} | exponent |",
        "| --- " * (3 + len(n_ratings)) + "|",
    ]
    for row in growth:
        show = size if row["unit"] == "bytes" else seconds
        values = " | ".join("-" if point["value"] is None else show(point["value"]) for point in row["points"])
        exponent = "-" if row["exponent"] is None else f"{row['exponent']:.2f}"
        rows.append(f"| {row['title']} | {row['side']} | {values} | {exponent} |")
    return "\n".join(rows) + "\n"
