"""Commands that take their time over all users: evaluate, all-neighbours."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ucf_core.base.specs import LENGTH, RELEVANT_FROM, SAMPLE, QuerySpec, SplitSpec
from ucf_core.cli.arguments import SHARE, AsJson, Dataset, Length, opened
from ucf_core.cli.options import flag, with_grid, with_specs
from ucf_core.cli.output import peak_rss_bytes, print_answer, table, varying


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
    """Measure predicted ratings and lists on held-out ratings; options of settings may be given several times."""
    from tqdm import tqdm

    from ucf_core.base.files.artifacts import ArtifactStore
    from ucf_core.cli.answers import evaluation_answer
    from ucf_core.studies.evaluation.metrics import METRICS
    from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting
    from ucf_core.studies.evaluation.spec import grid as all_settings
    from ucf_core.studies.evaluation.store import evaluate_once

    spec = EvaluationSpec(split=split, n=n, sample=sample, relevant_from=relevant_from)
    settings = all_settings(grid, Setting(query=QuerySpec(seed=split.seed)))
    ratings = opened(dataset).ratings
    with tqdm(desc=dataset, file=sys.stderr, bar_format=SHARE, disable=not sys.stderr.isatty()) as bar:

        def progress(done: float, total: float | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

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
    out: Annotated[Path, typer.Option("--out", help="the npz file to write; a run that was stopped is resumed")],
    as_json: AsJson = False,
) -> None:
    """Write the nearest users of every user to a file."""
    from tqdm import tqdm

    from ucf_core.studies.all_neighbours.run import all_neighbours as find

    explorer = opened(dataset)
    with tqdm(unit="user", desc=out.name, file=sys.stderr, disable=not sys.stderr.isatty()) as bar:

        def progress(done: float, total: float | None) -> None:
            if bar.total is None:
                bar.initial, bar.total = done, total  # users of an earlier run do not count for the time left
            bar.update(done - bar.n)

        made = find(explorer, query, out=out, progress=progress)
    answer = {**vars(made), "path": str(made.path), "peak_rss_bytes": peak_rss_bytes()}
    text = (
        "{rows:,} x {k} neighbours ({space} space, {engine} search) are in {path}; {seconds:,.1f} s, "
        "{resumed_blocks} of {blocks} parts from an earlier run"
    )
    print_answer(answer, as_json, lambda: text.format_map(answer))
