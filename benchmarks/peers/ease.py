"""EASE in closed form (Steck 2019): a linear model of what goes with what, over all items at once, dense.

The model is B = I - P / diag(P) (columns divided), with P = (X^T X + ridge I)^-1 and X the 0/1 matrix of what is rated.
Its scores X B are computed here from the side of the users: by the push-through identity X P = K X with
K = (X X^T + ridge I)^-1, and by Woodbury's diag(P) = (1 - diag(X^T K X)) / ridge. One solve of n_users^2 instead of
n_items^2, and exactly the same scores.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from benchmarks.peers.model import Fitted, Settings
from ucf_core.base.errors import SpecError
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.evaluation.baselines import top_unseen

MAX_USERS = 10_000
MAX_SCORES = 200_000_000


def fit_ease(train: Ratings, settings: Settings, _seed: int) -> Fitted:
    """EASE with a `ridge`. Raises SpecError for data that its dense matrices are too large for."""
    if train.n_users > MAX_USERS or train.n_users * train.n_items > MAX_SCORES:
        raise SpecError(
            f"EASE is dense, and {train.n_users:,} users x {train.n_items:,} items are too many; leave it out with "
            f"--models, or take at most {MAX_USERS:,} users and {MAX_SCORES:,} scores"
        )
    scores = ease_scores(train, settings["ridge"])
    return Fitted(lists=lambda users, n: top_unseen(lambda user: scores[user], train, users, n))


def ease_scores(train: Ratings, ridge: float) -> NDArray[np.float64]:
    """X B, (n_users, n_items): the higher, the better the item fits what the user rated."""
    rated = np.zeros(train.matrix.shape)
    rated[np.repeat(np.arange(train.n_users), train.user_counts), train.matrix.indices] = 1.0
    gram = rated @ rated.T
    gram[np.diag_indices_from(gram)] += ridge
    solved = cho_solve(cho_factor(gram, overwrite_a=True), rated)
    diagonal = (1.0 - np.einsum("ui,ui->i", rated, solved)) / ridge
    scores: NDArray[np.float64] = rated - solved / diagonal
    return scores
