"""Commands that run long, over all users: evaluate, all-neighbours."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ucf_core.base.specs import LENGTH, RELEVANT_FROM, SAMPLE, QuerySpec, SplitSpec
from ucf_core.cli.options import AsJson, Dataset, Length, flag, opened, with_grid, with_specs
from ucf_core.cli.output import SHARE, peak_rss_bytes, print_answer, progress_bar, table, varying


@with_specs(split=SplitSpec)
@with_grid(parameter="grid", without=("seed",))
def evaluate(
    dataset: Dataset,
    grid: dict[str, list[Any]],
    split: SplitSpec,
    n: Length = LENGTH.default,
    sample: Annotated[int | None, flag("sample", SAMPLE)] = SAMPLE.default,
    relevant_from: Annotated[float | None, flag("relevant_from", RELEVANT_FROM)] = RELEVANT_FROM.default,
    as_json: AsJson = False,
) -> None:
    """Measure predicted ratings and lists on held-out ratings; options of settings may be repeated."""
    from ucf_core.base.files.artifacts import ArtifactStore
    from ucf_core.cli.answers import evaluation_answer
    from ucf_core.studies.evaluation import spec as evaluation
    from ucf_core.studies.evaluation.metrics import METRICS
    from ucf_core.studies.evaluation.store import evaluate_once

    spec = evaluation.EvaluationSpec(split=split, n=n, sample=sample, relevant_from=relevant_from)
    settings = evaluation.grid(grid, evaluation.Setting(query=QuerySpec(seed=split.seed)))
    ratings = opened(dataset).ratings
    with progress_bar(dataset, bar_format=SHARE) as progress:
        found, cached = evaluate_once(ArtifactStore.default(), ratings, spec, settings, progress=progress)
    answer = evaluation_answer(ratings, found) | {"cached": cached}
    if answer["sample"]:
        sys.stderr.write(f"{answer['sample']['note']}\n")
    settings_shown = varying(answer["rows"], usual=("k", "dim", "weighting", "space", "ranking"))
    figures = [name for name, metric in METRICS.items() if metric.headline]
    columns = ("model", *settings_shown, *figures)
    print_answer(answer, as_json, lambda: table(answer["rows"], columns))


@with_specs(query=QuerySpec)
def all_neighbours(
    dataset: Dataset,
    query: QuerySpec,
    out: Annotated[Path, typer.Option("--out", help="the npz file to write; a stopped run is resumed")],
    as_json: AsJson = False,
) -> None:
    """Write the nearest users of every user to a file."""
    from ucf_core.studies.all_neighbours import run

    explorer = opened(dataset)
    with progress_bar(out.name, unit="user") as progress:
        made = run.all_neighbours(explorer, query, out=out, progress=progress)
    answer = {**vars(made), "path": str(made.path), "peak_rss_bytes": peak_rss_bytes()}
    text = (
        "{rows:,} x {k} neighbours ({space} space, {engine} search) are in {path}; {seconds:,.1f} s, "
        "{resumed_blocks} of {blocks} parts from an earlier run"
    )
    print_answer(answer, as_json, lambda: text.format_map(answer))
