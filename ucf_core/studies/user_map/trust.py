"""How honest a map is: who is near in the embedding, and who is near on the map."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only
from ucf_core.base.errors import SpecError
from ucf_core.index.exact import ExactIndex
from ucf_core.neighbours.neighbours import without_self
from ucf_core.studies.user_map.density import draw_users

# More than a squared distance summed in float32 can be off, of places that are exact.
_ROUNDING = 1e-5


@dataclass(frozen=True, eq=False)
class MapTrust:
    """The nearest others of some users in the embedding and on the map. Arrays are read-only.

    Attributes:
        users: (m,) rows of the users, ascending.
        similar: (m, most) int32 rows of the most similar others, by exact search; most similar first.
        close: (m, most) int32 rows of those closest on the map, closest first; equals in row order.
        n_users: how many there are in all.
    """

    users: NDArray[np.int64]
    similar: NDArray[np.int32]
    close: NDArray[np.int32]
    n_users: int

    def __post_init__(self) -> None:
        read_only(self.users, self.similar, self.close)

    def kept(self, k: int) -> NDArray[np.float64]:
        """(m,) share of the k most similar others who are among the k closest on the map.

        Raises SpecError unless 1 <= k <= most.
        """
        most = self.similar.shape[1]
        if not 1 <= k <= most:
            raise SpecError(f"k={k} is beyond what was looked at; choose 1 <= k <= {most}")
        pairs = zip(self.similar[:, :k], self.close[:, :k], strict=True)
        return np.array([np.isin(similar, close).mean() for similar, close in pairs])

    def by_chance(self, k: int) -> float:
        """The share that a map of places drawn at random would keep."""
        return k / (self.n_users - 1)


def map_trust(
    units: NDArray[np.float32], places: NDArray[np.float32], *, most: int = 1000, sample: int = 100, seed: int = 0
) -> MapTrust:
    """Look at `sample` users, drawn with `seed`: the `most` others nearest to each, or all where there are fewer.

    `units`: (n_users, dim) float32 unit vectors; `places`: (n_users, 2), where the map has them. Raises SpecError for
    fewer than 2 users.
    """
    n_users = len(units)
    if n_users < 2:
        raise SpecError("1 user has no others to be near to; a map can be judged from 2 users on")
    most = min(most, n_users - 1)
    users = draw_users(n_users, sample, seed=seed)
    similar, _ = without_self(ExactIndex(units).search(units[users], k=most + 1), users, most)
    with ThreadPoolExecutor() as pool:  # NumPy lets go of the GIL
        close = np.stack(list(pool.map(lambda row: closest(places, row, most), users.tolist())))
    return MapTrust(users, similar, close, n_users)


def closest(places: NDArray[np.float32], row: int, k: int) -> NDArray[np.int32]:
    """(k,) int32 rows of the others closest to user `row` on the map, closest first; equals in row order."""
    rough = (places[:, 0] - places[row, 0]) ** 2 + (places[:, 1] - places[row, 1]) ** 2
    rough[row] = np.inf
    # what can be among the closest is measured again in float64; of equals, the lower rows belong to them
    last = np.partition(rough, k - 1)[k - 1]
    near = np.flatnonzero(rough <= last * (1 + _ROUNDING))
    away = places[near].astype(np.float64) - places[row]
    return near[np.argsort(np.einsum("ij,ij->i", away, away), kind="stable")][:k].astype(np.int32)
