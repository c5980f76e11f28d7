"""Learned weights against scikit-learn's ridge regression, dense algebra, and EASE written out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array
from sklearn.linear_model import Ridge
from toy import clustered_ratings

from ucf_core.explorer.explorer import Explorer
from ucf_core.ratings.biases import fit_biases
from ucf_core.recommendations import learned
from ucf_core.recommendations.learned import gram_of_rows, learned_residuals, learned_weights
from ucf_core.recommendations.neighbourhood import gather
from ucf_core.recommendations.prediction import predict_ratings
from ucf_core.recommendations.scoring import ScoringSpec


@pytest.fixture(scope="module")
def explorer() -> Explorer:
    return Explorer(clustered_ratings(60, 90, 4, seed=3), in_memory=True)


def pieces(explorer: Explorer, user: int, k: int = 12) -> tuple:
    """A neighbourhood, its 0/1 rows and the user's own, dense."""
    neighbourhood = gather(explorer.neighbours(user, k=k, engine="exact"))
    rated = (explorer.ratings.matrix != 0).toarray().astype(float)
    return neighbourhood, rated[neighbourhood.rows], rated[neighbourhood.neighbours.user]


def ridge_regression(rows: np.ndarray, own: np.ndarray, ridge: float, damping: float = 0.0) -> np.ndarray:
    """By scikit-learn: damping is one more observation a neighbour, of 0, as strong as the root of its diagonal."""
    extra = np.diag(np.sqrt(damping * (rows**2).sum(axis=1)))
    observed, target = np.vstack([rows.T, extra]), np.concatenate([own, np.zeros(len(rows))])
    return Ridge(alpha=ridge, fit_intercept=False, solver="cholesky").fit(observed, target).coef_


@pytest.mark.parametrize("ridge", [0.5, 20.0, 1e4])
@pytest.mark.parametrize("user", [1, 17, 40])
def test_the_weights_are_those_of_a_damped_ridge_regression(explorer, user, ridge):
    neighbourhood, rows, own = pieces(explorer, user)
    found = learned_weights(neighbourhood, ridge)
    np.testing.assert_allclose(found, ridge_regression(rows, own, ridge, damping=1.0), atol=1e-6)


def test_damping_is_what_fits_rows_of_which_half_is_missing(explorer):
    """E[C C^T] = B B^T + diag(B B^T) and E[C] = B, where C holds each entry of B twice or not at all."""
    neighbourhood, rows, own = pieces(explorer, 17, k=6)
    random = np.random.default_rng(5)
    halves = [rows * 2 * (random.random(rows.shape) < 0.5) for _ in range(20_000)]
    mean_gram = sum(half @ half.T for half in halves) / len(halves)
    expected = np.linalg.solve(mean_gram + 20.0 * np.eye(len(rows)), rows @ own)
    np.testing.assert_allclose(learned_weights(neighbourhood, 20.0), expected, rtol=0.03, atol=1e-3)


def test_with_everybody_as_neighbours_the_scores_are_the_user_side_of_a_damped_ease(explorer):
    """EASE on the transpose: P inverts the damped Gram, diag(B) = 0 and B[:, u] = -P[:, u] / P[u, u]."""
    ridge, user = 10.0, 3
    rated = (explorer.ratings.matrix != 0).toarray().astype(float)
    gram = rated @ rated.T
    inverse = np.linalg.inv(gram + np.diag(np.diag(gram)) + ridge * np.eye(len(rated)))
    row = explorer.ratings.users.row(user)
    column = -inverse[:, row] / inverse[row, row]
    column[row] = 0
    neighbourhood = gather(explorer.neighbours(user, k=explorer.ratings.n_users - 1, engine="exact"))
    assert neighbourhood.places.size == explorer.ratings.n_users - 1, "everybody has a say"
    weights = learned_weights(neighbourhood, ridge)
    np.testing.assert_allclose(weights, column[neighbourhood.rows], atol=1e-6)
    scores = neighbourhood.weighted_sums(weights, np.ones(neighbourhood.block.nnz))
    np.testing.assert_allclose(scores, column @ rated, atol=1e-5)


