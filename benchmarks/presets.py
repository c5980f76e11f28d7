"""What each preset reaches on ratings that were held out: the figures that the dashboard shows beside them.

uv run python -m benchmarks.presets --out docs/quality.md

Takes some minutes on the sample. After a change of a preset, or of what it rests on, run it again and copy the figures
to ucf_ui/settings/presets.py; a test holds the two together.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from benchmarks.documents import Generated
from ucf_core.base.errors import UcfError
from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.datasets.load import load_ratings
from ucf_core.explorer.presets import PRESETS, Preset
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.evaluation.evaluate import evaluate
from ucf_core.studies.evaluation.results import Row
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting

DOCUMENT = Generated("presets", ("table",), "Presets")
_RATINGS = EvaluationSpec(split=SplitSpec(protocol="kfold", folds=5, seed=0), baselines=())
_LISTS = EvaluationSpec(split=SplitSpec(protocol="per_user_holdout", share=0.2, seed=0), n=10, baselines=())


def measure(ratings: Ratings) -> list[tuple[Row, Row]]:
    """Of each preset what its predicted ratings reach over 5 folds, and its lists with 20 % of each user held out."""
    settings = [Setting(query=preset.query_for(ratings), scoring=preset.scoring) for preset in PRESETS.values()]
    by_ratings, by_lists = (evaluate(ratings, spec, settings).rows for spec in (_RATINGS, _LISTS))
    return list(zip(by_ratings, by_lists, strict=True))


def table(rows: Sequence[tuple[Row, Row]]) -> str:
    """A Markdown table, one row a preset."""
    head = ["preset", "RMSE", "MAE", "nDCG@10", "precision", "item coverage", "settings"]
    lines = [head, ["---"] * len(head)]
    for preset, (rated, listed) in zip(PRESETS.values(), rows, strict=True):
        errors = [f"{rated.metrics[name]:.4f}" for name in ("rmse", "mae")]
        lists = [f"{listed.metrics[name]:.4f}" for name in ("ndcg", "precision", "item_coverage")]
        lines.append([preset.name, *errors, *lists, settings_text(preset)])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def settings_text(preset: Preset) -> str:
    """In what a preset differs from the defaults, such as "k 400, dim 16, aggregation learned"."""
    pairs: tuple[tuple[object, QuerySpec | ScoringSpec], ...] = (
        (QuerySpec(), preset.query),
        (ScoringSpec(), preset.scoring),
    )
    moved = [
        f"{known.name} {getattr(spec, known.name)}"
        for usual, spec in pairs
        for known in fields(spec)
        if getattr(spec, known.name) != getattr(usual, known.name)
    ]
    return ", ".join(moved) or "-"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the presets, print the table and write it into documents. Exit code 1: there is no such dataset."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.presets", description="What each preset reaches.")
    parser.add_argument("--dataset", default="sample", help="a dataset's name, or a path")
    parser.add_argument("--out", nargs="+", type=Path, default=[], help="documents to write")
    options = parser.parse_args(arguments)
    for path in options.out:
        if problem := DOCUMENT.problem(path):
            parser.error(f"--out {problem}")
    try:
        text = table(measure(load_ratings(options.dataset)))
    except UcfError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for path in options.out:
        DOCUMENT.write(path, {}, {"table": text})
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
