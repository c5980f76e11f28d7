"""The notebook's pipeline and ours, stage by stage on the same files, in one run.

    uv run python -m benchmarks.pipeline [--scale tiny|small|ml-1m|ml-25m] [--data FOLDER] [--stages NAME ...]
        [--repeat N] [--limit SECONDS] [--growth] [--out FILE.md|FILE.json ...]

Prints a table of times, ratios, peak memory and targets. docs/benchmarks.md explains each stage. This process must
stay small: it starts the others, and what the system tells of their memory begins with its own.
"""

import argparse
import json
import math
import os
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.measure import Run, available_bytes, child, run
from benchmarks.ours import ucf_command
from benchmarks.prepare import SCALES, signature
from benchmarks.report import check_out, markdown, seconds, size, write
from benchmarks.stages import SIDES, STAGES, Side, Stage
from benchmarks.targets import judged
from benchmarks.task import DIM, Shape, Task
from ucf_core.base.files.paths import home

# Preparing takes several stages together, and ARPACK is slow at full size.
_PREPARATION_LIMITS = 6


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure what the command line asks for, print it, write it, and return it."""
    options = _options(arguments)
    if options.results:
        results: dict[str, Any] = json.loads(options.results.read_text(encoding="utf-8"))
        results["stages"] = [_with_verdicts(stage) for stage in results["stages"]]
        _publish(results, options.out)
        print(markdown(results))
        return results
    folder = _folder(options)
    results = {
        "dataset": {"name": options.data.name if options.data else f"synthetic, {options.scale}"},
        "machine": _prepared("machine", options.limit),
        "settings": {"repeat": options.repeat, "limit": options.limit, "threads": options.threads},
        "stages": [],
        "growth": [],
    }
    shape = _measure_folder(folder, options, results["stages"].append, lambda: _publish(results, options.out), results)
    results["dataset"] |= asdict(shape)
    if options.growth:
        results["growth"] = _growth(folder, options, results, shape)
    _publish(results, options.out)
    print(markdown(results))
    return results


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__.splitlines()[0])
    parser.add_argument("--scale", choices=list(SCALES), default="tiny", help="size of the synthetic ratings")
    parser.add_argument("--data", type=Path, help="a folder with ratings.csv and movies.csv instead")
    parser.add_argument("--work", type=Path, help="where synthetic ratings are kept; default: in UCF_HOME")
    parser.add_argument("--stages", nargs="+", choices=list(STAGES), default=list(STAGES), metavar="NAME")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each side; medians are shown")
    parser.add_argument("--limit", type=float, default=1800.0, help="seconds after which a stage is stopped")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of both sides, for the graphs")
    parser.add_argument("--growth", action="store_true", help="measure a quarter and half of the users, too")
    parser.add_argument("--out", type=Path, nargs="+", default=[], help="Markdown documents and JSON files to write")
    parser.add_argument("--results", type=Path, help="show and write an earlier --out .json instead of measuring")
    options = parser.parse_args(arguments)
    for path in options.out:
        if problem := check_out(path):
            parser.error(problem)
    if options.repeat < 1 or options.limit <= 0 or options.threads < 1:
        parser.error("--repeat, --limit and --threads must be positive")
    for name in ("ratings.csv", "movies.csv"):
        if options.data and not (options.data / name).is_file():
            parser.error(f"{options.data} holds no {name}, which the notebook reads")
    return options


def _folder(options: argparse.Namespace) -> Path:
    """The folder of the dataset, drawn first if it is synthetic and not there."""
    if options.data:
        return Path(options.data).resolve()
    folder: Path = Path(options.work or home() / "benchmarks").resolve() / options.scale
    _prepared("dataset", options.limit, options.scale, str(folder))
    return folder


def _beside(folder: Path) -> Path:
    """Where what is computed from a dataset once is kept."""
    return folder.parent / f"{folder.name}-benchmark"


def _prepared(name: str, limit: float, *arguments: str) -> dict[str, Any]:
    done = child("prepare", name, *arguments, limit=_PREPARATION_LIMITS * limit)
    if done.status != "ok":
        raise SystemExit(f"preparing {name}: {done.note}")
    return done.answer


def _measure_folder(
    folder: Path,
    options: argparse.Namespace,
    keep: Callable[[dict[str, Any]], None],
    publish: Callable[[], None],
    results: dict[str, Any],
) -> Shape:
    """Measure the chosen stages on one dataset; `keep` gets each summary as soon as it is there."""
    with tempfile.TemporaryDirectory(prefix="ucf-benchmark-", dir=folder.parent) as scratch:
        task = Task(
            folder=folder,
            inputs=Path(scratch) / "inputs",
            home=Path(scratch) / "home",
            empty=Path(scratch) / "empty",
            arpack=_beside(folder) / "-".join([f"arpack-{DIM}", *map(str, signature(str(folder)).values())]),
            threads=options.threads,
        )
        task.inputs.mkdir()
        _say(f"{folder.name}: preparing")
        prepared = _prepared("built", options.limit, task.to_json())
        task = replace(task, first_user=prepared.pop("first_user"))
        shape = Shape(**prepared)
        results["dataset"] |= asdict(shape)
        if "svd" in options.stages and not task.arpack.exists():
            _say(f"{folder.name}: singular values by ARPACK, once for this dataset")
            done = child("prepare", "arpack", task.to_json(), limit=_PREPARATION_LIMITS * options.limit)
            if done.status != "ok":
                _say(f"no errors of singular values: {done.note}")
        known: dict[str, dict[str, Any]] = {}
        for name in STAGES:
            if name in options.stages:
                known[name] = _measure_stage(STAGES[name], task, shape, options, known)
                keep(known[name])
                publish()
        return shape


def _measure_stage(
    stage: Stage, task: Task, shape: Shape, options: argparse.Namespace, known: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Both sides in turn, `repeat` times; a side that does not come through is not tried again."""
    runs: dict[Side, list[Run]] = {"notebook": [], "ours": []}
    for _ in range(1 if stage.once else options.repeat):
        for side in SIDES:
            if stage.has(side) and all(one.status == "ok" for one in runs[side]):
                one = _measure(stage, side, task, shape, options.limit)
                runs[side].append(one)
                outcome = one.note or _outcome(stage, one)
                _say(f"{task.folder.name}: {stage.name:14} {side:8} {outcome}")
    if stage.check and runs["ours"] and runs["ours"][-1].status == "ok":
        checked = child("check", stage.name, task.to_json(), limit=options.limit)
        runs["ours"][-1].answer.update(checked.answer)
    notebook = _summary(stage, runs["notebook"])
    if stage.as_stage in known and (again := known[stage.as_stage]["notebook"]):
        notebook = again | {"details": {"as_stage": stage.as_stage}}
    summary = {
        "name": stage.name,
        "title": stage.title,
        "unit": stage.unit,
        "notebook": notebook,
        "ours": _summary(stage, runs["ours"]),
    }
    return _with_verdicts(summary)


