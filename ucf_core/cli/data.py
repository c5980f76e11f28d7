"""Commands that bring in ratings and build what searches need: datasets, download, synthesize, build."""

import os
import sys
import time
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from ucf_core.base.specs import QuerySpec
from ucf_core.cli.options import AsJson, Dataset, opened, with_specs
from ucf_core.cli.output import SHARE, peak_rss_bytes, print_answer, progress_bar, table


def datasets(as_json: AsJson = False) -> None:
    """List the known datasets, and which of them are installed."""
    from ucf_core.base.files.paths import home
    from ucf_core.datasets.listing import listing

    rows = listing(home())
    print_answer(rows, as_json, lambda: table(rows, ("name", "installed", "n_users", "n_items", "n_ratings", "title")))


def download(
    name: Annotated[str, typer.Argument(help="a dataset of the registry")],
    url: Annotated[str | None, typer.Option("--url", help="a mirror; the checksum must match too")] = None,
    checksum: Annotated[
        str | None, typer.Option("--checksum", help="expected MD5 or SHA-256 (md5:..., sha256:...) of the archive")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Download a dataset, verify its checksum and unpack it."""
    from ucf_core.base.files.paths import home
    from ucf_core.datasets.sources import download as source

    with progress_bar(name, unit="B", unit_scale=True) as progress:
        done = source.download(name, home=home(), url=url, checksum=checksum, progress=progress)
    answer = {"name": done.name, "path": str(done.path), "bytes": done.bytes, "checksum": done.checksum}
    text = "{name} is installed in {path} ({bytes:,} bytes, {checksum})"
    print_answer(answer, as_json, lambda: text.format_map(answer))


def synthesize(
    out: Annotated[Path, typer.Option("--out", help="a new folder, or an empty one")],
    users: Annotated[int | None, typer.Option("--users", help="default: in ml-25m's proportion to --ratings")] = None,
    items: Annotated[int | None, typer.Option("--items", help="default: in ml-25m's proportion to --ratings")] = None,
    ratings: Annotated[int, typer.Option("--ratings", help="number of ratings; default ml-25m's")] = 25_000_095,
    seed: Annotated[int, typer.Option("--seed", help="seed of every random step")] = 0,
    as_json: AsJson = False,
) -> None:
    """Write synthetic ratings with ml-25m's marginals, in its layout."""
    from ucf_core.datasets.synthetic import generate

    start = time.perf_counter()
    spec = generate.SyntheticSpec.scaled(n_ratings=ratings, n_users=users, n_items=items, seed=seed)
    generate.check_free(out)
    with progress_bar(out.name, bar_format=SHARE) as progress:
        drawn = generate.synthesize(spec, lambda done, _: progress(done, 2.0))
        size = generate.write_movielens(drawn, out, lambda done, _: progress(1 + done, 2.0))
    answer = {
        "path": str(out),
        "n_users": spec.n_users,
        "n_items": spec.n_items,
        "n_ratings": spec.n_ratings,
        "bytes": size,
        "seconds": time.perf_counter() - start,
    }
    text = "{path} holds {n_ratings:,} ratings of {n_users:,} users and {n_items:,} items ({bytes:,} bytes)"
    print_answer(answer, as_json, lambda: text.format_map(answer))


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
    """Build everything that searches of a dataset need, and keep it on disk; exit 1 if the disk has no room."""
    from ucf_core.base.files.artifacts import ArtifactStore

    if scheduler is not None:
        built = _build_on_cluster(dataset, query, scheduler=scheduler, out=out, dims=serve_dim)
        head = "{path}: {n_users:,} users, {n_items:,} items, {n_ratings:,} ratings; dims served: {dims}\n"
        print_answer(built, as_json, lambda: head.format_map(built) + table(built["stages"], ("name", "seconds")))
        return
    start = time.perf_counter()
    explorer = opened(dataset)
    stages = [{"name": "ratings", "seconds": time.perf_counter() - start, "cached": explorer.ratings.report.cached}]
    stages += _timings(explorer.build(query, keep=True))
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
    head = (
        "{dataset}: {n_users:,} users, {n_items:,} items, {n_ratings:,} ratings; {n_duplicates:,} duplicates dropped, "
        "{n_untitled:,} items without a title\n"
    )
    print_answer(answer, as_json, lambda: head.format_map(answer) + table(stages, ("name", "seconds", "cached")))


def _timings(stages: Any) -> list[dict[str, Any]]:
    return [{"name": stage.name, "seconds": stage.seconds, "cached": stage.cached} for stage in stages]


def _build_on_cluster(source: str, query: QuerySpec, *, scheduler: str, out: Path | None, dims: list[int]) -> Any:
    """Build on Dask, and write vectors into the store of `UCF_VECTORS` if that is set; returns the JSON document."""
    from ucf_core.base.files.paths import home
    from ucf_core.cluster.build.build import build_on_cluster
    from ucf_core.cluster.dask.scheduler import connected
    from ucf_core.datasets.sources.cluster_builds import ADDRESS_VARIABLE
    from ucf_core.index.stores.registry import open_store

    start = time.perf_counter()
    folder = out or home() / "clusters" / (Path(source).name or "ratings")
    address = os.environ.get(ADDRESS_VARIABLE, "")
    if not address:
        sys.stderr.write(f"{ADDRESS_VARIABLE} is not set: vectors are written as files, and not served\n")
    with closing(open_store(address)) if address else nullcontext() as store, connected(scheduler) as client:
        made = build_on_cluster(client, source, folder, query, store=store, dims=dims)
    counts = ("fingerprint", "n_users", "n_items", "n_ratings", "n_duplicates", "n_untitled")
    return {
        "dataset": source,
        **{name: made.about[name] for name in counts},
        "stages": _timings(made.stages),
        "peak_rss_bytes": peak_rss_bytes(),
        "artifact_bytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        "path": str(folder),
        "dims": made.about["dims"],
        "seconds": time.perf_counter() - start,
    }
