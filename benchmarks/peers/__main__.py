"""The command line of the comparison with other libraries."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from benchmarks.machine import describe
from benchmarks.peers.lists import SHARE, N, list_results, list_rows
from benchmarks.peers.model import OURS, Model, installed, require
from benchmarks.peers.published import check_is_ml_100k, compare, comparison_table, published_models
from benchmarks.peers.ratings import FOLDS, rating_results, rating_rows
from benchmarks.peers.roster import Protocol, check_wanted, chosen
from benchmarks.peers.table import check_out, markdown, write
from benchmarks.peers.with_surprise import LIBRARY as SURPRISE
from ucf_core.base.errors import UcfError
from ucf_core.base.parameter import check_int
from ucf_core.base.specs import MAX_SEED
from ucf_core.datasets.load import load_ratings
from ucf_core.ratings.ratings import Ratings


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for, print and write it. Exit code 1: failed, or off what is published."""
    options = _options(arguments)
    if options.results:
        return _publish(_joined(options.results), options.out)
    try:
        check_int("seed", options.seed, 0, MAX_SEED - 1)
        ratings = load_ratings(options.dataset)
        # of BLAS; the adapters see to the threads that a library has of its own
        with threadpool_limits(1):
            if options.published:
                return _published(ratings, options.seed)
            results = measure(ratings, options.protocol, options.models, options.seed)
    except UcfError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return _publish(results, options.out)


def _publish(results: dict[str, Any], out: Sequence[Path]) -> int:
    for path in out:
        write(path, results)
    print(markdown(results))
    return 0


def _joined(paths: Sequence[Path]) -> dict[str, Any]:
    """What earlier runs kept, as one; of what several hold, the last one's."""
    results: dict[str, Any] = {}
    for path in paths:
        kept = json.loads(path.read_text(encoding="utf-8"))
        libraries = results.get("libraries", {}) | kept["libraries"]
        results |= kept | {"libraries": libraries}
    return results


def measure(ratings: Ratings, protocols: Sequence[Protocol], wanted: Sequence[str], seed: int) -> dict[str, Any]:
    """The results of the protocols, for the models that are `wanted` (parts of their names; none: all)."""
    check_wanted(protocols, wanted)
    roster = {protocol: chosen(protocol, wanted) for protocol in protocols}
    libraries = sorted({model.library for models in roster.values() for model in models} - {OURS})
    results: dict[str, Any] = {
        "dataset": {
            "name": ratings.name,
            "n_users": ratings.n_users,
            "n_items": ratings.n_items,
            "n_ratings": ratings.n_ratings,
        },
        "machine": describe(),
        "libraries": {library: installed(library) for library in libraries},
        "seed": seed,
    }
    if models := roster.get("ratings"):
        found = rating_results(rating_rows(ratings, models, seed=seed, tell=_tell))
        results["ratings"] = {"folds": FOLDS, **found}
    if models := roster.get("lists"):
        setting = {"n": N, "share": SHARE, "validation_seed": seed + 1, "grids": _grids(models)}
        results["lists"] = {**setting, **list_results(list_rows(ratings, models, seed=seed, tell=_tell))}
    return results


def _grids(models: Sequence[Model]) -> dict[str, Any]:
    return {model.name: [{name: list(of) for name, of in tuned.items()} for tuned in model.grid] for model in models}


def _published(ratings: Ratings, seed: int) -> int:
    check_is_ml_100k(ratings)
    require(SURPRISE)
    rows = rating_rows(ratings, published_models(), seed=seed, tell=_tell)
    comparisons = compare({row.name: row.errors.rmse for row in rows})
    print(comparison_table(comparisons))
    return 0 if all(each.agrees for each in comparisons) else 1


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    description = "This program's user-kNN beside baselines and other libraries, on the same splits."
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=description)
    parser.add_argument("--dataset", default="sample", help="a dataset's name, or a path: a folder of MovieLens, a CSV")
    parser.add_argument("--protocol", choices=["ratings", "lists", "both"], default="both")
    parser.add_argument("--models", nargs="+", default=[], help="only models with these texts in their names")
    parser.add_argument("--seed", type=int, default=0, help="draws the splits, and is every model's seed")
    parser.add_argument("--out", nargs="+", type=Path, default=[], help="documents and JSON files to write")
    parser.add_argument(
        "--results", nargs="+", type=Path, default=[], help="measures nothing: shows what earlier --out FILE.json kept"
    )
    parser.add_argument(
        "--published",
        action="store_true",
        help="instead: Surprise on ml-100k against its published figures; exit 1 where they are off",
    )
    options = parser.parse_args(arguments)
    options.protocol = ["ratings", "lists"] if options.protocol == "both" else [options.protocol]
    for path in options.out:
        if problem := check_out(path):
            parser.error(f"--out {problem}")
    return options


if __name__ == "__main__":
    sys.exit(main())
