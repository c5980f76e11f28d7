"""The `ucf` command. `--json` prints one JSON document on standard output; messages go to standard error."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from ucf_core.cli_options import with_grid, with_specs
from ucf_core.cli_output import Remarks, peak_rss_bytes, print_answer, table, varying
from ucf_core.errors import UcfError
from ucf_core.specs import Protocol, QuerySpec, ScoringSpec

app = typer.Typer(
    help="User-based collaborative filtering: neighbours, predicted ratings and recommendations.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Dataset: TypeAlias = Annotated[str, typer.Argument(help="sample, a downloaded dataset's name, or a folder or file")]
User: TypeAlias = Annotated[str, typer.Argument(help="a user id of the dataset")]
Item: TypeAlias = Annotated[str, typer.Argument(help="an item id of the dataset")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="print one JSON document")]
Efs: TypeAlias = Annotated[list[int], typer.Option("--ef", help="search breadth of HNSW; may be given several times")]
Length: TypeAlias = Annotated[int, typer.Option("--n", help="length of the list")]
Sample: TypeAlias = Annotated[int, typer.Option("--sample", help="how many users to measure on")]

_SHARE = "{desc}: {percentage:3.0f}% |{bar}| {elapsed}<{remaining}"


@app.command()
def datasets(as_json: AsJson = False) -> None:
    """List the datasets that are known, and which of them are installed."""
    from ucf_core.datasets.registry import listing
    from ucf_core.home import home

    rows = listing(home())
    print_answer(rows, as_json, lambda: table(rows, ("name", "installed", "n_users", "n_items", "n_ratings", "title")))


@app.command()
def download(
    name: Annotated[str, typer.Argument(help="a dataset of the registry")],
    url: Annotated[str | None, typer.Option("--url", help="a mirror; the checksum must match all the same")] = None,
    checksum: Annotated[
        str | None, typer.Option("--checksum", help="expected MD5 or SHA-256 (md5:..., sha256:...) of the archive")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Download a dataset, verify its checksum and unpack it."""
    from tqdm import tqdm

    from ucf_core.datasets.download import download as fetch
    from ucf_core.home import home

    with tqdm(unit="B", unit_scale=True, desc=name, file=sys.stderr, disable=not sys.stderr.isatty()) as bar:

        def progress(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        done = fetch(name, home=home(), url=url, checksum=checksum, progress=progress)
    answer = {"name": done.name, "path": str(done.path), "bytes": done.bytes, "checksum": done.checksum}
    print_answer(
        answer, as_json, lambda: f"{done.name} is installed in {done.path} ({done.bytes:,} bytes, {done.checksum})"
    )


@app.command()
def synthesize(
    out: Annotated[Path, typer.Option("--out", help="a new folder, or an empty one")],
    users: Annotated[int | None, typer.Option("--users", help="default: in ml-25m's proportion to --ratings")] = None,
    items: Annotated[int | None, typer.Option("--items", help="default: in ml-25m's proportion to --ratings")] = None,
    ratings: Annotated[int, typer.Option("--ratings", help="number of ratings; default ml-25m's")] = 25_000_095,
    seed: Annotated[int, typer.Option("--seed", help="seed of every random step")] = 0,
    as_json: AsJson = False,
) -> None:
    """Write invented ratings with ml-25m's marginals, in its layout."""
    from tqdm import tqdm

    from ucf_core.datasets.synthetic import SyntheticSpec, check_free, write_movielens
    from ucf_core.datasets.synthetic import synthesize as draw

    start = time.perf_counter()
    spec = SyntheticSpec.scaled(n_ratings=ratings, n_users=users, n_items=items, seed=seed)
    check_free(out)
    with tqdm(total=2.0, desc=out.name, file=sys.stderr, bar_format=_SHARE, disable=not sys.stderr.isatty()) as bar:

        def progress(done: float, _: float | None) -> None:
            bar.update(before + done - bar.n)

        before = 0.0
        drawn = draw(spec, progress)
        before = 1.0
        size = write_movielens(drawn, out, progress)
    answer = {
        "path": str(out),
        "n_users": spec.n_users,
        "n_items": spec.n_items,
        "n_ratings": spec.n_ratings,
        "bytes": size,
        "seconds": time.perf_counter() - start,
    }
    print_answer(
        answer,
        as_json,
        lambda: (
            f"{out} holds {spec.n_ratings:,} ratings of {spec.n_users:,} users and {spec.n_items:,} items "
            f"({size:,} bytes)"
        ),
    )


@app.command()
@with_specs(query=QuerySpec, without=("k", "ef", "engine"))
def build(
    dataset: Dataset,
    query: QuerySpec,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="build a folder of parts on Dask: tcp://host:8786, local, local:4")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="with --scheduler: a folder that all workers share; default: UCF_HOME")
    ] = None,
    serve_dim: Annotated[
        list[int], typer.Option("--serve-dim", help="with --scheduler: dims that Milvus serves; may be repeated")
    ] = [],  # noqa: B006  Typer reads the default and never changes it
    as_json: AsJson = False,
) -> None:
    """Build and keep everything that questions on a dataset need; exit 1 where the disk does not take it."""
    from ucf_core.artifacts import ArtifactStore

    if scheduler is not None:
        from ucf_core.cli_cluster import cluster_answer

        built = cluster_answer(dataset, query, scheduler=scheduler, out=out, dims=serve_dim)
        head = "{path}: {n_users:,} users, {n_items:,} items, {n_ratings:,} ratings; dims served: {dims}\n"
        print_answer(built, as_json, lambda: head.format_map(built) + table(built["stages"], ("name", "seconds")))
        return
    start = time.perf_counter()
    explorer = _explorer(dataset)
    stages = [{"name": "ratings", "seconds": time.perf_counter() - start, "cached": explorer.ratings.report.cached}]
    stages += [
        {"name": stage.name, "seconds": stage.seconds, "cached": stage.cached}
        for stage in explorer.build(query, keep=True)
    ]
    ratings = explorer.ratings
    answer = {
        "dataset": dataset,
        "fingerprint": ratings.fingerprint,
        "n_users": ratings.n_users,
        "n_items": ratings.n_items,
        "n_ratings": ratings.n_ratings,
        "n_duplicates": ratings.report.n_duplicates,
        "n_untitled": ratings.report.n_untitled,
        "stages": stages,
        "peak_rss_bytes": peak_rss_bytes(),
        "artifact_bytes": ArtifactStore.default().bytes_of(ratings.fingerprint),
    }
    print_answer(
        answer,
        as_json,
        lambda: (
            f"{dataset}: {ratings.n_users:,} users, {ratings.n_items:,} items, {ratings.n_ratings:,} ratings; "
            f"{ratings.report.n_duplicates:,} duplicates dropped, {ratings.report.n_untitled:,} items without a title\n"
            + table(stages, ("name", "seconds", "cached"))
        ),
    )