def _measure(stage: Stage, side: Side, task: Task, shape: Shape, limit: float) -> Run:
    """One run of one side."""
    if side == "notebook" and stage.notebook_bytes is not None:
        needed, free = stage.notebook_bytes(shape), available_bytes()
        if free is not None and needed > free:
            return Run("memory", note=f"not tried: needs about {size(needed)}, {size(free)} are free")
    if side == "ours" and stage.command is not None:
        return _run_command(stage, stage.command(task), task, limit)
    if not stage.on_empty_home:
        return child("stage", stage.name, side, task.to_json(), limit=limit)
    with tempfile.TemporaryDirectory(dir=task.inputs.parent) as empty:
        return child("stage", stage.name, side, replace(task, empty=Path(empty)).to_json(), limit=limit)


def _run_command(stage: Stage, arguments: list[str], task: Task, limit: float) -> Run:
    if not stage.on_empty_home:
        return run(ucf_command(arguments), limit=limit, env={"UCF_HOME": str(task.home)})
    with tempfile.TemporaryDirectory(dir=task.inputs.parent) as empty:
        return run(ucf_command(arguments), limit=limit, env={"UCF_HOME": empty})


def _value_of(stage: Stage, one: Run) -> float:
    """What is compared: the time of the whole process where the stage says so, else what was measured inside."""
    value: float = one.wall if stage.whole_process or "value" not in one.answer else one.answer["value"]
    return value


