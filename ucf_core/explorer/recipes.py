"""Recipes: for each thing that is built from ratings, its key, how it is made, and how it is kept on disk."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.files.artifacts import Artifact, Key, save_array
from ucf_core.base.progress import Progress
from ucf_core.base.specs import EmbeddingSpec, HnswSpec, QuerySpec
from ucf_core.embedding.embedding import Embedding, fit_embedding
from ucf_core.index.hnsw.index import HnswIndex
from ucf_core.index.sparse_hnsw import SparseHnswIndex
from ucf_core.ratings.biases import Biases, fit_biases
from ucf_core.ratings.ratings import Ratings

Made = TypeVar("Made")


@dataclass(frozen=True)
class Recipe(Generic[Made]):
    """How one thing is made and kept.

    Attributes:
        kind: what it is; also the name of its stage and of its folder in the store.
        key: all that its contents depend on.
        build: make it, reporting progress where that is possible.
        save: put its files into a folder.
        load: get it back from what `save` wrote, asking progress whether to stop where that takes long.
    """

    kind: str
    key: Key
    build: Callable[[Progress | None], Made]
    save: Callable[[Path, Made], None]
    load: Callable[[Artifact, Progress | None], Made]


def biases_recipe(ratings: Ratings) -> Recipe[Biases]:
    """The bias model of a dataset."""

    def save(folder: Path, biases: Biases) -> None:
        save_array(folder, "user", biases.user)
        save_array(folder, "item", biases.item)
        save_array(folder, "mean", np.array(biases.mean))

    return Recipe(
        "biases",
        {"fingerprint": ratings.fingerprint},
        lambda progress: fit_biases(ratings.matrix, progress=progress),
        save,
        lambda kept, _: Biases(float(kept.array("mean")), kept.array("user"), kept.array("item")),
    )


def embedding_recipe(ratings: Ratings, spec: EmbeddingSpec, matrix: Callable[[], csr_array]) -> Recipe[Embedding]:
    """The embedding of a dataset; `matrix` gives the weighted ratings that are factorised."""

    def save(folder: Path, embedding: Embedding) -> None:
        save_array(folder, "user_vectors", embedding.user_vectors)
        save_array(folder, "item_vectors", embedding.item_vectors)
        save_array(folder, "singular_values", embedding.singular_values)

    return Recipe(
        "embedding",
        {"fingerprint": ratings.fingerprint, "dim": spec.dim, "weighting": spec.weighting, "seed": spec.seed},
        lambda progress: fit_embedding(matrix(), spec, progress=progress),
        save,
        lambda kept, _: Embedding(
            kept.array("user_vectors"), kept.array("item_vectors"), kept.array("singular_values"), spec
        ),
    )


def hnsw_recipe(
    ratings: Ratings, embedding: EmbeddingSpec, spec: HnswSpec, units: NDArray[np.float32]
) -> Recipe[HnswIndex]:
    """The HNSW graph over the unit vectors of an embedding."""
    return Recipe(
        "hnsw",
        {
            "fingerprint": ratings.fingerprint,
            "dim": int(units.shape[1]),
            "weighting": embedding.weighting,
            "M": spec.M,
            "ef_construction": spec.ef_construction,
            "seed": spec.seed,
        },
        lambda progress: HnswIndex.build(units, spec, progress=progress),
        lambda folder, index: index.save(folder / "graph.bin"),
        lambda kept, _: HnswIndex.load(kept.path("graph.bin"), units, spec),
    )


def sparse_hnsw_recipe(ratings: Ratings, query: QuerySpec, matrix: Callable[[], csr_array]) -> Recipe[SparseHnswIndex]:
    """The HNSW graph over the rating rows; `matrix` gives them, weighted as `query` says.

    nmslib takes no seed, so it is not part of the key.
    """
    spec = query.hnsw
    return Recipe(
        "sparse_hnsw",
        {
            "fingerprint": ratings.fingerprint,
            "weighting": query.weighting,
            "M": spec.M,
            "ef_construction": spec.ef_construction,
        },
        lambda progress: SparseHnswIndex.build(matrix(), spec, progress=progress),
        lambda folder, index: index.save(folder),
        lambda kept, progress: SparseHnswIndex.load(kept.folder, matrix(), spec, progress=progress),
    )
