"""A guest with a user's own ratings is answered as that user is; bad profiles are refused."""

import numpy as np
import pytest
from toy import ratings_from

from ucf_core.base.errors import SpecError, UnknownIdError
from ucf_core.base.specs import WEIGHTINGS, QuerySpec
from ucf_core.embedding.embedding import unit_rows
from ucf_core.explorer.explorer import Explorer
from ucf_core.explorer.guest_search import guest_vectors
from ucf_core.ratings.biases import fit_biases
from ucf_core.ratings.guest import Guest, guest_bias, with_guest
from ucf_core.ratings.ratings import Ratings
from ucf_core.recommendations.recommendation import recommend
from ucf_core.recommendations.rules import RULES
from ucf_core.recommendations.scoring import ScoringSpec

USERS = [1, 7, 200, 399]
SPACES = [QuerySpec(weighting=weighting, space=space) for weighting in WEIGHTINGS for space in ("svd", "raw")]


@pytest.fixture(scope="module")
def explorer(clustered: Ratings) -> Explorer:
    return Explorer(clustered, in_memory=True)


def twin(ratings: Ratings, user: int) -> Guest:
    items, values = ratings.row_of(ratings.users.row(user))
    return Guest.of(ratings, dict(zip(ratings.items.ids[items].tolist(), values.tolist(), strict=True)))


def dense(vectors) -> np.ndarray:
    return vectors if isinstance(vectors, np.ndarray) else vectors.toarray()


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("query", SPACES, ids=str)
def test_a_users_own_row_is_folded_into_that_users_vector(explorer, user, query):
    guest = twin(explorer.ratings, user)
    own = explorer.builds.vectors(query, np.array([explorer.ratings.users.row(user)]))
    np.testing.assert_allclose(dense(guest_vectors(explorer.builds, guest, query)), dense(own), atol=2e-5)


def test_folding_in_with_fewer_dimensions_takes_a_prefix(explorer):
    guest = twin(explorer.ratings, 7)
    whole = explorer.builds.embedding().fold_in(guest.row(explorer.ratings.n_items))
    found = guest_vectors(explorer.builds, guest, QuerySpec(dim=16))
    np.testing.assert_allclose(found, unit_rows(whole[:, :16]), atol=1e-6)


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("query", SPACES, ids=str)
def test_a_guest_with_a_users_ratings_has_that_user_as_nearest_neighbour(explorer, user, query):
    found = explorer.neighbours(twin(explorer.ratings, user), query, k=5, engine="exact")
    assert found.users[0] == user
    assert found.similarities[0] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("ranking", RULES)
@pytest.mark.parametrize("aggregation", ["baseline_offset", "mean", "learned"])
@pytest.mark.parametrize("query", SPACES, ids=str)
def test_once_that_user_is_left_out_the_recommendations_are_the_same(explorer, query, ranking, aggregation):
    ratings, scoring = explorer.ratings, ScoringSpec(ranking=ranking, aggregation=aggregation)
    guest, row = twin(ratings, 7), ratings.users.row(7)
    others = explorer.neighbours(guest, query, k=11, engine="exact").without(row)
    own = explorer.neighbours(7, query, k=10, engine="exact")
    np.testing.assert_array_equal(others.rows, own.rows)
    made = recommend(others, with_guest(explorer.builds.biases, guest), scoring, n=20)
    expected = recommend(own, explorer.builds.biases, scoring, n=20)
    np.testing.assert_allclose(made.scores, expected.scores, atol=1e-4)
    np.testing.assert_allclose(made.predicted_ratings, expected.predicted_ratings, atol=1e-4)
    # the cosines differ in their last bits, which may swap equal scores
    assert dict(zip(made.items.tolist(), made.support.tolist(), strict=True)) == dict(
        zip(expected.items.tolist(), expected.support.tolist(), strict=True)
    )


