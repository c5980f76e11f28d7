"""A map of all users by principal components: the flat picture that keeps the most of their variance."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only

Method: TypeAlias = Literal["pca", "umap"]
METHODS: tuple[Method, ...] = get_args(Method)

# Rows that are turned into float64 at once: they stay in the cache.
_BLOCK = 4096


@dataclass(frozen=True, eq=False)
class UserMap:
    """Where every user is on a flat map. The array is read-only.

    Attributes:
        places: (n_users, 2) float32; what is near on the map is meant to be similar, in no unit.
        method: how the map was made.
        explained: share of the variance of all users that each axis shows, for PCA alone; NaN where all are equal.
    """

    places: NDArray[np.float32]
    method: Method
    explained: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        read_only(self.places)


def principal_map(vectors: NDArray[np.float32]) -> UserMap:
    """The two leading principal components of `vectors`, (n_users, dim).

    Found as eigenvectors of the (dim, dim) covariance matrix, summed in float64: one pass over the vectors, where a
    dense SVD would take as many as dim. Each axis points to where its largest loading is positive, so that the same
    vectors give the same map every time. With a single dimension, or a single user, an axis without variance is 0.
    """
    n_users, dim = vectors.shape
    mean = vectors.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((dim, dim))
    for start in range(0, n_users, _BLOCK):
        centred = vectors[start : start + _BLOCK] - mean
        covariance += centred.T @ centred
    variances, axes = np.linalg.eigh(covariance)
    variances, axes = np.maximum(variances[:-3:-1], 0.0), axes[:, :-3:-1]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    places = np.zeros((n_users, 2), dtype=np.float32)
    for start in range(0, n_users, _BLOCK):
        rows = slice(start, start + _BLOCK)
        places[rows, : axes.shape[1]] = (vectors[rows] - mean) @ axes
    total = float(np.trace(covariance))
    shares = np.zeros(2)
    shares[: variances.size] = variances
    shares = shares / total if total > 0 else np.full(2, np.nan)
    return UserMap(places, "pca", (float(shares[0]), float(shares[1])))
