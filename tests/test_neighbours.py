"""Neighbours against scikit-learn, and what two users share against loops over dictionaries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity
from toy import TOY, ratings_from, ratings_from_matrix

from ucf_core.base.errors import SpecError
from ucf_core.base.specs import EmbeddingSpec
from ucf_core.embedding.embedding import fit_embedding, unit_rows
from ucf_core.index.base import Hits
from ucf_core.index.exact import ExactIndex, SparseExactIndex
from ucf_core.neighbours.neighbours import Neighbours, agreement, compare_users, find_neighbours, without_self

tables = st.dictionaries(
    st.integers(1, 7),
    st.dictionaries(st.integers(1, 6), st.sampled_from([0.0, 0.5, 3.0, 5.0]), min_size=1),
    min_size=2,
)


def by_scikit_learn(similarities: np.ndarray, user: int, k: int) -> list[int]:
    others = [row for row in range(len(similarities)) if row != user]
    return sorted(others, key=lambda row: (-similarities[user, row], row))[:k]


def test_neighbours_in_the_embedding_agree_with_scikit_learn(clustered):
    vectors = fit_embedding(clustered.matrix, EmbeddingSpec(dim=20)).user_vectors
    units = unit_rows(vectors)
    similarities = cosine_similarity(vectors.astype(np.float64))
    index = ExactIndex(units)
    for user in range(0, clustered.n_users, 7):
        found = find_neighbours(clustered, index, units[[user]], user, k=12, ef=0)
        assert found.rows.tolist() == by_scikit_learn(similarities, user, 12)
        np.testing.assert_allclose(found.similarities, similarities[user, found.rows], atol=1e-6)


def test_neighbours_in_the_raw_space_agree_with_scikit_learn(clustered):
    similarities = cosine_similarity(clustered.matrix)
    index = SparseExactIndex(clustered.matrix)
    for user in range(0, clustered.n_users, 7):
        found = find_neighbours(clustered, index, clustered.matrix[[user]], user, k=12, ef=0)
        np.testing.assert_allclose(
            found.similarities, similarities[user, by_scikit_learn(similarities, user, 12)], atol=1e-6
        )
        np.testing.assert_allclose(found.similarities, similarities[user, found.rows], atol=1e-6)


def test_a_user_is_dropped_by_row_even_among_twins():
    """All six rows are equal, so the search returns the lowest rows, the user among them or not."""
    ratings = ratings_from_matrix(np.full((6, 3), 4.0))
    index = SparseExactIndex(ratings.matrix)
    found = {
        user: find_neighbours(ratings, index, ratings.matrix[[user]], user, k=2, ef=0).rows.tolist()
        for user in range(6)
    }
    assert found == {0: [1, 2], 1: [0, 2], 2: [0, 1], 3: [0, 1], 4: [0, 1], 5: [0, 1]}


def test_without_self_drops_the_user_or_else_the_last_of_each_query():
    hits = Hits(np.array([[4, 1, 2], [0, 1, 2], [2, 3, 4]], np.int32), np.array([[3, 2, 1]] * 3, np.float32), "exact")
    rows, similarities = without_self(hits, np.array([4, 1, 9]), 2)
    assert rows.tolist() == [[1, 2], [0, 2], [2, 3]]
    assert similarities.tolist() == [[2, 1], [3, 1], [3, 2]]


@pytest.mark.parametrize("k", [0, -1, 6, 50])
def test_k_beyond_the_other_users_is_refused_with_the_bounds(toy, k):
    with pytest.raises(SpecError, match=rf"k={k} exceeds the 5 other users; choose 1 <= k <= 5"):
        find_neighbours(toy, SparseExactIndex(toy.matrix), toy.matrix[[0]], 0, k=k, ef=0)


def test_all_other_users_can_be_neighbours(toy):
    found = find_neighbours(toy, SparseExactIndex(toy.matrix), toy.matrix[[2]], 2, k=5, ef=0)
    assert sorted(found.rows.tolist()) == [0, 1, 3, 4, 5]


def test_a_single_user_has_no_neighbours_and_is_told_so():
    ratings = ratings_from({1: {1: 5}})
    with pytest.raises(SpecError, match=r"1 user, and neighbours need at least 2; add users"):
        find_neighbours(ratings, SparseExactIndex(ratings.matrix), ratings.matrix[[0]], 0, k=1, ef=0)


@given(tables)
def test_agreement_and_comparison_agree_with_loops_over_dictionaries(table):
    ratings = ratings_from(table)
    users = sorted(table)
    others = np.arange(1, len(users), dtype=np.int32)
    found = agreement(Neighbours(ratings, 0, others, np.ones(others.size, np.float32), "exact"))
    for position, other in enumerate(users[1:]):
        mine, theirs = table[users[0]], table[other]
        shared = sorted(mine.keys() & theirs.keys())
        pair = compare_users(ratings, 0, position + 1)
        assert ratings.items.ids[pair.items].tolist() == shared
        assert pair.first.tolist() == [mine[item] for item in shared]
        assert pair.second.tolist() == [theirs[item] for item in shared]
        assert found.co_rated[position] == len(shared)
        if shared:
            difference = sum(abs(mine[item] - theirs[item]) for item in shared) / len(shared)
            assert found.mean_absolute_difference[position] == pytest.approx(difference)
            assert pair.mean_absolute_difference == pytest.approx(difference)
        else:
            assert np.isnan(found.mean_absolute_difference[position])
            assert pair.mean_absolute_difference is None


def test_agreement_of_no_neighbours_is_empty(toy):
    found = agreement(Neighbours(toy, 0, np.empty(0, np.int32), np.empty(0, np.float32), "exact"))
    assert found.co_rated.size == found.mean_absolute_difference.size == 0


def test_the_frame_has_raw_ids_and_what_is_shared(neighbours):
    frame = neighbours.to_frame()
    assert frame["user"].tolist() == [2, 3, 4, 6, 5]
    assert frame["similarity"].tolist() == [0.75, 0.5, 0.25, 0, -0.5]
    assert frame["co_rated"].tolist() == [len(TOY[1].keys() & TOY[user].keys()) for user in frame["user"]]
    np.testing.assert_array_equal(frame["mean_absolute_difference"], [1, 1, np.nan, 0, np.nan])


def test_without_leaves_one_neighbour_out_of_a_new_value(neighbours):
    fewer = neighbours.without(2)
    assert fewer.users.tolist() == [2, 4, 6, 5]
    assert fewer.similarities.tolist() == [0.75, 0.25, 0, -0.5]
    assert neighbours.k == 5
    assert neighbours.without(0).k == 5


def test_neighbours_are_read_only(neighbours):
    with pytest.raises(ValueError, match="read-only"):
        neighbours.rows[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        neighbours.similarities[0] = 1


def test_a_user_without_direction_has_neighbours_of_similarity_0():
    units = unit_rows(np.array([[0, 0], [1, 0], [0, 1]], dtype=np.float32))
    ratings = ratings_from({1: {1: 0}, 2: {1: 5}, 3: {2: 5}})
    found = find_neighbours(ratings, ExactIndex(units), units[[0]], 0, k=2, ef=0)
    assert found.rows.tolist() == [1, 2]
    assert not found.similarities.any()