def _outcome(stage: Stage, one: Run) -> str:
    value = _value_of(stage, one)
    peak = f", peak {size(one.peak_bytes)}" if one.peak_bytes else ""
    return (size(value) if stage.unit == "bytes" else seconds(value)) + peak


def _summary(stage: Stage, runs: list[Run]) -> dict[str, Any] | None:
    """Medians over the runs of a side; None if it has none."""
    if not runs:
        return None
    good = [one for one in runs if one.status == "ok"]
    last = runs[-1]
    details = {name: value for name, value in last.answer.items() if name in _DETAILS}
    return {
        "status": last.status,
        "note": last.note,
        "value": statistics.median(_value_of(stage, one) for one in good) if good else None,
        "runs": [_value_of(stage, one) for one in good],
        "peak_bytes": max((one.peak_bytes or 0 for one in good), default=None),
        "details": details,
    }


_DETAILS = {"error", "median_error", "last_error", "recall", "p95", "users", "laps", "rss_bytes", "shape", "n_ratings"}


def _with_verdicts(stage: dict[str, Any]) -> dict[str, Any]:
    """A summary with its ratio and targets; from stored results too, so that a changed target shows."""
    notebook, ours = stage["notebook"], stage["ours"]
    both = notebook is not None and ours is not None and notebook["status"] == ours["status"] == "ok"
    ratio = notebook["value"] / ours["value"] if both and ours["value"] > 0 else None
    measures: dict[str, float | None] = {"faster": ratio, "slower": 1 / ratio if ratio else None}
    if ours is not None and ours["status"] == "ok":
        measures |= {name: ours["details"].get(name) for name in ("error", "recall", "rss_bytes")}
        measures |= {"seconds": ours["value"], "peak_bytes": ours["peak_bytes"]}
    return stage | {"ratio": ratio, "targets": judged(stage["name"], measures)}


def _growth(folder: Path, options: argparse.Namespace, results: dict[str, Any], whole: Shape) -> list[dict[str, Any]]:
    """Every stage on a quarter, half and all of the users, and the exponent of each side."""
    folders = _prepared("thinned", options.limit, str(folder), str(_beside(folder)))["folders"]
    measured: list[tuple[int, dict[str, dict[str, Any]]]] = []
    for factor in ("1", "2"):
        stages: list[dict[str, Any]] = []
        shape = _measure_folder(Path(folders[factor]), options, stages.append, lambda: None, {"dataset": {}})
        measured.append((shape.n_ratings, {stage["name"]: stage for stage in stages}))
    measured.append((whole.n_ratings, {stage["name"]: stage for stage in results["stages"]}))
    rows = []
    for stage in results["stages"]:
        for side in SIDES:
            points = [
                {"n_ratings": n_ratings, "value": (stages[stage["name"]][side] or {}).get("value")}
                for n_ratings, stages in measured
            ]
            if any(point["value"] is not None for point in points):
                row = {"title": stage["title"], "side": side, "unit": stage["unit"], "points": points}
                rows.append(row | {"exponent": exponent([(point["n_ratings"], point["value"]) for point in points])})
    return rows


def exponent(points: Sequence[tuple[int, float | None]]) -> float | None:
    """The slope of the least-squares line through (log n, log value); None with fewer than two values."""
    known = [(math.log(n), math.log(value)) for n, value in points if value]
    if len({x for x, _ in known}) < 2:
        return None
    return statistics.linear_regression([x for x, _ in known], [y for _, y in known]).slope


def _publish(results: dict[str, Any], out: Sequence[Path]) -> None:
    for path in out:
        write(path, results)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _end(*_: object) -> None:
    raise SystemExit("stopped")


if __name__ == "__main__":
    # as an exception, which stops the process that is measured, too, and clears the temporary folder
    signal.signal(signal.SIGTERM, _end)
    main()
