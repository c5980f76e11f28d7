"""How similar neighbours are beside how similar any two users are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.arrays import read_only, row_lengths, row_sums
from ucf_core.base.errors import SpecError
from ucf_core.base.parameter import check_int

# Pairs whose vectors are in memory at a time.
_BLOCK = 4096


@dataclass(frozen=True, eq=False)
class SimilarityDistribution:
    """Cosines of neighbour pairs and of random pairs. Arrays are read-only.

    Attributes:
        neighbours: (n,) float32, of users with each of their neighbours.
        random: (m,) float32, of pairs of different users drawn at random.
    """

    neighbours: NDArray[np.float32]
    random: NDArray[np.float32]

    def __post_init__(self) -> None:
        read_only(self.neighbours, self.random)

    @property
    def separation(self) -> float:
        """Probability that a neighbour pair is more similar than a random pair; see `separation`."""
        return separation(self.neighbours, self.random)

    def histograms(self, bins: int = 50) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Edges (bins + 1,), and the share of the neighbour pairs and of the random pairs in each bin, (bins,)."""
        low = min(float(self.neighbours.min()), float(self.random.min()))
        high = max(float(self.neighbours.max()), float(self.random.max()))
        edges = np.linspace(low, high, bins + 1) if high > low else np.array([low - 0.05, low + 0.05])
        near, others = (
            np.histogram(np.clip(values, edges[0], edges[-1]), bins=edges)[0] / values.size
            for values in (self.neighbours.astype(np.float64), self.random.astype(np.float64))
        )
        return edges, near, others


def separation(positives: NDArray[np.floating], negatives: NDArray[np.floating]) -> float:
    """Probability that one of `positives` is above one of `negatives`, equals counted half: the area under the ROC.

    1 separates the two fully, 0.5 not at all (Hanley & McNeil 1982). Raises SpecError where either is empty.
    """
    if not positives.size or not negatives.size:
        raise SpecError("a separation needs values on both sides, and one side has none; measure more pairs")
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, side="left")
    up_to = np.searchsorted(ordered, positives, side="right")
    return float((below.mean() + up_to.mean()) / (2 * ordered.size))


def random_pairs(n_users: int, n_pairs: int, *, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of `n_pairs` pairs of different users, (n_pairs,) each, drawn with replacement among all such pairs."""
    check_int("n_pairs", n_pairs, 1, 100_000_000)
    check_int("n_users", n_users, 2, 2**31 - 1)
    rng = np.random.default_rng(seed)
    first = rng.integers(n_users, size=n_pairs)
    second = rng.integers(n_users - 1, size=n_pairs)
    return first, second + (second >= first)


def pair_similarities(
    vectors: NDArray[np.float32] | csr_array, first: NDArray[np.integer], second: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Cosines of the rows `first` with the rows `second`, (n,) float32; 0 where a row has no length.

    `vectors` are dense rows of length 1 or 0, or sparse rows of any length.
    """
    cosines = np.empty(len(first), dtype=np.float32)
    lengths = None if isinstance(vectors, np.ndarray) else row_lengths(vectors)
    rows: Any = vectors
    for start in range(0, len(first), _BLOCK):
        block = slice(start, start + _BLOCK)
        one, other = first[block], second[block]
        if lengths is None:
            products = np.multiply(rows[one], rows[other], dtype=np.float64).sum(axis=1)
        else:
            shared, scale = csr_array(rows[one].multiply(rows[other])), lengths[one] * lengths[other]
            # a row without length has products 0, whatever they are divided by
            products = row_sums(shared, shared.data) / np.where(scale > 0, scale, 1.0)
        cosines[block] = np.clip(products, -1.0, 1.0)
    return cosines
