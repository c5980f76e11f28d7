"""The pipeline of the notebook that this project started from, rewritten: the baseline for ours.

Each function does what a cell did, with its libraries, defaults and data types, its loops included. What differs: a
seed where the notebook left the choice to chance, and parameters where it had figures in the text. All rows and
columns are category codes, as there.
"""

from pathlib import Path
from typing import Any, TypeAlias

import hnswlib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import normalize

TopK: TypeAlias = dict[int, list[tuple[int, float]]]
"""User -> (neighbour, similarity), nearest first."""


def read_frame(folder: Path) -> pd.DataFrame:
    """Cell 1: every rating with the title of its film."""
    ratings = pd.read_csv(folder / "ratings.csv")
    movies = pd.read_csv(folder / "movies.csv")
    return ratings.merge(movies[["movieId", "title"]], on="movieId")


def to_matrix(frame: pd.DataFrame) -> csr_matrix:
    """Cell 2: the (n_users, n_items) float64 rating matrix, rows and columns by ascending id."""
    user_codes = frame["userId"].astype("category").cat.codes
    movie_codes = frame["movieId"].astype("category").cat.codes
    return csr_matrix((frame["rating"], (user_codes, movie_codes)))


def raw_top_k(ratings: csr_matrix, k: int) -> TopK:
    """Cell 4: all cosines at once. Its MemoryError at ml-25m's size was the reason for what follows.

    The notebook kept whole rows of similarities by mistake; here it is the one that was meant.
    """
    similarities = cosine_similarity(ratings, ratings)
    np.fill_diagonal(similarities, 0)
    nearest = np.argpartition(-similarities, k)[:, :k]
    return {user: [(other, similarities[user, other]) for other in nearest[user]] for user in range(ratings.shape[0])}


def raw_hnsw_top_k(ratings: csr_matrix, k: int, *, ef: int = 200, M: int = 48) -> TopK:
    """Cell 5: a graph over the dense rating rows. The second MemoryError."""
    dense = ratings.toarray().astype("float32")
    unit = normalize(dense, axis=1).astype("float32")
    index = hnswlib.Index(space="ip", dim=unit.shape[1])
    index.init_index(max_elements=len(unit), ef_construction=ef, M=M)
    index.add_items(unit)
    index.set_ef(ef)
    return _without_self(*index.knn_query(unit, k=k + 1), k)


def svd_vectors(ratings: csr_matrix, dim: int, *, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Cell 7, first half: unit user vectors, (n_users, dim), and the singular values that came with them."""
    svd = TruncatedSVD(n_components=dim, random_state=seed)
    vectors = svd.fit_transform(ratings).astype("float32")
    return normalize(vectors, axis=1).astype("float32"), svd.singular_values_


def svd_hnsw(unit: NDArray[np.float32], *, threads: int = -1, seed: int = 100) -> Any:
    """Cell 7, second half: the graph over the unit vectors. The default seed is hnswlib's own."""
    index = hnswlib.Index(space="cosine", dim=unit.shape[1])
    index.init_index(max_elements=len(unit), ef_construction=200, M=32, random_seed=seed)
    index.add_items(unit, num_threads=threads)
    index.set_ef(128)
    return index


def svd_top_k(index: Any, unit: NDArray[np.float32], k: int) -> TopK:
    """Cell 7, the end: the neighbours of every user."""
    return _without_self(*index.knn_query(unit, k + 1), k)


def _without_self(ids: NDArray[np.uint64], distances: NDArray[np.float32], k: int) -> TopK:
    top_k = {}
    for user in range(len(ids)):
        others = ids[user] != user
        nearest, similarities = ids[user][others][:k], 1 - distances[user][others][:k]
        top_k[user] = list(zip(nearest.tolist(), similarities.tolist(), strict=True))
    return top_k


def one_user_top_k(unit: Any, user: int, k: int) -> NDArray[np.int64]:
    """The notebook's exact search for one user: its cosine_similarity and argpartition on one row, dense or sparse."""
    similarities = cosine_similarity(unit[user : user + 1], unit)[0]
    similarities[user] = 0
    return np.argpartition(-similarities, k)[:k]


def predict_rating(user: int, item: int, ratings: csr_matrix, top_k: TopK) -> float:
    """Cell 9: the mean of the neighbours' ratings, weighted by similarity; 0 where no neighbour rated the item."""
    num = 0.0
    den = 0.0
    for other, similarity in top_k[user]:
        rating = ratings[other, item]
        if rating > 0:
            num += similarity * rating
            den += similarity
    return 0 if den == 0 else num / den


def recommend_items(user: int, ratings: csr_matrix, top_k: TopK, n: int = 10) -> list[tuple[int, float]]:
    """Cell 10: (item, predicted rating) of the n best items that the user has not rated, by a loop over all items."""
    rated = ratings[user].indices
    predictions = []
    for item in range(ratings.shape[1]):
        if item in rated:
            continue
        predictions.append((item, predict_rating(user, item, ratings, top_k)))
    predictions.sort(key=lambda pair: pair[1], reverse=True)
    return predictions[:n]