def test_a_score_is_the_sum_over_the_neighbours_in_its_evidence(explorer):
    made = explorer.recommend(5, k=20, ranking="learned", ridge=5, n=8)
    assert len(made.items) == 8
    for score, evidence in zip(made.scores, made.evidence, strict=True):
        assert score == pytest.approx(evidence.weights.sum(), abs=1e-8)


def test_two_neighbours_who_say_the_same_share_one_weight():
    """B has the same row twice: with ridge r and c items in common, each weighs c / (2 n + r)."""
    block = csr_array(np.array([[1, 1, 1, 0], [1, 1, 1, 0]], dtype=np.float32))
    own = np.array([1, 1, 0, 1], dtype=np.float32)
    weights = learned.ridge_weights(block, block.data, own, 4.0)
    np.testing.assert_allclose(weights, [2 / (2 * 3 + 4)] * 2)


def test_learned_ratings_are_the_baseline_offset_and_the_ridge_part(explorer):
    biases = explorer.builds.biases
    neighbourhood = gather(explorer.neighbours(7, k=15, engine="exact"))
    spec = {"shrinkage": 2.0, "rating_ridge": 30.0}
    matrix = explorer.ratings.matrix.toarray()
    rest = np.where(matrix != 0, matrix - (biases.mean + biases.user[:, None] + biases.item), 0)
    rows, own = rest[neighbourhood.rows], rest[neighbourhood.neighbours.user]
    part = rows.T @ Ridge(alpha=30.0, fit_intercept=False, solver="cholesky").fit(rows.T, own).coef_
    np.testing.assert_allclose(learned_residuals(neighbourhood, biases, 30.0), part, atol=1e-5)
    offset, both = (
        predict_ratings(neighbourhood, biases, ScoringSpec(aggregation=name, **spec))
        for name in ("baseline_offset", "learned")
    )
    expected = np.clip(np.where(offset.fallback, offset.ratings, offset.ratings + part), *explorer.ratings.scale)
    inside = (offset.ratings > explorer.ratings.scale[0]) & (offset.ratings < explorer.ratings.scale[1])
    assert inside.sum() > 20
    np.testing.assert_allclose(both.ratings[inside], expected[inside], atol=1e-5)


def test_a_boundless_ridge_learns_nothing(explorer):
    neighbourhood, _, _ = pieces(explorer, 9)
    assert np.abs(learned_weights(neighbourhood, 1e9)).max() < 1e-6
    assert np.abs(learned_residuals(neighbourhood, explorer.builds.biases, 1e9)).max() < 1e-5


@given(st.integers(1, 12), st.integers(1, 40), st.floats(0, 1), st.integers(0, 100), st.integers(1, 60))
@settings(max_examples=60)
def test_the_gram_matrix_does_not_depend_on_the_pieces(m, n_items, density, seed, piece):
    block = csr_array(random_array((m, n_items), density=density, rng=seed, dtype=np.float32))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learned, "_DENSE_VALUES", piece)
        found = gram_of_rows(block, block.data)
    np.testing.assert_allclose(found, (block @ block.T).toarray(), atol=1e-5)


def test_without_neighbours_who_have_a_say_there_is_nothing_to_learn(explorer):
    neighbours = explorer.neighbours(1, k=3, engine="exact")
    nobody = type(neighbours)(neighbours.ratings, neighbours.user, neighbours.rows, -neighbours.similarities, "exact")
    neighbourhood = gather(nobody)
    assert learned_weights(neighbourhood, 1.0).size == 0
    predicted = predict_ratings(neighbourhood, fit_biases(explorer.ratings.matrix), ScoringSpec(aggregation="learned"))
    assert predicted.fallback.all()
