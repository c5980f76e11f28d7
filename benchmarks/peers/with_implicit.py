"""implicit (Frederickson): item-kNN and ALS on what was rated, whatever the rating."""

import warnings
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from benchmarks.peers.model import Fitted, Model, Settings, require
from ucf_core.ratings.ratings import Ratings

LIBRARY = "implicit"


def fit(train: Ratings, settings: Settings, seed: int) -> Fitted:
    """The `algorithm` of that name with the other settings as its arguments, on the 0/1 matrix, in one thread."""
    require(LIBRARY)
    with warnings.catch_warnings():
        # it looks for a GPU library, and wants BLAS to have one thread, which the run sees to
        warnings.simplefilter("ignore")
        from implicit.cpu.als import AlternatingLeastSquares
        from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender

        arguments = {**settings, "num_threads": 1}
        algorithm = arguments.pop("algorithm")
        known = (AlternatingLeastSquares, BM25Recommender, CosineRecommender, TFIDFRecommender)
        if algorithm == AlternatingLeastSquares.__name__:
            arguments["random_state"] = seed
        model = {each.__name__: each for each in known}[algorithm](**arguments)
        # a csr_matrix: it refuses csr_array
        matrix = train.matrix
        parts = (np.ones(matrix.nnz, dtype=np.float32), matrix.indices.copy(), matrix.indptr.astype(np.int32))
        rated = csr_matrix(parts, shape=matrix.shape)
        model.fit(rated, show_progress=False)

    # where it runs out of items it fills up: ALS with the lowest number there is, item-kNN first with rated items at 0
    worst = np.finfo(np.float32).min if algorithm == AlternatingLeastSquares.__name__ else 0.0

    def lists(users: NDArray[np.integer], n: int) -> NDArray[np.int32]:
        items, scores = model.recommend(users, rated[users], N=n, filter_already_liked_items=True)
        padded: NDArray[np.int32] = np.where(scores > worst, items, -1).astype(np.int32)
        return padded

    return Fitted(lists=lists)


def rating_models() -> list[Model]:
    """None: it knows no ratings."""
    return []


def list_models() -> list[Model]:
    """Item-kNN under three weightings, and ALS; K is the neighbours an item keeps."""
    neighbours = {"K": (20, 50, 100, 200, 400, 800, 1600)}
    bm25 = {"K1": (0.01, 0.03, 0.1, 0.3, 0.6, 1.2, 10.0, 100.0), "B": (0.0, 0.25, 0.5, 0.75)}
    factors = {"factors": (16, 32, 64, 128), "regularization": (0.1, 1.0, 10.0, 30.0, 100.0)}
    confidence = {"alpha": (1.0, 2.0, 5.0, 20.0), "iterations": (15, 30)}
    return [
        _model("CosineRecommender", "item-kNN, cosine", neighbours),
        _model("TFIDFRecommender", "item-kNN, TF-IDF", neighbours),
        _model("BM25Recommender", "item-kNN, BM25", bm25, neighbours),
        _model("AlternatingLeastSquares", "ALS", factors, confidence),
    ]


def _model(algorithm: str, name: str, *grid: Mapping[str, tuple[float, ...]]) -> Model:
    return Model(f"implicit {name}", LIBRARY, fit, {"algorithm": algorithm}, grid)
