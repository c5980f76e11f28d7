"""Commands that bring ratings here and build what questions need: datasets, download, synthesize, build."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from ucf_core.base.specs import QuerySpec
from ucf_core.cli.arguments import SHARE, AsJson, Dataset, opened
from ucf_core.cli.options import with_specs
from ucf_core.cli.output import peak_rss_bytes, print_answer, table


def datasets(as_json: AsJson = False) -> None:
    """List the datasets that are known, and which of them are installed."""
    from ucf_core.base.files.paths import home
    from ucf_core.datasets.listing import listing

    rows = listing(home())
    print_answer(rows, as_json, lambda: table(rows, ("name", "installed", "n_users", "n_items", "n_ratings", "title")))


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

    from ucf_core.base.files.paths import home
    from ucf_core.datasets.sources.download import download as fetch

    with tqdm(unit="B", unit_scale=True, desc=name, file=sys.stderr, disable=not sys.stderr.isatty()) as bar:

        def progress(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        done = fetch(name, home=home(), url=url, checksum=checksum, progress=progress)
    answer = {"name": done.name, "path": str(done.path), "bytes": done.bytes, "checksum": done.checksum}
    print_answer(
        answer, as_json, lambda: f"{done.name} is installed in {done.path} ({done.bytes:,} bytes, {done.checksum})"
    )


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

    from ucf_core.datasets.synthetic.generate import SyntheticSpec, check_free, write_movielens
    from ucf_core.datasets.synthetic.generate import synthesize as draw

    start = time.perf_counter()
    spec = SyntheticSpec.scaled(n_ratings=ratings, n_users=users, n_items=items, seed=seed)
    check_free(out)
    with tqdm(total=2.0, desc=out.name, file=sys.stderr, bar_format=SHARE, disable=not sys.stderr.isatty()) as bar:

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
        list[int], typer.Option("--serve-dim", help="with --scheduler: dims that are served; may be repeated")
    ] = [],  # noqa: B006  Typer reads the default and never changes it
    as_json: AsJson = False,
) -> None:
    """Build and keep everything that questions on a dataset need; exit 1 where the disk does not take it."""
    from ucf_core.base.files.artifacts import ArtifactStore

    if scheduler is not None:
        from ucf_core.cli.cluster import cluster_answer

        built = cluster_answer(dataset, query, scheduler=scheduler, out=out, dims=serve_dim)
        head = "{path}: {n_users:,} users, {n_items:,} items, {n_ratings:,} ratings; dims served: {dims}\n"
        print_answer(built, as_json, lambda: head.format_map(built) + table(built["stages"], ("name", "seconds")))
        return
    start = time.perf_counter()
    explorer = opened(dataset)
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
