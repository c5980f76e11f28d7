"""`ucf build` on a cluster: from parts of ratings to a folder of files and collections in a vector store."""

import hashlib
import json
import logging
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import row_lengths
from ucf_core.base.errors import ServiceError, SpecError
from ucf_core.base.progress import Progress
from ucf_core.base.specs import QuerySpec, Weighting
from ucf_core.cluster.build import leftovers
from ucf_core.cluster.build.biases import fit_item_biases
from ucf_core.cluster.build.embedding import ItemFactors, fit_item_factors
from ucf_core.cluster.dask.scheduler import check_shared
from ucf_core.cluster.dask.tree import send, tree_sum
from ucf_core.cluster.files import files
from ucf_core.cluster.files.files import ENGINES, about_or_none, alias_of, aliases_beside, aliases_of
from ucf_core.cluster.files.item_biases import ItemBiases
from ucf_core.cluster.input.blocks import BLOCK_RATINGS, Block, Blocks, read_blocks, titles_of
from ucf_core.cluster.input.parts import Parts, find_parts, read_titles
from ucf_core.datasets.personal.starter_films import asked_every, most_rated, opinions
from ucf_core.embedding.embedding import unit_rows
from ucf_core.explorer.builds import Stage
from ucf_core.index.store import VectorBuild, VectorStore, new_name
from ucf_core.ratings.catalogue import Catalogue

_log = logging.getLogger(__name__)

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class ClusterBuild:
    """The result of a build: its folder, the contents of about.json, and its stages in order."""

    folder: Path
    about: dict[str, Any]
    stages: tuple[Stage, ...]


def build_on_cluster(
    client: Any,
    source: str,
    out: Path,
    query: QuerySpec,
    *,
    store: VectorStore | None = None,
    dims: Sequence[int] = (),
    block_ratings: int = BLOCK_RATINGS,
    progress: Progress | None = None,
    watch: Callable[[str], None] | None = None,
) -> ClusterBuild:
    """Read the parts in `source`, fit biases and embedding, write the files to `out` and the vectors to `store`.

    All workers and the driver must share `out`, which is checked first. Each of `dims` (default: that of the
    embedding) is served from two collections, with and without a graph. `watch` is called with the name of each
    finished stage. A build that fails or is stopped changes nothing; what a killed build left is removed first.

    Raises DatasetError, SpecError, ArtifactError or ServiceError.
    """
    stages: list[Stage] = []

    def timed(name: str, work: Callable[[], _Result]) -> _Result:
        start = time.perf_counter()
        made = work()
        stages.append(Stage(name, time.perf_counter() - start, cached=False))
        if watch is not None:
            watch(name)
        return made

    parts = find_parts(source)
    out = out.absolute()
    check_shared(client, out)
    with leftovers.only_one(out) as alone:
        former = about_or_none(out)
        if alone:
            # the files of a build by another version stay: about.json cannot be read
            if former is not None or not (out / files.ABOUT).exists():
                leftovers.clear_files(out, None if former is None else former["build"])
            if store is not None:
                leftovers.clear_collections(out, store)
        blocks = timed("blocks", lambda: read_blocks(client, parts, block_ratings=block_ratings))
        if blocks.n_users < 2:
            raise SpecError(f"{source} holds {blocks.n_users} user, and neighbours need at least 2; add users")
        biases = timed("biases", lambda: fit_item_biases(blocks, progress=progress))
        factors = timed("embedding", lambda: fit_item_factors(blocks, biases, query.embedding, progress=progress))
        served = sorted(set(dims or (factors.dim,)))
        if served[-1] > factors.dim:
            raise SpecError(f"dim={served[-1]} exceeds the rank {factors.dim}; choose 1 <= dim <= {factors.dim}")
        build = files.new_build(out)
        try:
            about = timed("files", lambda: _write_files(blocks, biases, factors, parts, build, query.weighting))
            about |= {
                "seed": query.seed,
                "M": query.M,
                "ef_construction": query.ef_construction,
                "dims": served if store else [],
                "max_dim": factors.dim,
            }
            if store is not None:
                timed("vectors", lambda: _serve(client, store, build, about, query, progress))
            files.publish(out, build, about)
        except BaseException:
            shutil.rmtree(build, ignore_errors=True)
            raise
        if alone:
            leftovers.clear_files(out, build.name)
        elif former is not None:
            shutil.rmtree(out / former["build"], ignore_errors=True)
        if former is not None and store is not None:
            # collections of the former build that serve no other build
            for alias in sorted(aliases_of(former) - aliases_of(about) - aliases_beside(out)):
                try:
                    store.drop(alias)
                except ServiceError as error:  # the new build is complete anyway
                    _log.warning("%s was not dropped: %s", alias, error)
    return ClusterBuild(out, about, tuple(stages))


