"""Resamples of users, drawn once for all that is measured on them.

A resample draws as many users as there are, with replacement: user i is then worth w_i users, (w_1, ..., w_n)
multinomial. Sums over resampled users are a matrix product of these weights and the sums of each user, so one pass over
blocks of weights serves every metric of every model, and differences of two models are paired by themselves.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ucf_core.base.errors import SpecError
from ucf_core.base.parameter import check_int
from ucf_core.base.progress import Progress
from ucf_core.base.specs import MAX_SEED

RESAMPLES = 1000

# Weights that are in memory at once: 64 MB.
_WEIGHTS = 8_000_000


def weights(n_users: int, *, resamples: int = RESAMPLES, seed: int = 0) -> Iterator[NDArray[np.float64]]:
    """Blocks of (b, n_users): how often each of b resamples drew each user; `resamples` rows in all.

    A block is overwritten by the next one. Raises SpecError for no users, and for settings out of range.
    """
    check_int("resamples", resamples, 1, 1_000_000)
    check_int("seed", seed, 0, MAX_SEED)
    if not n_users:
        raise SpecError("an interval needs at least one user, and none was measured; test on more users")
    rng = np.random.default_rng(seed)
    block = np.empty((min(resamples, max(1, _WEIGHTS // n_users)), n_users))
    for start in range(0, resamples, len(block)):
        part = block[: resamples - start]
        for row in part:
            row[:] = np.bincount(rng.integers(n_users, size=n_users), minlength=n_users)
        yield part


def resampled_sums(
    columns: Sequence[NDArray[Any]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[NDArray[np.float64]]:
    """Each of `columns`, (r, n_users), added up over the users of every resample, (r, resamples).

    The same seed and number of users give the same resamples. `progress` hears of (resamples done, resamples), and may
    raise to stop. Raises SpecError as `weights` does.
    """
    sums = [np.empty((len(each), resamples)) for each in columns]
    done = 0
    for block in weights(columns[0].shape[1], resamples=resamples, seed=seed):
        if progress is not None:
            progress(done, resamples)
        for target, each in zip(sums, columns, strict=True):
            target[:, done : done + len(block)] = each @ block.T
        done += len(block)
    return sums
