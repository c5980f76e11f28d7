"""The hybrid ranking against scikit-learn's ridge regression, and where it falls back to learned weights."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from test_sittings import by_a_loop

import ucf_core as ucf
from ucf_core.explorer.explorer import Explorer
from ucf_core.ratings.catalogue import Catalogue
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.hybrid import hybrid_weights
from ucf_core.recommendations.learned import learned_weights
from ucf_core.recommendations.neighbourhood import gather


def dated(ratings: Ratings, *, times=True, traits=True) -> Ratings:
    """The same ratings at random moments, of films with random years and genres."""
    random = np.random.default_rng(2)
    genres = [
        tuple(random.permutation(["Comedy", "Drama", "War"])[: random.integers(3)]) for _ in range(ratings.n_items)
    ]
    catalogue = Catalogue(
        [None] * ratings.n_items, random.integers(1950, 2020, ratings.n_items).astype(np.int16), genres
    )
    return replace(
        ratings,
        catalogue=catalogue if traits else ratings.catalogue,
        timestamps=random.integers(0, 500, ratings.n_ratings) if times else None,
    )


@pytest.fixture(scope="module")
def explorer(clustered) -> Explorer:
    return Explorer(dated(clustered), in_memory=True)


def by_scikit_learn(neighbourhood, ridge):
    """Weights of neighbours and of traits; penalties of their own by rescaled columns, damping by one more row each."""
    ratings = neighbourhood.neighbours.ratings
    rated = (ratings.matrix != 0).toarray().astype(float)
    rows, own = rated[neighbourhood.rows], rated[neighbourhood.neighbours.user]
    columns = np.vstack([rows, ratings.traits.matrix.toarray()])
    penalty = np.concatenate([np.full(len(rows), ridge), np.full(len(columns) - len(rows), 4.5)])
    damped = np.diag(np.concatenate([np.sqrt(rows.sum(axis=1)), np.zeros(len(columns) - len(rows))]))
    scale = 1 / np.sqrt(penalty)
    observed = np.vstack([columns.T, damped]) * scale
    target = np.concatenate([own, np.zeros(len(columns))])
    weights = Ridge(alpha=1.0, fit_intercept=False, solver="cholesky").fit(observed, target).coef_ * scale
    return weights[: len(rows)], weights[len(rows) :], own


@pytest.mark.parametrize("ridge", [0.5, 20.0, 200.0])
@pytest.mark.parametrize("row", [0, 57, 311])
def test_weights_are_a_ridge_regression_on_neighbours_and_traits_and_grow_with_the_sitting(explorer, row, ridge):
    neighbourhood = gather(explorer.neighbours(explorer.ratings.users.raw(row), k=25, engine="exact"))
    of_ratings, of_traits = hybrid_weights(neighbourhood, ridge)
    weights, traits, own = by_scikit_learn(neighbourhood, ridge)
    np.testing.assert_allclose(of_traits, traits @ explorer.ratings.traits.matrix.toarray(), atol=1e-6)
    ratings, block = explorer.ratings, neighbourhood.block
    times = np.concatenate(
        [ratings.timestamps[slice(*ratings.matrix.indptr[[row, row + 1]])] for row in neighbourhood.rows.tolist()]
    )
    nearby = by_a_loop(neighbourhood.owner, times, own[block.indices] > 0)
    assert nearby.max() > 0.5
    np.testing.assert_allclose(of_ratings, weights[neighbourhood.owner] * (1 + 2 * nearby), atol=1e-6)


def test_without_times_and_traits_it_is_the_learned_ranking(clustered):
    plain = Explorer(replace(clustered, timestamps=None), in_memory=True)
    assert plain.ratings.traits.matrix.nnz == 0
    neighbourhood = gather(plain.neighbours(plain.ratings.users.raw(3), k=25, engine="exact"))
    of_ratings, of_traits = hybrid_weights(neighbourhood, 20.0)
    np.testing.assert_allclose(of_ratings, learned_weights(neighbourhood, 20.0)[neighbourhood.owner], atol=1e-9)
    assert not of_traits.any()


@pytest.mark.parametrize(("times", "traits"), [(True, False), (False, True)])
def test_times_and_traits_each_work_without_the_other(clustered, times, traits):
    explorer = Explorer(dated(clustered, times=times, traits=traits), in_memory=True)
    user = explorer.ratings.users.raw(3)
    hybrid = explorer.recommend(user, k=25, ranking="hybrid")
    assert hybrid.items.size == 10
    assert not np.array_equal(hybrid.scores, explorer.recommend(user, k=25, ranking="learned").scores)


def test_a_score_is_the_sum_of_its_evidence_and_of_the_films_traits(explorer):
    user = explorer.ratings.users.raw(5)
    made = explorer.recommend(user, k=25, ranking="hybrid", n=8)
    assert made.items.size == 8
    for item, score, evidence in zip(made.item_ids.tolist(), made.scores, made.evidence, strict=True):
        told = explorer.explain(user, item, k=25, ranking="hybrid").score
        assert set(told.terms) == {"traits"}
        np.testing.assert_allclose(told.of_neighbours, evidence.weights)
        assert score == pytest.approx(evidence.weights.sum() + told.terms["traits"], abs=1e-8)
        assert score == pytest.approx(sum(part for _, part in told.parts), abs=1e-8)


def test_a_guest_with_the_ratings_of_a_user_gets_films_that_are_new_to_them(explorer):
    ratings = explorer.ratings
    items, values = ratings.row_of(3)
    guest = ucf.Guest.of(ratings, dict(zip(ratings.items.ids[items].tolist(), values.tolist(), strict=True)))
    made = explorer.recommend(guest, k=25, ranking="hybrid")
    assert made.items.size == 10
    assert not np.isin(made.items, items).any()


def test_judging_each_film_by_its_own_raters_is_refused(explorer):
    with pytest.raises(ucf.SpecError, match="'learned' or 'hybrid'"):
        explorer.recommend(explorer.ratings.users.raw(5), ranking="hybrid", neighbourhood="per_item")