@app.command()
@with_specs(query=QuerySpec)
def neighbours(dataset: Dataset, user: User, query: QuerySpec, as_json: AsJson = False) -> None:
    """The users most similar to a user."""
    from ucf_core.answers import neighbours_answer

    answer = neighbours_answer(_explorer(dataset), user, query)
    head = "{k} neighbours of user {user} by {engine} search in {milliseconds:.2f} ms; index recall {index_recall:.3f}"
    print_answer(
        answer,
        as_json,
        lambda: head.format_map(answer) + "\n" + table(answer["neighbours"], ("user", "similarity", "co_rated")),
    )


@app.command()
@with_specs(query=QuerySpec, scoring=ScoringSpec, without=("ranking",))
def predict(
    dataset: Dataset, user: User, item: Item, query: QuerySpec, scoring: ScoringSpec, as_json: AsJson = False
) -> None:
    """What a user would rate an item, and the evidence for it."""
    from ucf_core.answers import predict_answer

    answer = predict_answer(_explorer(dataset), user, item, query, scoring)
    basis = "bias estimate: too few neighbours rated it" if answer["fallback"] else f"{answer['support']} neighbours"
    print_answer(
        answer,
        as_json,
        lambda: (
            f"{answer['title'] or answer['item']}: {answer['predicted_rating']:.2f} ({basis})\n"
            + table(answer["evidence"], ("user", "similarity", "rating"))
        ),
    )


@app.command()
@with_specs(query=QuerySpec, scoring=ScoringSpec)
def recommend(
    dataset: Dataset, user: User, query: QuerySpec, scoring: ScoringSpec, n: Length = 10, as_json: AsJson = False
) -> None:
    """The best items that a user has not rated, with the evidence behind each."""
    from ucf_core.answers import recommend_answer

    answer = recommend_answer(_explorer(dataset), user, n, query, scoring)
    columns = ("score", "predicted_rating", "support", "item", "title")
    print_answer(answer, as_json, lambda: table(answer["recommendations"], columns))


@app.command()
@with_specs(query=QuerySpec, without=("ef", "space", "engine"))
def recall(
    dataset: Dataset,
    query: QuerySpec,
    ef: Efs = [16, 32, 64, 128, 256],  # noqa: B006  Typer reads the default and never changes it
    sample: Sample = 200,
    as_json: AsJson = False,
) -> None:
    """How much of the exact neighbour lists the HNSW graph finds, for each search breadth."""
    from ucf_core.answers import recall_answer

    answer = recall_answer(_explorer(dataset), ef, sample, query)
    columns = ("ef", "recall_by_id", "recall_by_distance", "distance_ratio", "milliseconds_per_query")
    print_answer(answer, as_json, lambda: table(answer["points"], columns))


