"""A flat map of what a search visited: the query in the middle, distances true, directions by PCA."""

import numpy as np
from numpy.typing import NDArray

# Cosine of a vector that is the query itself, up to rounding.
_SAME = 1 - 1e-6


def radial_map(vectors: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.float64]:
    """Places of unit vectors, (n, dim), around a unit query, (dim,), which is at the origin: (n, 2).

    How far a place is from the origin is the distance from the query, 1 - cosine, exactly. The direction is that of
    what the vector has apart from the query, on the two principal components of all those (PCA).
    """
    vectors = vectors.astype(np.float64)
    cosines = np.clip(vectors @ query, -1.0, 1.0)
    apart = vectors - cosines[:, None] * query
    # the query itself has no direction, and no say in those of the others
    others = cosines < _SAME
    apart[others] -= apart[others].mean(axis=0) if others.any() else 0.0
    apart[~others] = 0.0
    axes = np.linalg.eigh(apart.T @ apart)[1][:, :-3:-1]
    # an axis may come with either sign: the same picture every time needs one of them
    axes *= np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    flat = np.zeros((len(vectors), 2))
    flat[:, : axes.shape[1]] = apart @ axes
    lengths = np.linalg.norm(flat, axis=1)
    flat[lengths < 1e-12] = (1.0, 0.0)
    lengths[lengths < 1e-12] = 1.0
    places: NDArray[np.float64] = flat / lengths[:, None] * (1 - cosines)[:, None]
    return places
