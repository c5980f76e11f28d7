"""What films are like: release years and genres as rows that stand beside those of users."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, vstack

from ucf_core.base.arrays import read_only
from ucf_core.ratings.catalogue import Catalogue

# Years between the middles of two buckets. Lists of the sample, six validation parts: widths of 3 and 5 do alike.
_YEARS = 5


@dataclass(frozen=True, eq=False)
class Traits:
    """Rows of traits, read-only.

    A film's entry is how much of the trait it has, times the root of the share of users who rated it: a row times
    itself is then how many films of that kind a user has rated on average, and rarities do not outweigh what is known.

    Attributes:
        matrix: F, (n_traits, n_items) CSR float32.
        gram: F F^T, (n_traits, n_traits) float64.
    """

    matrix: csr_array
    gram: NDArray[np.float64]

    def __post_init__(self) -> None:
        read_only(self.matrix.data, self.matrix.indices, self.matrix.indptr, self.gram)


def film_traits(catalogue: Catalogue, item_counts: NDArray[np.integer], n_users: int) -> Traits:
    """Years and genres of all items; `item_counts` (n_items,) are their ratings, of `n_users` users."""
    matrix = csr_array(vstack([_years(catalogue.years), catalogue.genre_matrix.T]))
    known = np.sqrt(item_counts / max(n_users, 1)).astype(np.float32)
    matrix.data = matrix.data * known[matrix.indices]
    return Traits(matrix, (matrix @ matrix.T).toarray().astype(np.float64))


def _years(years: NDArray[np.int16]) -> csr_array:
    """Triangular buckets, (n_buckets, n_items): a film of 1993 is 0.4 of 1990 and 0.6 of 1995. Unknown years: none."""
    films = np.flatnonzero(years)
    first = int(years[films].min(initial=9999)) // _YEARS
    place = years[films] / _YEARS - first
    below = place.astype(np.int32)
    share = place - below
    shares = np.concatenate([1 - share, share]).astype(np.float32)
    buckets = int(below.max(initial=-2)) + 2
    placed = coo_array((shares, (np.concatenate([below, below + 1]), np.tile(films, 2))), shape=(buckets, len(years)))
    return csr_array(placed)