def test_every_question_to_an_explorer_may_be_a_guests(explorer):
    ratings = explorer.ratings
    guest, twin_profile = twin(ratings, 7), explorer.profile(7)
    profile = explorer.profile(guest)
    assert (profile.count, profile.mean, profile.genres) == (
        twin_profile.count,
        twin_profile.mean,
        twin_profile.genres,
    )
    made = explorer.recommend(guest, k=20, n=5)
    assert made.user == ratings.n_users
    assert not np.isin(made.items, guest.items).any()
    predicted = explorer.predict(guest, made.item_ids[0], k=20)
    assert predicted.rating == pytest.approx(made.predicted_ratings[0])
    assert predicted.support == made.support[0] == made.evidence[0].users.size
    inspected = explorer.inspect(guest, k=20)
    assert inspected.exact.users[0] == 7
    assert explorer.neighbours(guest, k=20).to_frame()["co_rated"][0] == guest.items.size


def test_with_the_scope_per_item_every_user_may_have_a_say(explorer):
    """k raters of each item at most, the nearest; a guest leaves nobody out."""
    ratings, guest = explorer.ratings, twin(explorer.ratings, 7)
    made = explorer.recommend(guest, k=3, n=20, neighbourhood="per_item")
    assert made.items.size == 20
    cosines = explorer.builds.units(QuerySpec()) @ guest_vectors(explorer.builds, guest, QuerySpec())[0]
    nearest_first = np.argsort(-cosines, kind="stable")
    for item, evidence in zip(made.items.tolist(), made.evidence, strict=True):
        rated = ratings.matrix[:, [item]].toarray()[:, 0] > 0
        assert evidence.users.tolist() == [row for row in nearest_first if rated[row] and cosines[row] > 0][:3]


def test_the_guests_bias_is_the_users_own(clustered):
    biases = fit_biases(clustered.matrix)
    for user in USERS:
        assert guest_bias(twin(clustered, user), biases) == pytest.approx(biases.user[clustered.users.row(user)])


def test_the_guests_bias_by_hand():
    """Everybody gives 3, so nothing is left of it; the guest gives 5 to one film: (5 - 3) / (15 + 1)."""
    ratings = ratings_from({user: {1: 3, 2: 3} for user in range(4)} | {9: {3: 5, 4: 1}})
    biases = fit_biases(ratings.matrix)
    guest = Guest.of(ratings, {1: 5})
    expected = (5 - biases.mean - biases.item[0]) / 16
    assert guest_bias(guest, biases) == pytest.approx(expected)
    assert with_guest(biases, guest).estimate(ratings.n_users)[0] == pytest.approx(
        biases.mean + biases.item[0] + expected
    )


def test_the_arrays_of_a_guest_are_read_only(clustered):
    guest = twin(clustered, 7)
    with pytest.raises(ValueError, match="read-only"):
        guest.given[0] = 1


def test_a_profile_without_ratings_is_refused(clustered):
    with pytest.raises(SpecError, match="a profile of 0 ratings has no neighbours; rate at least 1 film"):
        Guest.of(clustered, {})


@pytest.mark.parametrize("rating", [0.0, 5.5, float("nan"), float("inf")])
def test_a_rating_off_the_scale_is_refused(rating):
    ratings = ratings_from({1: {1: 0.5, 2: 5}, 2: {1: 3}})
    with pytest.raises(SpecError, match=r"rating .* of item 1 is off the scale .* choose 0.5 <= rating <= 5"):
        Guest.of(ratings, {1: rating})


def test_an_unknown_item_is_refused():
    with pytest.raises(UnknownIdError, match="item '99' is not in this dataset"):
        Guest.of(ratings_from({1: {1: 3}}), {99: 3})


@pytest.mark.parametrize("items", [[2, 1], [1, 1], [1, 2, 3]])
def test_items_that_do_not_ascend_or_lack_a_rating_are_refused(items):
    with pytest.raises(SpecError, match="ascending row numbers"):
        Guest(np.array(items, dtype=np.int32), np.ones(2, dtype=np.float32))


def test_more_neighbours_than_others_are_refused(explorer):
    with pytest.raises(SpecError, match="k=400 exceeds the 399 other users"):
        explorer.neighbours(twin(explorer.ratings, 7), k=400)
