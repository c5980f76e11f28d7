"""Exact search against scikit-learn, in dense and in sparse form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.sparse import csr_array
from sklearn.metrics.pairwise import cosine_similarity
from toy import csr

from ucf_core.embedding.embedding import unit_rows
from ucf_core.index import exact
from ucf_core.index.base import top_k
from ucf_core.index.exact import ExactIndex, SparseExactIndex, unit_sparse_rows


@given(
    hnp.arrays(np.float32, st.integers(1, 30), elements=st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0])),
    st.integers(1, 35),
)
def test_top_k_is_a_stable_full_sort(similarities, k):
    expected = sorted(range(similarities.size), key=lambda position: (-similarities[position], position))[:k]
    assert top_k(similarities, k).tolist() == expected


def test_rows_are_those_of_a_full_sort_of_scikit_learns_similarities():
    values = np.random.default_rng(0).normal(size=(300, 20)).astype(np.float32)
    expected = np.argsort(-cosine_similarity(values), axis=1)[:, :15]
    hits = ExactIndex(unit_rows(values)).search(unit_rows(values), k=15)
    np.testing.assert_array_equal(hits.rows, expected)
    assert (hits.engine, hits.ef) == ("exact", None)


def test_sparse_rows_are_those_of_a_full_sort_of_scikit_learns_similarities():
    rng = np.random.default_rng(0)
    values = np.where(rng.random((200, 60)) < 0.4, rng.random((200, 60)), 0).astype(np.float32)
    expected = np.argsort(-cosine_similarity(values), axis=1)[:, :15]
    hits = SparseExactIndex(csr(values)).search(csr(values), k=15)
    np.testing.assert_array_equal(hits.rows, expected)
    assert (hits.engine, hits.ef) == ("exact", None)


def test_negative_similarities_are_found_last():
    units = unit_rows(np.array([[1, 0], [-1, 0], [0, 1], [1, 1]], dtype=np.float32))
    hits = ExactIndex(units).search(units[[0]], k=4)
    assert hits.rows.tolist() == [[0, 3, 2, 1]]
    np.testing.assert_allclose(hits.similarities, [[1, 2**-0.5, 0, -1]], atol=1e-7)


def test_users_without_a_shared_item_have_similarity_0_and_ascend_by_row():
    hits = SparseExactIndex(csr([[5, 0, 0], [0, 3, 0], [0, 0, 1], [1, 0, 0]])).search(csr([[2, 0, 0]]), k=4)
    assert hits.rows.tolist() == [[0, 3, 1, 2]]
    assert hits.similarities.tolist() == [[1, 1, 0, 0]]


@pytest.mark.parametrize("block_bytes", [1, 4 * 100 * 7, 2**30])
def test_the_size_of_a_block_changes_nothing(monkeypatch, block_bytes):
    units = unit_rows(np.random.default_rng(0).normal(size=(100, 33)).astype(np.float32))
    expected = ExactIndex(units).search(units, k=5)
    monkeypatch.setattr(exact, "_BLOCK_BYTES", block_bytes)
    found = ExactIndex(units).search(units, k=5)
    np.testing.assert_array_equal(found.rows, expected.rows)
    np.testing.assert_array_equal(found.similarities, expected.similarities)


def test_sparse_rows_are_scaled_to_length_1_without_touching_the_original():
    matrix = csr_array((np.array([3, 4, 0, 7], np.float32), [0, 2, 1, 0], [0, 2, 3, 3, 4]), shape=(4, 3))
    units = unit_sparse_rows(matrix)
    np.testing.assert_allclose(units.toarray(), [[0.6, 0, 0.8], [0, 0, 0], [0, 0, 0], [1, 0, 0]])
    assert matrix.data.tolist() == [3, 4, 0, 7]