def _write_files(
    blocks: Blocks, biases: ItemBiases, factors: ItemFactors, parts: Parts, build: Path, weighting: Weighting
) -> dict[str, Any]:
    client = blocks.client
    catalogue = Catalogue.aligned(blocks.items, titles_of(read_titles(parts.movies), blocks.items))
    shared = [send(client, value) for value in (biases, factors.item_vectors, catalogue.genre_matrix)]
    firsts = blocks.offsets[:-1].tolist()
    digests = client.gather(
        [
            client.submit(files.write_block, block, number, first, *shared, (str(build), weighting), pure=False)
            for number, (block, first) in enumerate(zip(blocks.futures, firsts, strict=True))
        ]
    )
    files.gather_users(build, blocks.n_users)
    for name, array in {
        "items": blocks.items.ids,
        "item_biases": biases.item,
        "item_counts": blocks.item_counts,
        "item_vectors": factors.item_vectors,
        "singular_values": factors.singular_values,
        "values": blocks.values[0],
        "value_counts": blocks.values[1],
        "opinions": opinions_of(blocks, biases),
    }.items():
        np.save(build / f"{name}.npy", array, allow_pickle=False)
    written = [list(catalogue.titles), catalogue.years.tolist(), [list(genres) for genres in catalogue.genres]]
    (build / "catalogue.json").write_text(json.dumps(written), encoding="utf-8")
    digest = hashlib.blake2b(f"{blocks.items.ids.tolist()}{digests}{written}".encode(), digest_size=16)
    return {
        "fingerprint": digest.hexdigest(),
        "n_users": blocks.n_users,
        "n_items": blocks.n_items,
        "n_ratings": blocks.n_ratings,
        "n_duplicates": blocks.n_read - blocks.n_ratings,
        "n_untitled": catalogue.n_untitled,
        "n_blocks": len(blocks.futures),
        "most_typical": most_typical(blocks),
        "offsets": blocks.offsets.tolist(),
        "mean": biases.mean,
        "weighting": weighting,
    }


def _serve(
    client: Any, store: VectorStore, build: Path, about: dict[str, Any], query: QuerySpec, progress: Progress | None
) -> None:
    """Upsert all vectors, once for each dim and engine, and publish each collection when it is complete."""
    paths = [str(path) for path in sorted((build / "vectors").glob("*.parquet"))]
    out, uri = build.parent, store.uri
    for dim in about["dims"]:
        for engine in ENGINES:
            alias = alias_of(about, dim, engine)
            name, former = new_name(alias), store.published(alias)
            for each in (name, former):  # if this process is killed, the one without an alias is left over
                if each is not None:
                    leftovers.note(out, uri, each)
            try:
                made = store.begin(alias, collection=name, dim=dim, spec=query.hnsw, engine=engine)
                if store.is_shared:
                    client.gather([client.submit(upsert_vectors, made, path, pure=False) for path in paths])
                else:
                    for path in paths:
                        upsert_vectors(made, path)
                made.publish(about["n_users"], progress)
            except BaseException:
                try:
                    store.drop_unused(name)
                    leftovers.forget(out, uri, name, former or name)
                except ServiceError as error:  # the next build drops it
                    _log.warning("%s was not dropped: %s", name, error)
                raise
            leftovers.forget(out, uri, name, former or name)


def upsert_vectors(build: VectorBuild, path: str) -> int:
    """Send the unit vectors of a file to a collection and return their number."""
    rows, vectors = files.read_vectors(Path(path))
    build.add(rows, unit_rows(vectors[:, : build.dim]))
    return len(rows)


def opinions_of(blocks: Blocks, biases: ItemBiases) -> NDArray[np.float64]:
    """The products that `starter_films` sums, (n_popular, n_popular), of the same users."""
    given = send(blocks.client, (biases, most_rated(blocks.item_counts)))
    every, firsts = asked_every(blocks.n_users), blocks.offsets[:-1].tolist()
    futures = blocks.client.map(_opinions, blocks.futures, firsts, given=given, every=every, pure=False)
    total: NDArray[np.float64] = tree_sum(blocks.client, futures).result()
    return total


def most_typical(blocks: Blocks) -> int:
    """The row of the highest cosine with the sum of all unit rows, as `Ratings.most_typical`; the lowest of equals."""
    client = blocks.client
    average = tree_sum(client, client.map(_sum_of_units, blocks.futures, pure=False))
    best = client.gather(client.map(_best, blocks.futures, average=average, pure=False))
    block = int(np.argmax([cosine for cosine, _ in best]))
    return int(blocks.offsets[block]) + int(best[block][1])


def _opinions(block: Block, first: int, given: tuple[ItemBiases, NDArray[np.int64]], every: int) -> NDArray[np.float64]:
    """Those of each `every`-th user, counted from the first of the dataset."""
    biases, popular = given
    asked = np.arange(-first % every, len(block.users), every)
    return opinions(block.matrix[asked], asked, biases.with_users(block.matrix), popular)


def _sum_of_units(block: Block) -> NDArray[np.float64]:
    total: NDArray[np.float64] = block.matrix.T @ _scales(block)
    return total


def _best(block: Block, average: NDArray[np.float64]) -> tuple[float, int]:
    cosines = _scales(block) * (block.matrix @ average)
    row = int(np.argmax(cosines))
    return float(cosines[row]), row


def _scales(block: Block) -> NDArray[np.float64]:
    lengths = row_lengths(block.matrix)
    return np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
