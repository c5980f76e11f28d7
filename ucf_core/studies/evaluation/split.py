"""Splits: which ratings are held out to test on, and the training part that is left."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.arrays import read_only
from ucf_core.base.errors import SpecError
from ucf_core.base.specs import SplitSpec
from ucf_core.ratings.ratings import Ratings


@dataclass(frozen=True, eq=False)
class Split:
    """A training part and the ratings held out of it. Arrays are read-only.

    Attributes:
        train: the ratings to learn from. It has the users, items and catalogue of the whole dataset, so rows mean
            the same in both; unlike in a whole dataset, a user or an item may be without any rating.
        test_users, test_items: (n_test,) int32 rows, sorted by user, then item.
        test_ratings: (n_test,) float32.
    """

    train: Ratings
    test_users: NDArray[np.int32]
    test_items: NDArray[np.int32]
    test_ratings: NDArray[np.float32]

    def __post_init__(self) -> None:
        read_only(self.test_users, self.test_items, self.test_ratings)

    @cached_property
    def test_matrix(self) -> csr_array:
        """The held-out ratings as a CSR of the shape of the whole, (n_users, n_items); users without any are empty."""
        per_user = np.bincount(self.test_users, minlength=self.train.n_users)
        indptr = np.concatenate([[0], np.cumsum(per_user)]).astype(self.train.matrix.indptr.dtype)
        return csr_array((self.test_ratings, self.test_items, indptr), shape=self.train.matrix.shape)


def check_split(ratings: Ratings, spec: SplitSpec) -> None:
    """Raise SpecError where the ratings do not allow the protocol.

    That is: more folds than ratings, no user with two ratings to hold one out of, no timestamps, or all the same.
    """
    n, times = ratings.n_ratings, ratings.timestamps
    if spec.protocol == "kfold" and spec.folds > n:
        raise SpecError(f"folds={spec.folds} exceeds the {n} ratings; choose folds <= {n}")
    if spec.protocol == "per_user_holdout" and ratings.user_counts.max(initial=0) < 2:
        raise SpecError("protocol='per_user_holdout' needs a user with two ratings or more; choose 'kfold'")
    if spec.protocol == "temporal":
        if times is None:
            raise SpecError("protocol='temporal' needs timestamps, and this dataset has none; choose another protocol")
        if times.min() == times.max():
            raise SpecError("protocol='temporal' needs ratings of different times, and these are all of one moment")


def splits(ratings: Ratings, spec: SplitSpec) -> Iterator[Split]:
    """The splits of `ratings`: `spec.folds` of them for kfold, one for the other protocols; the same for the same seed.

    Raises SpecError, before the first split, when the ratings do not allow the protocol: see `check_split`.
    """
    check_split(ratings, spec)
    hold_out = {"kfold": _folds, "per_user_holdout": _of_every_user, "temporal": _latest}[spec.protocol]
    return (_split(ratings, held_out) for held_out in hold_out(ratings, spec))


def _folds(ratings: Ratings, spec: SplitSpec) -> Iterator[NDArray[np.bool_]]:
    """A mask over the ratings for each fold. The first ones are larger by one where the folds do not come out even."""
    n = ratings.n_ratings
    place = _places(n, spec.seed)
    sizes = [n // spec.folds + (fold < n % spec.folds) for fold in range(spec.folds)]
    edges = np.concatenate([[0], np.cumsum(sizes)]).tolist()
    return ((place >= low) & (place < high) for low, high in pairwise(edges))


def _of_every_user(ratings: Ratings, spec: SplitSpec) -> Iterator[NDArray[np.bool_]]:
    """One mask: of n ratings of a user round(share x n), halves up, within 1 and n - 1."""
    counts, n = ratings.user_counts.astype(np.int64), ratings.n_ratings
    held = np.minimum(np.maximum(np.floor(spec.share * counts + 0.5), 1), counts - 1).astype(np.int64)
    held = np.maximum(held, 0)
    # distinct random numbers, larger for every later user: sorting them sorts within each user
    keys = np.repeat(np.arange(ratings.n_users, dtype=np.int64) * n, counts) + _places(n, spec.seed)
    last = np.maximum(ratings.matrix.indptr[:-1].astype(np.int64) + held - 1, 0)
    largest = np.where(held > 0, np.sort(keys)[last], -1)
    return iter([keys <= np.repeat(largest, counts)])


def _latest(ratings: Ratings, spec: SplitSpec) -> Iterator[NDArray[np.bool_]]:
    """One mask: everything from the moment of the cut on. Ratings of that very moment are all held out, so the test
    may be larger than asked; only where nothing would be left to train on do those of the first moment stay.
    """
    times, n = np.asarray(ratings.timestamps), ratings.n_ratings
    first = times.min()
    n_test = max(int(np.floor(spec.share * n + 0.5)), 1)
    cut = np.partition(times, n - n_test)[n - n_test]
    return iter([times >= cut if cut > first else times > first])


def _places(n: int, seed: int) -> NDArray[np.int32] | NDArray[np.int64]:
    """The numbers 0..n-1 in random order, (n,)."""
    numbers: NDArray[Any] = np.arange(n, dtype=np.int32 if n < 2**31 else np.int64)
    np.random.default_rng(seed).shuffle(numbers)
    return numbers


def _split(ratings: Ratings, held_out: NDArray[np.bool_]) -> Split:
    """The split that holds out the ratings marked in `held_out`, (n_ratings,) in the order of `matrix.data`."""
    matrix, times = ratings.matrix, ratings.timestamps
    train_mask = ~held_out
    before = np.zeros(len(train_mask) + 1, dtype=matrix.indptr.dtype)
    np.cumsum(train_mask, out=before[1:])
    indptr = before[matrix.indptr]
    train = Ratings(
        matrix=csr_array((matrix.data[train_mask], matrix.indices[train_mask], indptr), shape=matrix.shape),
        users=ratings.users,
        items=ratings.items,
        catalogue=ratings.catalogue,
        timestamps=None if times is None else times[train_mask],
        name=f"{ratings.name} (training part)",
        report=ratings.report,
    )
    per_user = np.diff(matrix.indptr) - np.diff(indptr)
    test_users = np.repeat(np.arange(ratings.n_users, dtype=np.int32), per_user)
    return Split(train, test_users, matrix.indices[held_out], matrix.data[held_out])
