"""Hubness: a few users who are in the neighbour lists of very many, and many who are in none."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ucf_core.quality.inequality import gini, robin_hood


def k_occurrences(neighbours: NDArray[np.integer], n_points: int) -> NDArray[np.int64]:
    """N_k, (n_points,): in how many neighbour lists each row stands; -1 in `neighbours`, (m, k), is padding."""
    rows = neighbours.ravel()
    return np.bincount(rows[rows >= 0], minlength=n_points).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Hubness:
    """How unequally neighbours are chosen (Radovanovic, Nanopoulos & Ivanovic 2010).

    Attributes:
        occurrences: N_k, (n_points,) int64: the lists that each row stands in.
    """

    occurrences: NDArray[np.int64]

    @property
    def skewness(self) -> float:
        """Third standardised moment of N_k, E[(N_k - mean)^3] / std^3; above 1 is strong hubness, 0 without spread."""
        deviations = self.occurrences - self.occurrences.mean()
        variance = np.mean(deviations**2)
        return float(np.mean(deviations**3) / variance**1.5) if variance > 0 else 0.0

    @property
    def anti_hub_share(self) -> float:
        """Share of the rows that stand in no list at all (N_k = 0)."""
        return float(np.mean(self.occurrences == 0))

    @property
    def robin_hood(self) -> float:
        """Share of all list places to be given away by hubs to make N_k equal."""
        return robin_hood(self.occurrences)

    @property
    def gini(self) -> float:
        """Gini index of N_k."""
        return gini(self.occurrences)

    def hubs(self, n: int) -> NDArray[np.int64]:
        """The `n` rows that stand in most lists, most first; of equals the lower row first."""
        return np.argsort(-self.occurrences, kind="stable")[:n].astype(np.int64)


def hubness(neighbours: NDArray[np.integer], n_points: int) -> Hubness:
    """Hubness among `n_points` rows, from the neighbour rows of all or some of them, (m, k), self left out."""
    return Hubness(k_occurrences(neighbours, n_points))
