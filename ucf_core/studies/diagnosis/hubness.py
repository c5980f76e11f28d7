"""Hubness: a few users are in very many neighbour lists, and many users are in none."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlog1py, xlogy

from ucf_core.base.errors import SpecError
from ucf_core.studies.evaluation.beyond_accuracy import gini


@dataclass(frozen=True, eq=False)
class Hubness:
    """How unequally neighbours are chosen (Radovanovic, Nanopoulos & Ivanovic 2010).

    Attributes:
        occurrences: N_k, (n_points,) int64: how many lists each row is in.
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
        """Share of the rows that are in no list at all (N_k = 0)."""
        return float(np.mean(self.occurrences == 0))

    @property
    def robin_hood(self) -> float:
        """Share of all list places that would have to move from hubs to other rows to make N_k equal; 0 without any.

        Hoover's index, in [0, 1 - 1/n]; used for hubness by Feldbauer & Flexer 2019.
        """
        values = self.occurrences.astype(np.float64)
        total = values.sum()
        return float(np.abs(values - total / values.size).sum() / (2 * total)) if total else 0.0

    @property
    def gini(self) -> float:
        """Gini index of N_k."""
        return gini(self.occurrences)

    def hubs(self, n: int) -> NDArray[np.int64]:
        """The `n` rows that are in most lists, most first; ties by row."""
        return np.argsort(-self.occurrences, kind="stable")[:n].astype(np.int64)


@dataclass(frozen=True, eq=False)
class Chance:
    """N_k if every list were drawn at random from the other rows.

    Attributes:
        probabilities: (n_lists + 1,) float64: of being in 0, 1, 2, ... of the lists.
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
        """Share of the rows that would be in no list."""
        return float(self.probabilities[0])


def chance(n_lists: int, k: int, n_points: int) -> Chance:
    """N_k by chance, from the lists of `n_lists` of `n_points` rows with k distinct others in each.

    A row is in each list but its own with probability k / (n_points - 1), independently: the binomial distribution
    of n_lists - 1 tries for rows that have one of the lists, of n_lists tries for the others. Raises SpecError unless
    1 <= n_lists <= n_points and 1 <= k < n_points.
    """
    _check_lists(n_lists, n_points)
    if not 1 <= k < n_points:
        raise SpecError(f"k={k} is out of range for {n_points:,} rows; choose 1 <= k <= {n_points - 1:,}")
    share, own = k / (n_points - 1), n_lists / n_points
    probabilities = (1 - own) * _binomial(n_lists, share)
    probabilities[:-1] += own * _binomial(n_lists - 1, share)
    return Chance(probabilities)


def skewness_of_all(occurrences: NDArray[np.integer], n_lists: int) -> float:
    """Estimate of the skewness of N_k over the lists of all rows, from those of `n_lists` rows drawn at random.

    Counts over few lists are blurred by the draw, which lowers their skewness. But the factorial moments of a
    hypergeometric draw are proportional to those of all lists, E[x (x-1) ...] = N (N-1) ... times
    m (m-1) ... / (n (n-1) ...), so each is estimated without bias, and the skewness follows from them. From all lists
    it is the skewness itself. NaN where the draw shows no spread beyond its own; raises SpecError for fewer than 3 of
    more rows.
    """
    n = occurrences.size
    _check_lists(n_lists, n)
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
    """How many rows are in none, 1, 2-3, 4-7, 8-15, ... of the lists. All arrays are (n_bins,).

    Attributes:
        first, last: the fewest and most lists of each bin, int64.
        rows, by_chance: rows counted, int64, and expected by chance, float64.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    rows: NDArray[np.int64]
    by_chance: NDArray[np.float64]


def occurrence_bins(occurrences: NDArray[np.integer], expected: Chance) -> OccurrenceBins:
    """N_k in bins that double, up to the last one that has a row, or half a row by chance."""
    n_lists = expected.probabilities.size - 1
    first = np.concatenate([[0], 2 ** np.arange(n_lists.bit_length())]).astype(np.int64)
    last = np.append(first[1:] - 1, n_lists)
    rows = np.bincount(np.searchsorted(first, occurrences, side="right") - 1, minlength=first.size)
    by_chance = occurrences.size * np.add.reduceat(expected.probabilities, first)
    end = int(np.flatnonzero((rows > 0) | (by_chance >= 0.5)).max(initial=0)) + 1
    return OccurrenceBins(first[:end], last[:end], rows[:end].astype(np.int64), by_chance[:end])


def _check_lists(n_lists: int, n_points: int) -> None:
    if not 1 <= n_lists <= n_points:
        raise SpecError(f"n_lists={n_lists:,} of {n_points:,} rows is impossible; choose 1 <= n_lists <= {n_points:,}")


def _binomial(tries: int, share: float) -> NDArray[np.float64]:
    """Probabilities of 0..tries successes, (tries + 1,)."""
    hits = np.arange(tries + 1)
    ways = gammaln(tries + 1) - gammaln(hits + 1) - gammaln(tries - hits + 1)
    probabilities: NDArray[np.float64] = np.exp(ways + xlogy(hits, share) + xlog1py(tries - hits, -share))
    return probabilities


def hubness(neighbours: NDArray[np.integer], n_points: int) -> Hubness:
    """Hubness among `n_points` rows, from the neighbour rows of all or some of them, (m, k); -1 is padding."""
    rows = neighbours.ravel()
    return Hubness(np.bincount(rows[rows >= 0], minlength=n_points).astype(np.int64))
