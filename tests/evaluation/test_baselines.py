"""Baselines on the toy ratings by hand; top unseen lists by sorting everything."""

import numpy as np
import pytest
from toy import ratings_from, ratings_from_matrix

from ucf_core.base.errors import SpecError
from ucf_core.base.specs import SplitSpec
from ucf_core.ratings.biases import fit_biases
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.evaluation.baselines import BASELINES, bias, item_mean, popular, random, top_unseen
from ucf_core.studies.evaluation.split import splits

# mean 3; item means 4, 1 and 2.5
SMALL = {1: {1: 5, 2: 1}, 2: {1: 3, 3: 2}, 3: {1: 4, 3: 3}}


@pytest.fixture
def part() -> Ratings:
    """A training part in which user 3 (row 2) and item 9 (row 3) have no rating left."""
    table = {1: {1: 5, 2: 1}, 2: {1: 3, 3: 2}, 3: {9: 5}}
    triples = [(user, item, rating) for user, row in table.items() for item, rating in row.items()]
    users, items, values = (np.array(column) for column in zip(*triples, strict=True))
    whole = Ratings.from_columns(users, items, values.astype(np.float32), np.array([1, 2, 3, 4, 5]))
    (split,) = splits(whole, SplitSpec(protocol="temporal", share=0.2))
    return split.train


def test_bias_is_the_sum_of_mean_and_offsets_within_the_scale(toy):
    fitted, baseline = fit_biases(toy.matrix), bias(toy)
    for user in range(toy.n_users):
        np.testing.assert_array_equal(baseline.scores(user), fitted.estimate(user))
        everything = np.arange(toy.n_items)
        predicted = baseline.predict(np.full(toy.n_items, user), everything)
        np.testing.assert_array_equal(predicted, np.clip(fitted.estimate(user), 1, 5))


def test_bias_predictions_are_clipped():
    ratings = ratings_from({user: dict.fromkeys(range(40), 5 if user < 20 else 1) for user in range(21)})
    lenient = ratings_from_matrix(np.array([[5.0] * 60, [5.0] * 60, [1.0] * 30 + [5.0] * 30]))
    for train in (ratings, lenient):
        grid = np.indices(train.matrix.shape).reshape(2, -1)
        predicted = bias(train).predict(*grid)
        assert predicted.min() >= 1
        assert predicted.max() <= 5
    assert max(bias(lenient).scores(0)) > 5


def test_bias_knows_nothing_of_the_unrated(part):
    baseline = bias(part)
    assert part.user_counts[2] == part.item_counts[3] == 0
    assert baseline.predict(np.array([2]), np.array([3])).tolist() == [part.mean]


def test_popular_counts_training_ratings(toy):
    assert popular(toy).scores(4).tolist() == [3, 2, 2, 2, 2, 1, 2, 2, 2]
    assert popular(toy).predict is None


def test_item_mean_by_hand():
    train = ratings_from(SMALL)
    np.testing.assert_allclose(item_mean(train, damping=0).scores(0), [4, 1, 2.5])
    np.testing.assert_allclose(item_mean(train, damping=2).scores(0), [18 / 5, 7 / 3, 11 / 4])
    predicted = item_mean(train, damping=2).predict(np.array([0, 2]), np.array([2, 0]))
    np.testing.assert_allclose(predicted, [11 / 4, 18 / 5])


@pytest.mark.parametrize("damping", [0, 5])
def test_an_item_without_ratings_has_the_mean_of_all(part, damping):
    assert item_mean(part, damping=damping).scores(0)[3] == pytest.approx(part.mean)


@pytest.mark.parametrize("damping", [-1, float("nan"), "5"])
def test_damping_out_of_range_is_refused(damping, toy):
    with pytest.raises(SpecError, match="damping="):
        item_mean(toy, damping=damping)


def test_random_orders_depend_on_the_seed_and_the_user_alone(toy):
    first, again, other = (random(toy, seed=seed) for seed in (1, 1, 2))
    first.scores(5)
    np.testing.assert_array_equal(first.scores(3), again.scores(3))
    assert not np.array_equal(first.scores(3), first.scores(4))
    assert not np.array_equal(first.scores(3), other.scores(3))
    with pytest.raises(SpecError, match="seed=-1"):
        random(toy, seed=-1)


def test_random_puts_every_item_first_equally_often():
    train = ratings_from_matrix(np.ones((1, 6)))
    firsts = np.bincount([random(train).scores(user).argmax() for user in range(3000)], minlength=6)
    # five standard deviations of a binomial count
    assert np.abs(firsts - 500).max() < 5 * np.sqrt(3000 * 1 / 6 * 5 / 6)


@pytest.mark.parametrize("name", BASELINES)
def test_lists_hold_the_best_scored_items_without_a_training_rating(name, toy):
    baseline = BASELINES[name](toy)
    assert baseline.name == name
    lists = top_unseen(baseline.scores, toy, np.arange(toy.n_users), 4)
    for user, shown in enumerate(lists.tolist()):
        scores, rated = baseline.scores(user), set(toy.row_of(user)[0].tolist())
        unseen = [item for item in range(toy.n_items) if item not in rated]
        assert shown == sorted(unseen, key=lambda item: (-scores[item], -toy.item_counts[item], item))[:4]


def test_equal_scores_break_by_training_ratings_then_by_row(toy):
    """User 1 has rated rows 0 and 1; of the others row 5 is rated by one, the rest by two."""
    lists = top_unseen(lambda _user: np.zeros(toy.n_items), toy, np.array([0]), 7)
    assert lists.tolist() == [[2, 3, 4, 6, 7, 8, 5]]


def test_short_lists_are_padded():
    """User 2 has rated items 1 and 3 of the three, user 1 items 1 and 2."""
    train = ratings_from(SMALL)
    lists = top_unseen(popular(train).scores, train, np.array([1, 0]), 3)
    assert lists.tolist() == [[1, -1, -1], [2, -1, -1]]
    assert lists.dtype == np.int32


def test_a_user_without_training_ratings_is_shown_anything(part):
    assert top_unseen(popular(part).scores, part, np.array([2]), 9)[0].tolist() == [0, 1, 2, 3, -1, -1, -1, -1, -1]


def test_a_list_of_no_items_is_refused(toy):
    with pytest.raises(SpecError, match="n=0 is out of range"):
        top_unseen(popular(toy).scores, toy, np.array([0]), 0)