@app.command()
@with_grid(parameter="grid", without=("seed",))
def evaluate(
    dataset: Dataset,
    grid: dict[str, list[Any]],
    protocol: Annotated[Protocol, typer.Option("--protocol", help="how ratings are held out")] = "kfold",
    folds: Annotated[int, typer.Option("--folds", help="parts of kfold")] = 5,
    share: Annotated[float, typer.Option("--share", help="held out by the other protocols")] = 0.2,
    seed: Annotated[int, typer.Option("--seed", help="seed of every random step")] = 0,
    n: Length = 10,
    sample: Annotated[int | None, typer.Option("--sample", help="users to measure; default: all")] = None,
    relevant_from: Annotated[
        float | None,
        typer.Option("--relevant-from", help="rating from which a held-out item is relevant"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure predicted ratings and lists on held-out ratings; options of settings may be given several times."""
    from tqdm import tqdm

    from ucf_core import evaluation as lab
    from ucf_core.answers import evaluation_answer
    from ucf_core.artifacts import ArtifactStore

    split = lab.SplitSpec(protocol=protocol, folds=folds, share=share, seed=seed)
    spec = lab.EvaluationSpec(split=split, n=n, sample=sample, relevant_from=relevant_from)
    settings = lab.grid(grid, lab.Setting(query=QuerySpec(seed=seed)))
    ratings = _explorer(dataset).ratings
    with tqdm(desc=dataset, file=sys.stderr, bar_format=_SHARE, disable=not sys.stderr.isatty()) as bar:

        def progress(done: float, total: float | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        found, cached = lab.evaluate_once(ArtifactStore.default(), ratings, spec, settings, progress=progress)
    answer = evaluation_answer(ratings, found) | {"cached": cached}
    if answer["sample"]:
        sys.stderr.write(f"{answer['sample']['note']}\n")
    settings_shown = varying(answer["rows"], usual=("k", "dim", "weighting", "space", "ranking"))
    columns = ("model", *settings_shown, "rmse", "mae", "coverage", "ndcg", "item_coverage")
    print_answer(answer, as_json, lambda: table(answer["rows"], columns))


@app.command()
@with_specs(query=QuerySpec)
def all_neighbours(
    dataset: Dataset,
    query: QuerySpec,
    out: Annotated[Path, typer.Option("--out", help="the npz file to write; a run that was stopped is resumed")],
    as_json: AsJson = False,
) -> None:
    """Write the nearest users of every user to a file."""
    from tqdm import tqdm

    from ucf_core.all_neighbours import all_neighbours as find

    explorer = _explorer(dataset)
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


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Examine this installation, the machine and everything that was built; exit 1 where there is a problem."""
    from ucf_core.cli_doctor import as_text
    from ucf_core.doctor import examine
    from ucf_core.home import home

    report = examine(home())
    print_answer(report, as_json, lambda: as_text(report))
    if not report["healthy"]:
        raise typer.Exit(1)


def main() -> None:
    """Entry point: every expected failure is one line on standard error and exit code 1.

    Warnings are a line each, at the end of what succeeded; a failure is told alone.
    """
    remarks = Remarks()
    try:
        with remarks:
            app()
    except BrokenPipeError:
        # the reader of our output went away; nothing is wrong, and nothing more can be printed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except UcfError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or 'the system'}: {error.strerror or error}")
    except MemoryError:
        _fail("not enough memory for this dataset; close other programs or take a smaller one")


def _fail(message: str) -> None:
    sys.stderr.write(f"ucf: {' '.join(message.split())}\n")
    raise SystemExit(1)


def _explorer(dataset: str) -> Any:
    from ucf_core.datasets import load_ratings
    from ucf_core.explorer import Explorer

    folder = _served(dataset)
    if folder is not None:
        from ucf_core.cluster.serve import open_served

        return open_served(folder)
    return Explorer(load_ratings(dataset))


def _served(dataset: str) -> Path | None:
    """The folder that a build on a cluster left, if `dataset` is one or names one."""
    from ucf_core.datasets.clusters import PREFIX, cluster_path
    from ucf_core.home import home

    if dataset.startswith(PREFIX):
        return cluster_path(dataset, home())
    try:
        return Path(dataset) if (Path(dataset) / "about.json").is_file() else None
    except (OSError, ValueError):  # no possible path; the reader says so
        return None


if __name__ == "__main__":
    main()
