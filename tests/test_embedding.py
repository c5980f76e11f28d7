"""The embedding against other solvers; a prefix of it against a direct fit; folding in; nothing from nothing."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.decomposition import TruncatedSVD
from sklearn.metrics.pairwise import cosine_similarity
from toy import csr

from ucf_core.base.errors import SpecError
from ucf_core.base.specs import EmbeddingSpec
from ucf_core.embedding import embedding as embedding_module
from ucf_core.embedding.embedding import fit_embedding, unit_rows


def sparse_random(n_users: int, n_items: int, seed: int = 0) -> np.ndarray:
    """A dense array of mostly zeros and ratings from 0.5 to 5, with a different scale for each user and item."""
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 11, size=(n_users, n_items)) / 2 * np.linspace(1, 3, n_items)
    return np.where(rng.random(values.shape) < 0.3, values, 0).astype(np.float32)


def rank_deficient(n_users: int, n_items: int, rank: int) -> np.ndarray:
    rng = np.random.default_rng(2)
    return (rng.integers(0, 4, (n_users, rank)) @ rng.integers(0, 4, (rank, n_items))).astype(np.float32)


MATRICES = {
    "tall": sparse_random(90, 30),
    "wide": sparse_random(30, 90),
    "square": sparse_random(40, 40),
    "small": sparse_random(7, 5, seed=3),
    "rank 6, tall": rank_deficient(60, 20, 6),
    "rank 6, wide": rank_deficient(20, 60, 6),
}


@pytest.fixture(params=["dense", "lanczos"])
def solver(request, monkeypatch) -> str:
    """Both paths of fit_embedding, on matrices of any size."""
    monkeypatch.setattr(embedding_module, "_DENSE_SIDE", 10**6 if request.param == "dense" else 0)
    return request.param


@pytest.fixture(params=MATRICES)
def dense(request) -> np.ndarray:
    return MATRICES[request.param]


def fit(dense: np.ndarray, dim: int, seed: int = 0):
    return fit_embedding(csr(dense), EmbeddingSpec(dim=dim, seed=seed))


def test_singular_values_and_similarities_agree_with_numpy(solver, dense):
    dim = 4
    found = fit(dense, dim)
    left, values, _ = np.linalg.svd(dense.astype(np.float64), full_matrices=False)
    np.testing.assert_allclose(found.singular_values, values[:dim], rtol=1e-6)
    expected = cosine_similarity(left[:, :dim] * values[:dim])
    units = found.unit_vectors()
    np.testing.assert_allclose(units @ units.T, expected, atol=2e-5)


def test_singular_values_and_similarities_agree_with_scikit_learn(solver, dense):
    dim = 4
    found = fit(dense, dim)
    svd = TruncatedSVD(dim, algorithm="arpack", random_state=5)
    expected = cosine_similarity(svd.fit_transform(dense.astype(np.float64)))
    np.testing.assert_allclose(found.singular_values, np.sort(svd.singular_values_)[::-1], rtol=1e-6)
    units = found.unit_vectors()
    np.testing.assert_allclose(units @ units.T, expected, atol=2e-5)


def test_all_factors_give_the_matrix_back(solver, dense):
    found = fit(dense, 4096)
    assert found.dim == np.linalg.matrix_rank(dense.astype(np.float64))
    np.testing.assert_allclose(found.user_vectors @ found.item_vectors.T, dense, atol=1e-4 * dense.max())


def test_item_vectors_are_orthonormal_and_the_largest_coordinate_of_each_is_positive(solver, dense):
    vectors = fit(dense, 4).item_vectors.astype(np.float64)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(4), atol=1e-5)
    assert np.all(vectors[np.abs(vectors).argmax(axis=0), range(4)] > 0)


def test_the_dimension_is_cut_at_the_rank(solver):
    assert fit(MATRICES["rank 6, tall"], 15).dim == 6
    assert fit(MATRICES["rank 6, wide"], 15).dim == 6


@pytest.mark.parametrize("dim", [1, 3, 8])
def test_a_prefix_equals_a_direct_fit(solver, dim):
    for name in ("tall", "wide"):
        long, short = fit(MATRICES[name], 20), fit(MATRICES[name], dim)
        # block Lanczos works in float32, LAPACK in float64
        rtol = 1e-9 if solver == "dense" else 1e-6
        np.testing.assert_allclose(long.singular_values[:dim], short.singular_values, rtol=rtol)
        np.testing.assert_allclose(long.unit_vectors(dim), short.unit_vectors(), atol=1e-5)


def test_both_solvers_give_the_same_vectors(monkeypatch):
    dense_fit = fit(MATRICES["tall"], 10)
    monkeypatch.setattr(embedding_module, "_DENSE_SIDE", 0)
    lanczos_fit = fit(MATRICES["tall"], 10)
    np.testing.assert_allclose(dense_fit.user_vectors, lanczos_fit.user_vectors, atol=1e-3)
    np.testing.assert_allclose(dense_fit.item_vectors, lanczos_fit.item_vectors, atol=1e-5)


def test_a_fit_is_the_same_every_time(solver):
    first, second = fit(MATRICES["square"], 8, seed=3), fit(MATRICES["square"], 8, seed=3)
    np.testing.assert_array_equal(first.user_vectors, second.user_vectors)
    np.testing.assert_array_equal(first.item_vectors, second.item_vectors)


def test_folding_in_the_row_of_a_user_gives_the_vector_of_that_user(solver):
    matrix = csr(MATRICES["wide"])
    found = fit_embedding(matrix, EmbeddingSpec(dim=6))
    np.testing.assert_array_equal(found.fold_in(matrix[[4, 9]]), found.user_vectors[[4, 9]])


def test_a_new_user_is_folded_in_as_the_projection_on_the_item_vectors(solver):
    found = fit(MATRICES["tall"], 6)
    new = sparse_random(3, 30, seed=9)
    np.testing.assert_allclose(found.fold_in(csr(new)), new @ found.item_vectors, rtol=1e-4, atol=1e-4)


def test_a_user_who_rated_everything_0_has_no_direction(solver):
    dense = sparse_random(20, 12)
    dense[3] = 0
    matrix = csr_array(dense)
    assert not fit_embedding(matrix, EmbeddingSpec(dim=5)).unit_vectors()[3].any()


def test_a_user_whom_the_factors_do_not_reach_has_no_direction(solver):
    """Users 0-9 rate items 0-5; users 10-12 rate items 6-8, more faintly than the first three factors see."""
    dense = np.zeros((13, 9), dtype=np.float32)
    dense[:10, :6] = np.random.default_rng(0).integers(3, 6, (10, 6))
    dense[10:, 6:] = 0.01 * np.eye(3) + 0.02
    few = fit(dense, 3)
    assert not few.unit_vectors()[10:].any()
    assert few.unit_vectors()[:10].any(axis=1).all()
    every = fit(dense, 9)
    assert not every.unit_vectors(3)[10:].any()
    np.testing.assert_allclose(np.linalg.norm(every.unit_vectors()[10:], axis=1), 1, atol=1e-6)


def test_all_ratings_0_are_refused_with_a_remedy(solver):
    stored = csr_array((np.zeros(4, np.float32), [0, 1, 2, 0], [0, 2, 4]), shape=(2, 3))
    with pytest.raises(SpecError, match=r"every rating is 0.*check the rating column"):
        fit_embedding(stored, EmbeddingSpec(dim=1))


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1)])
def test_a_single_row_or_column_has_one_factor(shape):
    found = fit(np.full(shape, 2.0), 8)
    assert found.dim == 1
    np.testing.assert_allclose(found.singular_values, [2 * np.sqrt(max(shape))])


@pytest.mark.parametrize("dim", [0, -1, 7, 1000])
def test_a_prefix_longer_than_the_fit_is_refused_with_bounds(dim):
    found = fit(MATRICES["tall"], 6)
    with pytest.raises(SpecError, match=rf"dim={dim} .*; choose 1 <= dim <= 6"):
        found.unit_vectors(dim)


@pytest.mark.parametrize("name", ["user_vectors", "item_vectors", "singular_values"])
def test_an_embedding_is_read_only(name):
    found = fit(MATRICES["small"], 3)
    with pytest.raises(ValueError, match="read-only"):
        getattr(found, name)[0] = 1


def test_unit_rows_have_length_1_and_zero_rows_stay_zero():
    vectors = np.array([[3, 4], [0, 0], [1e-20, 0], [0, -1e15]], dtype=np.float32)
    units = unit_rows(vectors)
    np.testing.assert_allclose(units, [[0.6, 0.8], [0, 0], [1, 0], [0, -1]], atol=1e-7)
    assert not units.flags.writeable
    assert vectors.flags.writeable
