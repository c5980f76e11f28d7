"""How a crowd spreads over a map: users counted in square cells, and what those of a cell have in common."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.arrays import read_only, sum_by
from ucf_core.base.errors import SpecError

# Empty margin around all users, as a share of the longer side.
_MARGIN = 0.03


@dataclass(frozen=True, eq=False)
class Crowd:
    """The users of a map in square cells. Arrays are read-only; cells are (n_rows, n_columns), the lowest row first.

    Attributes:
        left, bottom: where the first cell begins.
        side: how wide and high a cell is.
        counts: (n_rows, n_columns) int64 users in each cell.
        cells: (n_users,) int64 which cell each user is in, counted row by row.
    """

    left: float
    bottom: float
    side: float
    counts: NDArray[np.int64]
    cells: NDArray[np.int64]

    def __post_init__(self) -> None:
        read_only(self.counts, self.cells)

    @property
    def x(self) -> NDArray[np.float64]:
        """(n_columns,) middles of the cells."""
        return self._middles(self.left, self.counts.shape[1])

    @property
    def y(self) -> NDArray[np.float64]:
        """(n_rows,) middles of the cells."""
        return self._middles(self.bottom, self.counts.shape[0])

    def _middles(self, first: float, n: int) -> NDArray[np.float64]:
        return first + self.side * (np.arange(n, dtype=np.float64) + 0.5)

    def means(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Mean of `values`, (n_users,), in each cell; NaN in an empty one."""
        totals = sum_by(self.cells, values, self.counts.size).reshape(self.counts.shape)
        means: NDArray[np.float64] = np.full(self.counts.shape, np.nan)
        np.divide(totals, self.counts, out=means, where=self.counts > 0)
        return means

    def commonest(self, kinds: NDArray[np.integer], n_kinds: int) -> NDArray[np.int64]:
        """Which of the kinds 0..n-1, (n_users,), most users of each cell are; the lowest of equals; -1 where empty."""
        amounts = np.bincount(self.cells * n_kinds + kinds, minlength=self.counts.size * n_kinds)
        found = amounts.reshape(*self.counts.shape, n_kinds).argmax(axis=2)
        return np.where(self.counts > 0, found, -1)


def crowd_of(places: NDArray[np.float32], *, across: int = 160) -> Crowd:
    """Count users at `places`, (n_users, 2), in square cells, of which `across` span the longer side.

    Raises SpecError unless there is at least one cell.
    """
    if across < 1:
        raise SpecError(f"across={across} is too small; choose 1 or more")
    low, high = places.min(axis=0).astype(np.float64), places.max(axis=0).astype(np.float64)
    longest = float((high - low).max()) or 1.0
    margin = _MARGIN * longest
    side = (longest + 2 * margin) / across
    n_columns, n_rows = (max(1, int(np.ceil((high[axis] - low[axis] + 2 * margin) / side - 1e-9))) for axis in (0, 1))
    left, bottom = ((low[axis] + high[axis] - side * n) / 2 for axis, n in ((0, n_columns), (1, n_rows)))
    column = np.clip(((places[:, 0] - left) / side).astype(np.int64), 0, n_columns - 1)
    row = np.clip(((places[:, 1] - bottom) / side).astype(np.int64), 0, n_rows - 1)
    cells = row * n_columns + column
    counts = np.bincount(cells, minlength=n_rows * n_columns).reshape(n_rows, n_columns)
    return Crowd(float(left), float(bottom), float(side), counts, cells)


def draw_users(n_users: int, most: int, *, seed: int = 0) -> NDArray[np.int64]:
    """Rows of `most` users drawn at random, ascending; all of them where there are no more."""
    if n_users <= most:
        return np.arange(n_users)
    return np.sort(np.random.default_rng(seed).choice(n_users, most, replace=False))
