"""All neighbours by block, held against the indexes that answer one user at a time, and against scikit-learn."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity
from toy import csr

from ucf_core.base.specs import HnswSpec
from ucf_core.embedding.embedding import unit_rows
from ucf_core.index.exact import ExactIndex, SparseExactIndex
from ucf_core.index.hnsw.index import HnswIndex
from ucf_core.neighbours.neighbours import without_self
from ucf_core.studies.all_neighbours import blocks
from ucf_core.studies.all_neighbours.blocks import DensePairs, IndexPairs, SparsePairs


def sparse_values(n_rows: int, n_columns: int, seed: int = 0, density: float = 0.1) -> np.ndarray:
    """Ratings with twins (3, 50 and the last row), a row of zeros (7) and one that shares nothing with others (9)."""
    rng = np.random.default_rng(seed)
    values = np.where(rng.random((n_rows, n_columns)) < density, rng.integers(1, 11, (n_rows, n_columns)) / 2, 0)
    values[50] = values[-1] = values[3]
    values[:, -1] = 0
    values[7] = values[9] = 0
    values[9, -1] = 4
    return values.astype(np.float32)


def indexed(index, queries, k: int) -> tuple:
    users = np.arange(index.n_rows)
    return without_self(index.search(queries, k=k + 1, ef=0), users, k)


def assert_same(found: tuple, expected: tuple) -> None:
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])
    assert [array.dtype for array in found] == [np.int32, np.float32]


@pytest.mark.parametrize("k", [1, 2, 10, 299])
@pytest.mark.parametrize("density", [0.02, 0.1, 0.5])
def test_sparse_pairs_are_those_of_sparse_exact_search_to_the_digit(k, density):
    matrix = csr(sparse_values(300, 60, density=density))
    assert_same(SparsePairs(matrix)(0, 300, k), indexed(SparseExactIndex(matrix), matrix, k))


@pytest.mark.parametrize("k", [1, 2, 10, 299])
def test_dense_pairs_are_those_of_exact_search_to_the_digit(k):
    units = unit_rows(sparse_values(300, 24, density=0.8))
    assert_same(DensePairs(units)(0, 300, k), indexed(ExactIndex(units), units, k))


@pytest.mark.parametrize("kind", ["sparse", "dense"])
def test_both_are_those_of_a_full_sort_of_scikit_learns_cosines(kind):
    values = np.random.default_rng(1).random((400, 40)).astype(np.float32)
    cosines = cosine_similarity(values)
    np.fill_diagonal(cosines, -2)
    rows, similarities = (SparsePairs(csr(values)) if kind == "sparse" else DensePairs(unit_rows(values)))(0, 400, 12)
    np.testing.assert_array_equal(rows, np.argsort(-cosines, axis=1, kind="stable")[:, :12])
    np.testing.assert_allclose(similarities, -np.sort(-cosines, axis=1)[:, :12], atol=1e-6)


@pytest.mark.parametrize("step", [1, 7, 64, 300])
@pytest.mark.parametrize("kind", ["sparse", "dense"])
def test_how_the_users_are_cut_into_blocks_changes_nothing(kind, step):
    values = sparse_values(300, 40, density=0.3)
    pairs = SparsePairs(csr(values)) if kind == "sparse" else DensePairs(unit_rows(values))
    pieces = [pairs(start, min(start + step, 300), 9) for start in range(0, 300, step)]
    assert_same(tuple(np.concatenate(piece) for piece in zip(*pieces, strict=True)), pairs(0, 300, 9))


def test_a_user_without_positive_cosines_is_given_the_first_other_rows():
    rows, similarities = SparsePairs(csr(sparse_values(300, 60)))(7, 10, 8)
    assert rows[0].tolist() == [0, 1, 2, 3, 4, 5, 6, 8]
    assert rows[2].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert not similarities[[0, 2]].any()


def test_twins_come_first_by_row_and_never_the_user():
    values = sparse_values(300, 60)
    for pairs in (SparsePairs(csr(values)), DensePairs(unit_rows(values))):
        rows, similarities = pairs(50, 51, 3)
        assert rows[0, :2].tolist() == [3, 299]
        np.testing.assert_allclose(similarities[0, :2], 1, atol=1e-6)
        assert 50 not in rows


def test_twins_beyond_k_are_cut_by_row():
    values = np.ones((3000, 3), dtype=np.float32)
    for pairs in (SparsePairs(csr(values)), DensePairs(unit_rows(values))):
        rows, similarities = pairs(2, 4, 3)
        assert rows.tolist() == [[0, 1, 3], [0, 1, 2]]
        np.testing.assert_allclose(similarities, 1, atol=1e-6)


def test_negative_ratings_have_negative_cosines_below_the_zeros():
    matrix = csr([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [1, 1, 0]])
    rows, similarities = SparsePairs(matrix)(0, 1, 3)
    assert rows.tolist() == [[3, 2, 1]]
    np.testing.assert_allclose(similarities, [[0.5**0.5, 0, -1]], atol=1e-6)


@pytest.mark.parametrize(("n_rows", "k"), [(4000, 5), (4000, 50), (4003, 50), (801, 50), (60, 50), (60, 60), (1, 1)])
@pytest.mark.parametrize("chunk", [7, 32, 100, 5000])
@pytest.mark.parametrize("slack", [0.0, 0.01])
def test_contenders_are_all_that_reach_the_kth_largest_less_the_slack(n_rows, k, chunk, slack):
    cosines = np.random.default_rng(0).normal(size=(n_rows, 20)).astype(np.float32).round(2) / 4
    contenders = blocks._Contenders(n_rows, n_rows + 20, k, slack)
    for first in range(0, n_rows, chunk):
        contenders.add(first, cosines[first : first + chunk].copy())
    for column, (rows, values) in zip(cosines.T, contenders.of_each(), strict=True):
        cut = np.sort(column)[-k] - np.float32(slack)
        np.testing.assert_array_equal(rows, np.flatnonzero(column >= cut))
        np.testing.assert_array_equal(values, column[rows])


def test_cosines_beyond_1_are_rounding_and_compete_with_1():
    cosines = np.array([[1], [1.0000001], [0.5], [1.0000002], [1]], dtype=np.float32)
    contenders = blocks._Contenders(9, 10, 2, 0.0)
    contenders.add(0, cosines)
    assert [rows.tolist() for rows, _ in contenders.of_each()] == [[0, 1, 3, 4]]


@pytest.mark.parametrize("chunk", [1, 33, 100, 299])
def test_the_size_of_a_chunk_changes_nothing(monkeypatch, chunk):
    values = sparse_values(300, 40, density=0.3)
    for make in (lambda: SparsePairs(csr(values)), lambda: DensePairs(unit_rows(values))):
        expected = make()(40, 104, 9)
        with monkeypatch.context() as patch:
            patch.setattr(blocks, "_CHUNK", chunk)
            assert_same(make()(40, 104, 9), expected)


def test_an_index_is_asked_for_one_more_and_the_user_is_dropped(clustered_units):
    index = HnswIndex.build(clustered_units, HnswSpec())
    rows, similarities = IndexPairs(index, clustered_units, ef=400, step=100)(100, 200, 10)
    expected = DensePairs(clustered_units)(100, 200, 10)
    np.testing.assert_array_equal(rows, expected[0])
    np.testing.assert_allclose(similarities, expected[1], atol=1e-6)


def test_many_threads_get_what_one_gets():
    values = sparse_values(300, 40, density=0.3)
    for pairs in (SparsePairs(csr(values)), DensePairs(unit_rows(values))):
        with ThreadPoolExecutor(8) as pool:
            pieces = list(pool.map(lambda start, pairs=pairs: pairs(start, start + 10, 9), range(0, 300, 10)))
        assert_same(tuple(np.concatenate(piece) for piece in zip(*pieces, strict=True)), pairs(0, 300, 9))
