"""Recommendations on the toy ratings by hand, on a checkerboard by reasoning, on random ones by a loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from test_prediction import neighbourhoods
from test_ranking import BY_HAND
from toy import TOY, checkerboard, ratings_from

from ucf_core.base.errors import SpecError
from ucf_core.index.exact import SparseExactIndex
from ucf_core.neighbours.neighbours import Neighbours, find_neighbours
from ucf_core.ratings.biases import fit_biases
from ucf_core.recommendations.neighbourhood import gather
from ucf_core.recommendations.recommendation import gather_evidence, recommend
from ucf_core.recommendations.rules import RULES
from ucf_core.recommendations.scoring import NOTEBOOK_SCORING, ScoringSpec


@pytest.mark.parametrize("ranking", BY_HAND)
@pytest.mark.parametrize("n", [1, 3, 6, 9])
def test_the_toy_lists_by_hand(neighbours, biases, ranking, n):
    found = recommend(neighbours, biases, ScoringSpec(ranking=ranking, shrinkage=1), n=n)
    assert found.item_ids.tolist() == list(BY_HAND[ranking])[:n]
    np.testing.assert_allclose(found.scores, list(BY_HAND[ranking].values())[:n], atol=1e-9)


def test_support_and_predicted_ratings_of_the_toy_list_by_hand(neighbours, biases):
    found = recommend(neighbours, biases, ScoringSpec(shrinkage=1), n=9)
    assert found.item_ids.tolist() == [80, 30, 50, 60, 40, 90]
    assert found.support.tolist() == [2, 2, 2, 1, 1, 1]
    expected = [4 + 1.9375 / 2.25, 3.5 + 0.3125 / 2.25, 3.75 - 0.1875 / 2, 2 + 2 / 1.5, 4.1, 4.1]
    np.testing.assert_allclose(found.predicted_ratings, expected, atol=1e-9)


def test_min_support_leaves_items_out(neighbours, biases):
    found = recommend(neighbours, biases, ScoringSpec(min_support=2), n=9)
    assert found.item_ids.tolist() == [80, 30, 50]
    assert not recommend(neighbours, biases, ScoringSpec(min_support=3), n=9).items.size


@pytest.mark.parametrize("n", [1, 2, 3, 4, 9])
def test_a_film_whose_raters_weigh_nothing_has_no_mean_and_no_place_and_takes_nobodys(neighbours, biases, n):
    """User 4 shares no film with user 1, so under significance 40 and 90 have no mean, and 50 that of user 2 alone."""
    found = recommend(neighbours, biases, ScoringSpec(ranking="predicted", significance=1), n=n)
    assert found.item_ids.tolist() == [80, 60, 30, 50][:n]
    np.testing.assert_allclose(found.scores, [5, 5, 3.2, 3][:n], atol=1e-9)


def test_the_evidence_of_the_toy_list_by_hand(neighbours, biases):
    found = recommend(neighbours, biases, ScoringSpec(), n=9)
    evidence = {
        item: list(zip(behind.users.tolist(), behind.similarities.tolist(), behind.ratings.tolist(), strict=True))
        for item, behind in zip(found.item_ids.tolist(), found.evidence, strict=True)
    }
    assert evidence == {
        80: [(1, 0.75, 5), (2, 0.5, 5)],
        30: [(1, 0.75, 4), (2, 0.5, 2)],
        50: [(1, 0.75, 3), (3, 0.25, 5)],
        60: [(2, 0.5, 5)],
        40: [(3, 0.25, 5)],
        90: [(3, 0.25, 5)],
    }


def test_evidence_leaves_out_neighbours_without_a_say(neighbours):
    """Item 70 was rated by users 5 and 6 alone, whose similarities are negative and 0; item 10 by users 2 and 6."""
    for_70, for_10 = gather_evidence(gather(neighbours), np.array([6, 0]))
    assert for_70.users.size == 0
    assert for_10.users.tolist() == [1]


def learned_by_dense_algebra(neighbours: Neighbours, ridge: float) -> np.ndarray:
    """B^T (B B^T + diag(B B^T) + ridge I)^-1 B b, where an entry that is stored is 1, whatever the rating."""
    matrix = neighbours.ratings.matrix
    rated = csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape).toarray()
    rows, own = rated[neighbours.rows[neighbours.similarities > 0]], rated[neighbours.user]
    gram = rows @ rows.T
    return rows.T @ np.linalg.solve(gram + np.diag(np.diag(gram)) + ridge * np.eye(len(rows)), rows @ own)


@given(neighbourhoods(), st.sampled_from(tuple(RULES)), st.integers(1, 3))
def test_lists_agree_with_a_loop_over_all_items(neighbours, ranking, min_support):
    ratings = neighbours.ratings
    biases = fit_biases(ratings.matrix)
    shrinkage = 0.5
    scoring = ScoringSpec(ranking=ranking, min_support=min_support, shrinkage=shrinkage)
    found = recommend(neighbours, biases, scoring, n=ratings.n_items)
    own = set(ratings.row_of(neighbours.user)[0].tolist())
    learned = learned_by_dense_algebra(neighbours, scoring.ridge)
    entries = []
    for item in set(range(ratings.n_items)) - own:
        behind = [
            (sim, float(ratings.matrix[row, item]))
            for row, sim in zip(neighbours.rows.tolist(), neighbours.similarities.tolist(), strict=True)
            if sim > 0 and ratings.matrix[row, item] > 0
        ]
        if len(behind) < min_support:
            continue
        similarity, weighted = sum(sim for sim, _ in behind), sum(sim * rating for sim, rating in behind)
        estimate = biases.mean + biases.user[neighbours.user] + biases.item[item]
        score = {
            "similarity_sum": similarity,
            "weighted_ratings": weighted,
            "predicted": weighted / similarity,
            "damped": (weighted + shrinkage * estimate) / (similarity + shrinkage),
            "learned": learned[item],
            "hybrid": learned[item],  # these ratings have no times, and their items no traits
        }[ranking]
        popularity = int((ratings.matrix.indices == item).sum())
        entries.append((-round(score, 9), -len(behind), -popularity, item))
    entries.sort()
    assert found.items.tolist() == [entry[-1] for entry in entries]
    np.testing.assert_allclose(found.scores, [-entry[0] for entry in entries], atol=1e-9)
    assert found.support.tolist() == [-entry[1] for entry in entries]


@given(neighbourhoods())
def test_the_evidence_adds_up_to_the_scores(neighbours):
    biases = fit_biases(neighbours.ratings.matrix)
    for ranking, total in {
        "similarity_sum": lambda sims, values: sims.sum(),
        "weighted_ratings": lambda sims, values: (sims * values).sum(),
        "predicted": lambda sims, values: (sims * values).sum() / sims.sum(),
    }.items():
        found = recommend(neighbours, biases, ScoringSpec(ranking=ranking), n=neighbours.ratings.n_items)
        for score, support, behind in zip(found.scores, found.support, found.evidence, strict=True):
            assert behind.users.size == support
            assert np.all(np.diff(behind.similarities) <= 0)
            sims, values = behind.similarities.astype(np.float64), behind.ratings.astype(np.float64)
            assert score == pytest.approx(total(sims, values), abs=1e-8)


@given(neighbourhoods(), st.sampled_from(tuple(RULES)))
def test_rated_items_are_never_recommended(neighbours, ranking):
    ratings = neighbours.ratings
    found = recommend(neighbours, fit_biases(ratings.matrix), ScoringSpec(ranking=ranking), n=ratings.n_items)
    assert not np.isin(found.items, ratings.row_of(neighbours.user)[0]).any()


@pytest.mark.parametrize("ranking", RULES)
def test_on_a_checkerboard_the_one_item_left_out_is_recommended(ranking):
    ratings = checkerboard()
    index, biases = SparseExactIndex(ratings.matrix), fit_biases(ratings.matrix)
    for user in range(ratings.n_users):
        neighbours = find_neighbours(ratings, index, ratings.matrix[[user]], user, k=9, ef=0)
        assert set(neighbours.rows % 2) == {user % 2}
        found = recommend(neighbours, biases, ScoringSpec(ranking=ranking), n=5)
        assert found.items.tolist() == [((user // 2) * 2 + user % 2) % 10]
        np.testing.assert_allclose(found.predicted_ratings, [4])


def test_a_user_with_one_rating_gets_recommendations():
    ratings = ratings_from(TOY | {7: {80: 5}})
    index = SparseExactIndex(ratings.matrix)
    neighbours = find_neighbours(ratings, index, ratings.matrix[[6]], 6, k=3, ef=0)
    assert neighbours.users.tolist() == [3, 2, 1]  # cosines 5 / sqrt(55), 5 / sqrt(75), 0
    found = recommend(neighbours, fit_biases(ratings.matrix), ScoringSpec(), n=9)
    assert sorted(found.item_ids.tolist()) == [10, 20, 30, 50, 60]


def test_a_user_whose_ratings_are_all_equal_gets_finite_scores():
    ratings = ratings_from(TOY | {7: {10: 3, 20: 3, 30: 3}})
    index, biases = SparseExactIndex(ratings.matrix), fit_biases(ratings.matrix)
    neighbours = find_neighbours(ratings, index, ratings.matrix[[6]], 6, k=6, ef=0)
    for ranking in RULES:
        found = recommend(neighbours, biases, ScoringSpec(ranking=ranking), n=9)
        assert sorted(found.item_ids.tolist()) == [50, 60, 70, 80]  # of users 2, 3 and 6; the others share nothing
        assert np.isfinite(found.scores).all()
        assert np.isfinite(found.predicted_ratings).all()


def test_without_a_weighing_neighbour_nothing_is_recommended(toy, biases):
    nobody = Neighbours(toy, 0, np.array([4], np.int32), np.array([-0.5], np.float32), "exact")
    found = recommend(nobody, biases, ScoringSpec(), n=5)
    assert found.items.size == found.scores.size == len(found.evidence) == 0
    assert found.to_frame().empty


@pytest.mark.parametrize("n", [0, -1, 10, 1000])
def test_n_out_of_bounds_is_refused_with_the_bounds(neighbours, biases, n):
    with pytest.raises(SpecError, match=rf"n={n} is out of range for 9 items; choose 1 <= n <= 9"):
        recommend(neighbours, biases, ScoringSpec(), n=n)


def test_the_notebooks_scoring_orders_by_its_own_predictions(neighbours, biases):
    found = recommend(neighbours, biases, NOTEBOOK_SCORING, n=9)
    np.testing.assert_allclose(found.scores, found.predicted_ratings, atol=1e-9)


def test_the_frame_has_titles_years_and_genres(neighbours, biases):
    frame = recommend(neighbours, biases, ScoringSpec(), n=3).to_frame()
    assert frame["rank"].tolist() == [1, 2, 3]
    assert frame["item"].tolist() == [80, 30, 50]
    assert frame["title"].tolist() == ["Item 80 (no title)", "Thirty", "Fifty"]
    assert frame["year"].isna().tolist() == [True, True, False]
    assert frame["year"][2] == 2002
    assert frame["genres"].tolist() == ["", "", "Action"]
