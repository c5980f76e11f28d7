"""What every neighbour index must do, whatever its engine."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity
from toy import csr

from ucf_core.base.errors import SpecError
from ucf_core.base.specs import HnswSpec
from ucf_core.embedding.embedding import unit_rows
from ucf_core.index.exact import ExactIndex, SparseExactIndex
from ucf_core.index.hnsw.index import HnswIndex
from ucf_core.index.sparse_hnsw import SparseHnswIndex


def with_duplicates(n_rows: int, n_columns: int, seed: int) -> np.ndarray:
    """Random non-negative rows; rows 5, 40 and the last are the same, and row 7 is zero."""
    values = np.random.default_rng(seed).integers(0, 6, size=(n_rows, n_columns)).astype(np.float32)
    values[40] = values[-1] = values[5]
    values[7] = 0
    values[values.sum(axis=1) == 0, 0] = 1
    values[7] = 0
    return values


class IndexContract:
    """Subclasses give `make(values)`: an index over the rows of a dense matrix, and the rows as queries."""

    def make(self, values: np.ndarray) -> tuple:
        raise NotImplementedError

    @pytest.fixture(params=[(60, 12), (187, 47), (506, 123)], ids=str)
    def values(self, request) -> np.ndarray:
        return with_duplicates(*request.param, seed=request.param[0])

    def test_similarities_are_those_of_the_rows_found(self, values):
        index, queries = self.make(values)
        hits = index.search(queries[[0, 5, 20]], k=10, ef=len(values))
        expected = cosine_similarity(values[[0, 5, 20]], values)
        np.testing.assert_allclose(hits.similarities, np.take_along_axis(expected, hits.rows, axis=1), atol=2e-6)

    def test_the_exact_neighbours_are_found_where_the_search_is_exhaustive(self, values):
        index, queries = self.make(values)
        hits = index.search(queries[[0, 5, 20]], k=10, ef=len(values))
        best = np.sort(cosine_similarity(values[[0, 5, 20]], values), axis=1)[:, ::-1][:, :10]
        np.testing.assert_allclose(hits.similarities, best, atol=2e-6)

    def test_hits_have_the_promised_shape_and_types(self, values):
        index, queries = self.make(values)
        hits = index.search(queries[[1, 2, 3]], k=4, ef=20)
        assert hits.rows.shape == hits.similarities.shape == (3, 4)
        assert hits.rows.dtype == np.int32
        assert hits.similarities.dtype == np.float32
        assert index.n_rows == len(values)

    def test_hits_are_distinct_descending_and_equals_ascend_by_row(self, values):
        index, queries = self.make(values)
        hits = index.search(queries[np.arange(50)], k=len(values) // 2, ef=len(values))
        for rows, similarities in zip(hits.rows, hits.similarities, strict=True):
            assert len(set(rows.tolist())) == rows.size
            steps = np.diff(similarities)
            assert np.all(steps <= 0)
            assert np.all(np.diff(rows)[steps == 0] > 0)

    def test_equal_rows_have_equal_similarities(self, values):
        index, queries = self.make(values)
        hits = index.search(queries[np.arange(30)], k=len(values), ef=len(values))
        for rows, similarities in zip(hits.rows, hits.similarities, strict=True):
            twins = np.isin(rows, [5, 40, len(values) - 1])
            assert np.unique(similarities[twins]).size == 1

    def test_a_row_finds_itself_and_its_twins_by_row(self, values):
        index, queries = self.make(values)
        for row in (5, 40, len(values) - 1):
            hits = index.search(queries[[row]], k=3, ef=len(values))
            assert hits.rows[0].tolist() == [5, 40, len(values) - 1]
            np.testing.assert_allclose(hits.similarities, 1, atol=1e-6)

    def test_similarities_stay_within_minus_1_and_1(self, values):
        index, queries = self.make(values)
        hits = index.search(queries[np.arange(len(values))], k=len(values), ef=len(values))
        assert hits.similarities.min() >= -1
        assert hits.similarities.max() <= 1

    def test_a_row_of_zeros_has_similarity_0_to_all_rows(self, values):
        index, queries = self.make(values)
        hits = index.search(queries[[7]], k=5, ef=len(values))
        assert not hits.similarities.any()
        all_rows = index.search(queries[[0]], k=len(values), ef=len(values))
        assert all_rows.similarities[all_rows.rows == 7] == 0

    def test_many_queries_at_once_equal_the_same_queries_one_by_one(self, values):
        index, queries = self.make(values)
        together = index.search(queries[np.arange(50)], k=9, ef=30)
        for row in range(50):
            alone = index.search(queries[[row]], k=9, ef=30)
            np.testing.assert_array_equal(together.rows[row], alone.rows[0])
            np.testing.assert_array_equal(together.similarities[row], alone.similarities[0])

    def test_k_may_be_1_and_as_large_as_the_index(self, values):
        index, queries = self.make(values)
        assert index.search(queries[[0]], k=1, ef=10).rows.tolist() == [[0]]
        assert sorted(index.search(queries[[0]], k=len(values), ef=10).rows[0].tolist()) == list(range(len(values)))

    @pytest.mark.parametrize("beyond", [0, -3, 1])
    def test_k_out_of_bounds_is_refused_with_the_bounds(self, values, beyond):
        index, queries = self.make(values)
        k = len(values) + beyond if beyond > 0 else beyond
        with pytest.raises(SpecError, match=rf"k={k} is out of range.*; choose 1 <= k <= {len(values)}"):
            index.search(queries[[0]], k=k, ef=10)

    def test_many_threads_get_what_one_gets(self, values):
        index, queries = self.make(values)
        rows = np.arange(len(values))
        expected = [index.search(queries[[row]], k=8, ef=16) for row in rows]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda row: index.search(queries[[row]], k=8, ef=16), rows))
        for one, other in zip(expected, found, strict=True):
            np.testing.assert_array_equal(one.rows, other.rows)
            np.testing.assert_array_equal(one.similarities, other.similarities)


class TestExactIndex(IndexContract):
    def make(self, values: np.ndarray) -> tuple:
        units = unit_rows(values)
        return ExactIndex(units), units


class TestSparseExactIndex(IndexContract):
    def make(self, values: np.ndarray) -> tuple:
        return SparseExactIndex(csr(values)), csr(values)


class TestHnswIndex(IndexContract):
    def make(self, values: np.ndarray) -> tuple:
        units = unit_rows(values)
        return HnswIndex.build(units, HnswSpec(M=16, ef_construction=300)), units


class TestSparseHnswIndex(IndexContract):
    def make(self, values: np.ndarray) -> tuple:
        return SparseHnswIndex.build(csr(values), HnswSpec(M=16, ef_construction=300)), csr(values)
