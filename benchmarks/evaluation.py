"""How long it takes to evaluate users once everything is fitted: neighbours, predictions, lists and metrics.

    uv run python -m benchmarks.evaluation [--data FOLDER|sample] [--sample 5000] [--settings NAME ...]
    uv run python -m benchmarks.evaluation --intervals 671 100000 [--models 10]

Settings are the presets and "learned", lists by learned weights of 200 neighbours.
Prints seconds of the fit and of the evaluation apart, and seconds a user. One split: 20 % of every user's ratings.
With --intervals it draws the bootstrap intervals of made-up figures of so many users, for each metric and model by
itself and for all of them together, and prints processor seconds.
"""

import argparse
import time
from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits

import ucf_core as ucf
from ucf_core.base.specs import QuerySpec, SplitSpec
from ucf_core.explorer.explorer import Explorer
from ucf_core.explorer.presets import PRESETS
from ucf_core.recommendations.scoring import ScoringSpec
from ucf_core.studies.evaluation.by_user import UserMean, resample
from ucf_core.studies.evaluation.evaluate import sampled_users
from ucf_core.studies.evaluation.intervals import mean_interval, percentiles
from ucf_core.studies.evaluation.metrics import METRICS
from ucf_core.studies.evaluation.spec import EvaluationSpec, Setting
from ucf_core.studies.evaluation.split import splits
from ucf_core.studies.evaluation.tally import Tally
from ucf_core.studies.evaluation.user_knn import HeldOut, outcomes

SETTINGS = {name: Setting(query=preset.query, scoring=preset.scoring) for name, preset in PRESETS.items()} | {
    "learned": Setting(query=QuerySpec(k=200), scoring=ScoringSpec(ranking="learned")),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation", description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="sample", help="a dataset, as the ucf command takes it")
    parser.add_argument("--sample", type=int, default=5000, help="users to evaluate")
    parser.add_argument("--settings", nargs="+", choices=list(SETTINGS), default=["default"], metavar="NAME")
    parser.add_argument("--intervals", nargs="+", type=int, metavar="USERS", help="draw intervals instead")
    parser.add_argument("--models", type=int, default=10, help="models that the intervals are drawn of")
    options = parser.parse_args(arguments)
    if options.intervals:
        for n_users in options.intervals:
            _time_intervals(n_users, options.models)
        return
    ratings = ucf.load_ratings(options.data)
    chosen = [SETTINGS[name] for name in options.settings]
    spec = EvaluationSpec(split=SplitSpec(protocol="per_user_holdout"), sample=options.sample, baselines=())
    tally = Tally(ratings, spec, chosen)
    (split,) = splits(ratings, spec.split)
    held_out = HeldOut.of(split, sampled_users(ratings, spec))
    explorer = Explorer(split.train, in_memory=True)
    tally.begin(split, held_out)
    print(f"{ratings.n_users:,} users, {ratings.n_ratings:,} ratings; {len(held_out.users):,} users are evaluated")
    for name, setting in zip(options.settings, chosen, strict=True):
        start = time.perf_counter()
        explorer.build(setting.query)
        fitted = time.perf_counter()
        with threadpool_limits(1, user_api="blas"):
            (made,) = outcomes(explorer, held_out, setting.query, [setting.scoring], n=spec.n)
        tally.add(setting, made)
        done = time.perf_counter()
        each = 1e3 * (done - fitted) / len(held_out.users)
        print(f"{name:12} fit {fitted - start:6.1f} s   evaluation {done - fitted:6.1f} s   {each:.2f} ms a user")
    found = tally.finished(time.perf_counter())
    for row in found.rows:
        metrics = row.metrics
        print(f"rmse {metrics['rmse']:.4f}  mae {metrics['mae']:.4f}  ndcg {metrics['ndcg']:.4f}  {row.model}")


def _time_intervals(n_users: int, n_models: int) -> None:
    rng = np.random.default_rng(0)
    counts = np.broadcast_to(rng.integers(1, 60, n_users), (n_models, n_users))
    metrics = [metric for metric in METRICS.values() if metric.kind != "catalogue"]
    made = [UserMean.of(metric, rng.random(counts.shape) * counts, counts) for metric in metrics]
    with threadpool_limits(1, user_api="blas"):
        start = time.process_time()
        for mean in made:
            for values in mean.totals:
                mean_interval(values)
        apart = time.process_time() - start
        start = time.process_time()
        for replicates in resample(made).values():
            percentiles(replicates)
        together = time.process_time() - start
    print(
        f"{n_users:,} users, {n_models} models, {len(metrics)} metrics: {apart:.2f} s of the processor one by one, "
        f"{together:.2f} s together"
    )


if __name__ == "__main__":
    main()
