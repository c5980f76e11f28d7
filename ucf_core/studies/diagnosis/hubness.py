"""Hubness: a few users who are in the neighbour lists of very many, and many who are in none."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlog1py, xlogy

from ucf_core.base.errors import SpecError
from ucf_core.studies.evaluation.inequality import gini, robin_hood


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


@dataclass(frozen=True, eq=False)
class Chance:
    """What N_k would be, had every list been drawn at random from the other rows.

    Attributes:
        probabilities: (n_lists + 1,) float64: of standing in 0, 1, 2, ... of the lists.
    """

    probabilities: NDArray[np.float64]

    @property
    def skewness(self) -> float:
        """Third standardised moment of N_k by chance; 0 without spread."""
        counts = np.arange(self.probabilities.size)
        deviations = counts - counts @ self.probabilities
        variance = float(deviations**2 @ self.probabilities)
        return float(deviations**3 @ self.probabilities) / variance**1.5 if variance > 1e-12 else 0.0

    @property
    def anti_hub_share(self) -> float:
        """Share of the rows that would stand in no list."""
        return float(self.probabilities[0])


def chance(n_lists: int, k: int, n_points: int) -> Chance:
    """N_k by chance, from the lists of `n_lists` of `n_points` rows with k distinct others in each.

    A row stands in each list but its own with probability k / (n_points - 1), independently: the binomial distribution
    of n_lists - 1 tries for rows that have one of the lists, of n_lists tries for the others. Raises SpecError unless
    1 <= n_lists <= n_points and 1 <= k < n_points.
    """
    check_lists(n_lists, n_points)
    if not 1 <= k < n_points:
        raise SpecError(f"k={k} is out of range for {n_points:,} rows; choose 1 <= k <= {n_points - 1:,}")
    share, own = k / (n_points - 1), n_lists / n_points
    probabilities = (1 - own) * _binomial(n_lists, share)
    probabilities[:-1] += own * _binomial(n_lists - 1, share)
    return Chance(probabilities)


def skewness_of_all(occurrences: NDArray[np.integer], n_lists: int) -> float:
    """Estimate of the skewness of N_k over the lists of all rows, from those of `n_lists` rows drawn at random.

    What few lists count is blurred by the draw, which lessens the skewness. But the factorial moments of a
    hypergeometric draw are proportional to those of what it is drawn from, E[x (x-1) ...] = N (N-1) ... times
    m (m-1) ... / (n (n-1) ...), so each is estimated without bias, and the skewness is put together from them. From
    all lists it is the skewness itself. NaN where the draw shows no spread beyond its own; raises SpecError for fewer
    than 3 of more rows.
    """
    n = occurrences.size
    check_lists(n_lists, n)
    if n_lists == n:
        return Hubness(occurrences.astype(np.int64)).skewness
    if n_lists < 3:
        raise SpecError(f"n_lists={n_lists} is too few to estimate a skewness from; choose at least 3")
    counts = occurrences.astype(np.float64)
    falling, scale, factorial = np.ones(n), 1.0, []
    for step in range(3):
        falling = falling * (counts - step)
        scale *= (n_lists - step) / (n - step)
        factorial.append(float(falling.mean()) / scale)
    mean, second, third = factorial[0], factorial[1] + factorial[0], factorial[2] + 3 * factorial[1] + factorial[0]
    variance = second - mean**2
    return float((third - 3 * mean * second + 2 * mean**3) / variance**1.5) if variance > 0 else float("nan")


@dataclass(frozen=True, eq=False)
class OccurrenceBins:
    """How many rows stand in none, 1, 2-3, 4-7, 8-15, ... of the lists. All arrays are (n_bins,).

    Attributes:
        first, last: the fewest and most lists of each bin, int64.
        rows: rows counted there, int64.
        by_chance: rows expected there by chance, float64.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    rows: NDArray[np.int64]
    by_chance: NDArray[np.float64]


def occurrence_bins(occurrences: NDArray[np.integer], expected: Chance) -> OccurrenceBins:
    """N_k in bins that double, up to the last one that holds anything: a row, or half a row by chance."""
    n_lists = expected.probabilities.size - 1
    first = np.concatenate([[0], 2 ** np.arange(n_lists.bit_length())]).astype(np.int64)
    last = np.append(first[1:] - 1, n_lists)
    rows = np.bincount(np.searchsorted(first, occurrences, side="right") - 1, minlength=first.size)
    by_chance = occurrences.size * np.add.reduceat(expected.probabilities, first)
    end = int(np.flatnonzero((rows > 0) | (by_chance >= 0.5)).max(initial=0)) + 1
    return OccurrenceBins(first[:end], last[:end], rows[:end].astype(np.int64), by_chance[:end])


def check_lists(n_lists: int, n_points: int) -> None:
    """Raise SpecError unless 1 <= n_lists <= n_points."""
    if not 1 <= n_lists <= n_points:
        raise SpecError(f"n_lists={n_lists:,} of {n_points:,} rows is impossible; choose 1 <= n_lists <= {n_points:,}")


def _binomial(tries: int, share: float) -> NDArray[np.float64]:
    """Probabilities of 0..tries successes, (tries + 1,)."""
    hits = np.arange(tries + 1)
    ways = gammaln(tries + 1) - gammaln(hits + 1) - gammaln(tries - hits + 1)
    probabilities: NDArray[np.float64] = np.exp(ways + xlogy(hits, share) + xlog1py(tries - hits, -share))
    return probabilities


def hubness(neighbours: NDArray[np.integer], n_points: int) -> Hubness:
    """Hubness among `n_points` rows, from the neighbour rows of all or some of them, (m, k), self left out."""
    return Hubness(k_occurrences(neighbours, n_points))
