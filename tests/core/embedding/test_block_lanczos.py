"""Block Lanczos against LAPACK and ARPACK: two solvers are each other's oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array
from scipy.sparse.linalg import svds

from ucf_core.base.errors import CancelledError, SpecError
from ucf_core.base.linalg import products
from ucf_core.base.linalg.products import ThreadedGram, inner_product, product, rotate_rows
from ucf_core.embedding.block_lanczos import block_lanczos


def sparse(rows, columns, density, seed):
    random = np.random.default_rng(seed)
    matrix = random_array((rows, columns), density=density, format="csr", rng=random, dtype=np.float32)
    matrix.data[:] = random.integers(1, 11, matrix.nnz) / 2
    return csr_array(matrix)


def with_spectrum(values, rows, columns, seed):
    """A dense matrix, as CSR, with the given singular values."""
    random = np.random.default_rng(seed)
    left, _ = np.linalg.qr(random.normal(size=(rows, len(values))))
    right, _ = np.linalg.qr(random.normal(size=(columns, len(values))))
    return csr_array((left * np.asarray(values)) @ right.T, dtype=np.float32)


def assert_is_the_truncated_svd(matrix, dim, found, tolerance=2e-5):
    values, right = found
    expected = np.linalg.svd(matrix.toarray().astype(np.float64), compute_uv=False)[:dim]
    np.testing.assert_allclose(values, expected, rtol=tolerance, atol=expected[0] * 1e-6)
    np.testing.assert_allclose(right.T @ right, np.eye(dim), atol=1e-5)
    # A V has the singular values as column lengths and orthogonal columns: V spans the right directions
    image = matrix.toarray().astype(np.float64) @ right
    np.testing.assert_allclose(image.T @ image, np.diag(expected**2), atol=expected[0] ** 2 * 1e-5)


@settings(max_examples=25)
@given(
    rows=st.integers(2, 120),
    columns=st.integers(2, 120),
    density=st.floats(0.02, 0.6),
    seed=st.integers(0, 10**6),
    share=st.floats(0.01, 1.0),
    block=st.sampled_from([1, 4, 32]),
)
def test_any_small_tall_or_wide_matrix(rows, columns, density, seed, share, block):
    matrix = sparse(rows, columns, density, seed)
    dim = max(1, int(share * columns))
    if matrix.nnz == 0:
        return
    found = block_lanczos(ThreadedGram(matrix), dim, block=block)
    expected = np.zeros(dim)
    true = np.linalg.svd(matrix.toarray().astype(np.float64), compute_uv=False)[:dim]
    expected[: true.size] = true
    np.testing.assert_allclose(found[0], expected, rtol=1e-4, atol=expected[0] * 1e-5)
    np.testing.assert_allclose(found[1].T @ found[1], np.eye(dim), atol=1e-4)


@pytest.mark.parametrize(("rows", "columns"), [(3000, 400), (400, 3000), (700, 700)])
def test_all_values_equal_arpack(rows, columns):
    matrix = sparse(rows, columns, 0.03, seed=1)
    values, _ = block_lanczos(ThreadedGram(matrix), 64)
    expected = np.sort(svds(matrix.astype(np.float64), 64, return_singular_vectors=False))[::-1]
    np.testing.assert_allclose(values, expected, rtol=1e-5)


def test_a_steep_spectrum_is_resolved_where_its_squares_would_drown_in_rounding():
    matrix = with_spectrum(np.geomspace(1000, 0.1, 40), 300, 200, seed=2)
    assert_is_the_truncated_svd(matrix, 40, block_lanczos(ThreadedGram(matrix), 40), tolerance=1e-2)
    values, _ = block_lanczos(ThreadedGram(matrix), 40)
    np.testing.assert_allclose(values[:30], np.geomspace(1000, 0.1, 40)[:30], rtol=1e-4)


@pytest.mark.parametrize("block", [8, 16, 20, 40])
def test_a_steep_spectrum_that_ends_with_a_block_leaves_no_direction_twice(block):
    matrix = with_spectrum(np.geomspace(1000, 0.1, 40), 300, 200, seed=4)
    found = block_lanczos(ThreadedGram(matrix), 40, block=block)
    assert_is_the_truncated_svd(matrix, 40, found, tolerance=1e-3)


def test_clusters_of_equal_values_come_out_whole():
    spectrum = [50.0] * 12 + [49.999] * 9 + [20.0] * 20 + [5.0] * 30
    matrix = with_spectrum(spectrum, 400, 250, seed=3)
    assert_is_the_truncated_svd(matrix, 41, block_lanczos(ThreadedGram(matrix), 41))


def test_a_matrix_of_lower_rank_has_zeros_after_its_rank():
    matrix = with_spectrum([9.0, 7.0, 4.0, 2.0, 1.0], 200, 90, seed=4)
    values, right = block_lanczos(ThreadedGram(matrix), 12)
    np.testing.assert_allclose(values[:5], [9, 7, 4, 2, 1], rtol=1e-5)
    assert values[5:].max() < 1e-4
    np.testing.assert_allclose(right.T @ right, np.eye(12), atol=1e-5)


def test_a_matrix_of_one_value_everywhere_has_rank_one():
    matrix = csr_array(np.full((60, 40), 3.0, dtype=np.float32))
    values, _ = block_lanczos(ThreadedGram(matrix), 3)
    np.testing.assert_allclose(values, [3 * np.sqrt(2400), 0, 0], atol=1e-3)


def test_a_prefix_equals_a_direct_fit():
    matrix = sparse(2000, 500, 0.05, seed=5)
    long, short = (block_lanczos(ThreadedGram(matrix), dim) for dim in (60, 20))
    np.testing.assert_allclose(long[0][:20], short[0], rtol=1e-6)
    # a singular vector is known up to its sign
    np.testing.assert_allclose(np.abs(np.sum(long[1][:, :20] * short[1], axis=0)), 1.0, atol=1e-3)


def test_the_same_seed_gives_the_same_digits_on_any_number_of_threads():
    matrix = sparse(1500, 300, 0.05, seed=6)
    runs = [block_lanczos(ThreadedGram(matrix, threads=threads), 30, seed=7) for threads in (1, 2, 5)]
    for values, right in runs[1:]:
        np.testing.assert_array_equal(values, runs[0][0])
        np.testing.assert_array_equal(right, runs[0][1])


def test_another_seed_gives_the_same_answer():
    matrix = sparse(1500, 300, 0.05, seed=6)
    one, other = (block_lanczos(ThreadedGram(matrix), 30, seed=seed)[0] for seed in (0, 1))
    np.testing.assert_allclose(one, other, rtol=1e-6)


def test_rows_without_entries_do_no_harm():
    dense = np.zeros((500, 60), dtype=np.float32)
    dense[::7, ::3] = np.random.default_rng(8).integers(1, 6, dense[::7, ::3].shape)
    matrix = csr_array(dense)
    assert_is_the_truncated_svd(matrix, 10, block_lanczos(ThreadedGram(matrix), 10))


def test_it_stops_when_the_residual_says_so_and_not_after_a_number_of_steps():
    easy = with_spectrum([*np.geomspace(1000, 500, 8), *[1.0] * 200], 600, 400, seed=9)
    hard = with_spectrum(np.linspace(100, 90, 208), 600, 400, seed=9)
    steps = []
    for matrix in (easy, hard):
        done = []
        block_lanczos(ThreadedGram(matrix), 8, block=8, progress=lambda step, total, done=done: done.append(step))
        steps.append(done[-1])
    assert steps[0] < steps[1] / 2


def test_progress_never_exceeds_what_is_expected_and_ends_there():
    seen = []
    block_lanczos(ThreadedGram(sparse(900, 300, 0.05, 10)), 40, progress=lambda *report: seen.append(report))
    assert all(done <= total for done, total in seen)
    assert seen[-1][0] == seen[-1][1]


def test_a_report_that_raises_stops_the_work():
    def stop(done, total):
        raise CancelledError("enough")

    with pytest.raises(CancelledError):
        block_lanczos(ThreadedGram(sparse(900, 300, 0.05, 10)), 200, progress=stop)


@pytest.mark.parametrize("dim", [0, 41, -1])
def test_a_dim_that_the_matrix_cannot_have_is_refused_with_the_bound(dim):
    with pytest.raises(SpecError, match=r"side of 40; choose 1 <= dim <= 40"):
        block_lanczos(ThreadedGram(sparse(90, 40, 0.1, 11)), dim)


def test_products_in_parts_are_the_products():
    matrix = sparse(700, 90, 0.1, 12)
    block = np.random.default_rng(0).normal(size=(90, 7)).astype(np.float32)
    exact = matrix.toarray().astype(np.float64)
    np.testing.assert_allclose(product(matrix, block), exact @ block, rtol=1e-4, atol=1e-4)
    gram = ThreadedGram(matrix)
    np.testing.assert_allclose(gram(block), exact.T @ (exact @ block), rtol=1e-4, atol=1e-2)
    np.testing.assert_allclose(gram.inner(block), (exact @ block).T @ (exact @ block), rtol=1e-4, atol=1e-2)


def test_vectors_are_multiplied_with_themselves_and_turned_in_parts(monkeypatch):
    monkeypatch.setattr(products, "_ROWS", 7)
    random = np.random.default_rng(1)
    vectors, turn = random.normal(size=(50, 5)).astype(np.float32), random.normal(size=(5, 5)).astype(np.float32)
    np.testing.assert_allclose(inner_product(vectors), vectors.astype(np.float64).T @ vectors, rtol=1e-5)
    expected = vectors @ turn
    np.testing.assert_allclose(rotate_rows(vectors, turn[:, :3]), expected[:, :3], rtol=1e-5)
    turned = rotate_rows(vectors, turn)
    assert turned is vectors
    np.testing.assert_allclose(turned, expected, rtol=1e-5)
