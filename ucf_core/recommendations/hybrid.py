"""The learned weights of a list, helped by what films are like and by what was rated in one sitting.

    [w; t] = (A A^T + damping diag + ridge)^-1 A b,   A = [B; F]
    score of j = sum over the neighbours v who rated j of w_v (1 + 2 nearby_v(j)) + (F^T t)_j

B and b are those of `learned`; F holds the traits of films (`traits`), so that neighbours need not explain what years
and genres do. nearby_v(j) is the share of what v rated within about half a minute of j that the user has rated
(`sittings`). A hybrid of collaborative and content-based recommendation (Burke 2002, feature combination). Of ratings
without times or films without traits, the rest stays.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ucf_core.base.arrays import row_sums
from ucf_core.base.linalg.blas import one_blas_thread
from ucf_core.recommendations.learned import LIST_DAMPING, gram_of_rows, solved
from ucf_core.recommendations.neighbourhood import Neighbourhood
from ucf_core.recommendations.rating_sessions import share_nearby

# What holds back the weights of traits, in films. Lists of the sample, six validation parts: mean nDCG 0.2222 against
# 0.2195 for a third of it and 0.2204 for three times as much.
_TRAIT_RIDGE = 4.5

# A rating all of whose neighbours in time are the user's counts three times. Validation parts: 1 does as well.
_NEARBY = 2.0


def hybrid_weights(neighbourhood: Neighbourhood, ridge: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each rating of the neighbours weighs, (nnz,), and what the traits of each item add, (n_items,)."""
    block, neighbours = neighbourhood.block, neighbourhood.neighbours
    own = np.zeros(block.shape[1], dtype=np.float32)
    own[neighbours.own[0]] = 1.0
    traits, m = neighbours.ratings.traits, block.shape[0]
    ones = np.ones(block.nnz, dtype=np.float32)
    rated = csr_array((ones, block.indices, block.indptr), shape=block.shape)
    system = np.empty((m + traits.gram.shape[0],) * 2)
    with one_blas_thread():
        system[:m, :m] = gram_of_rows(block, ones)
    system[:m, m:] = (rated @ traits.matrix.T).toarray()
    system[m:, :m] = system[:m, m:].T
    system[m:, m:] = traits.gram
    extra = np.full(len(system), _TRAIT_RIDGE)
    extra[:m] = LIST_DAMPING * system.diagonal()[:m] + ridge
    system[np.diag_indices_from(system)] += extra
    target = np.concatenate([row_sums(block, own[block.indices]), traits.matrix @ own])
    with one_blas_thread():
        weights = solved(system, target)
    of_ratings = weights[:m][neighbourhood.owner]
    times = _times(neighbourhood)
    if times is not None:
        of_ratings *= 1.0 + _NEARBY * share_nearby(neighbourhood.owner, times, own[block.indices] > 0)
    return of_ratings, traits.matrix.T @ weights[m:]


def _times(neighbourhood: Neighbourhood) -> NDArray[np.int64] | None:
    """When each rating of the block was given, (nnz,); None where the dataset does not say."""
    ratings = neighbourhood.neighbours.ratings
    if ratings.timestamps is None:
        return None
    block = neighbourhood.block
    starts = ratings.matrix.indptr[neighbourhood.rows].astype(np.int64) - block.indptr[:-1]
    times: NDArray[np.int64] = ratings.timestamps[starts[neighbourhood.owner] + np.arange(block.nnz)]
    return times
