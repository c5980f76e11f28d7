"""Splits: nothing lost, nothing twice, rows and timestamps in their places; each protocol by hand or by counting."""

import json
import math
from dataclasses import FrozenInstanceError, asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare
from toy import checkerboard, ratings_from

from ucf_core.base.errors import SpecError
from ucf_core.base.specs import PROTOCOLS, SplitSpec
from ucf_core.ratings.ratings import Ratings
from ucf_core.studies.evaluation.split import Split, splits

tables = st.dictionaries(
    st.integers(1, 6),
    st.dictionaries(st.integers(1, 8), st.sampled_from([0.0, 0.5, 3.0, 5.0]), min_size=1),
    min_size=2,
)


def timed(table: dict, times: list | None = None) -> Ratings:
    """Ratings with timestamps that say which rating they belong to: 100 x user + item, unless given."""
    triples = [(user, item, rating) for user, row in sorted(table.items()) for item, rating in sorted(row.items())]
    users, items, values = (np.array(column) for column in zip(*triples, strict=True))
    stamps = 100 * users + items if times is None else np.array(times)
    return Ratings.from_columns(users, items, values.astype(np.float32), stamps.astype(np.int64))


def triples(ratings: Ratings) -> list[tuple]:
    coo = ratings.matrix.tocoo()
    return list(zip(coo.row.tolist(), coo.col.tolist(), coo.data.tolist(), strict=True))


def held_out(split: Split) -> list[tuple]:
    columns = (split.test_users, split.test_items, split.test_ratings)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def only(ratings: Ratings, **spec: object) -> Split:
    (split,) = splits(ratings, SplitSpec(**spec))
    return split


@given(tables, st.sampled_from(PROTOCOLS), st.integers(0, 3))
def test_every_rating_is_either_trained_on_or_held_out_and_keeps_its_place(table, protocol, seed):
    table[7] = {1: 1.0, 2: 2.0}  # so that every protocol has something to hold out
    whole = timed(table)
    for split in splits(whole, SplitSpec(protocol=protocol, folds=2, seed=seed)):
        train = split.train
        assert sorted(triples(train) + held_out(split)) == triples(whole)
        assert held_out(split) == sorted(held_out(split))
        assert 0 < len(held_out(split)) < whole.n_ratings
        assert (train.users, train.items, train.catalogue) == (whole.users, whole.items, whole.catalogue)
        assert train.matrix.shape == whole.matrix.shape
        assert train.matrix.has_canonical_format
        rows = np.repeat(np.arange(train.n_users), train.user_counts)
        stamps = 100 * train.users.ids[rows] + train.items.ids[train.matrix.indices]
        np.testing.assert_array_equal(train.timestamps, stamps)
        np.testing.assert_array_equal(
            split.test_matrix.toarray() + train.matrix.toarray(), whole.matrix.toarray(), strict=True
        )
        assert split.test_matrix.nnz == len(held_out(split))


@pytest.mark.parametrize("folds", [2, 3, 7, 18])
def test_kfold_tests_every_rating_once_in_folds_that_differ_by_one_at_most(folds, toy):
    parts = list(splits(toy, SplitSpec(folds=folds)))
    assert sorted(entry for part in parts for entry in held_out(part)) == triples(toy)
    sizes = [len(held_out(part)) for part in parts]
    assert sizes == [len(part) for part in np.array_split(np.arange(toy.n_ratings), folds)]


def test_kfold_draws_at_random():
    """Each of 10 ratings is in the first of two folds half of the time."""
    ratings = ratings_from({1: dict.fromkeys(range(5), 3.0), 2: dict.fromkeys(range(5), 3.0)})
    times = np.zeros((2, 5))
    for seed in range(500):
        first = next(splits(ratings, SplitSpec(folds=2, seed=seed)))
        times[first.test_users, first.test_items] += 1
    assert times.sum() == 2500
    assert chisquare(times.ravel()).pvalue > 1e-4


@pytest.mark.parametrize(
    ("share", "held"),
    [
        (0.2, [0, 1, 1, 1, 1, 2]),  # .2, .4, .6, 1, 1.4, 2
        (0.5, [0, 1, 2, 3, 4, 5]),  # .5, 1, 1.5, 2.5, 3.5, 5: halves go up
        (0.9, [0, 1, 2, 4, 6, 9]),  # .9, 1.8, 2.7, 4.5, 6.3, 9: one is left
        (0.999, [0, 1, 2, 4, 6, 9]),
        (0.001, [0, 1, 1, 1, 1, 1]),
    ],
)
def test_per_user_holdout_takes_the_share_of_every_user_and_leaves_one(share, held):
    ratings = ratings_from({n: dict.fromkeys(range(n), 4.0) for n in (1, 2, 3, 5, 7, 10)})
    split = only(ratings, protocol="per_user_holdout", share=share)
    assert np.bincount(split.test_users, minlength=6).tolist() == held
    assert split.train.user_counts.min() > 0


def test_per_user_holdout_draws_each_rating_of_a_user_equally_often():
    ratings = ratings_from({1: {9: 1.0}, 2: dict.fromkeys(range(5), 3.0), 3: dict.fromkeys(range(4), 2.0)})
    times = np.zeros((3, 6))
    for seed in range(1000):
        split = only(ratings, protocol="per_user_holdout", share=0.4, seed=seed)
        times[split.test_users, split.test_items] += 1
    assert times.sum(axis=1).tolist() == [0, 2000, 2000]
    assert chisquare(times[1, :5]).pvalue > 1e-4
    assert chisquare(times[2, :4]).pvalue > 1e-4


FIVE = {1: {1: 1.0, 2: 2.0}, 2: {1: 3.0, 2: 4.0, 3: 5.0}}


@pytest.mark.parametrize(
    ("times", "share", "tested"),
    [
        ([5, 1, 4, 2, 3], 0.4, [1, 3]),
        ([5, 1, 4, 2, 3], 0.001, [1]),  # at least one
        ([5, 1, 4, 2, 3], 0.999, [1, 3, 4, 5]),  # the first moment stays
        ([9, 9, 9, 2, 3], 0.2, [1, 2, 3]),  # all of the moment of the cut are held out
        ([9, 5, 5, 5, 3], 0.4, [1, 2, 3, 4]),
        ([9, 3, 3, 3, 3], 0.6, [1]),  # they would leave nothing to train on
        ([-9, -3, -5, -7, -8], 0.4, [2, 3]),  # before 1970
    ],
)
def test_temporal_holds_out_the_latest_by_hand(times, share, tested):
    split = only(timed(FIVE, times), protocol="temporal", share=share)
    assert sorted(split.test_ratings.tolist()) == tested
    stamp = dict(zip([1, 2, 3, 4, 5], times, strict=True))
    assert max(split.train.timestamps) < min(stamp[rating] for rating in tested)


def test_temporal_takes_no_account_of_the_seed():
    first, second = (only(timed(FIVE), protocol="temporal", seed=seed) for seed in (0, 1))
    assert held_out(first) == held_out(second)


def test_users_without_training_ratings_are_tested_and_counted():
    """Users 1 and 3 came after the cut; user 2 was there before."""
    table = {1: {1: 1.0, 2: 2.0}, 2: {1: 3.0, 2: 4.0}, 3: {4: 5.0}}
    split = only(timed(table, [8, 9, 1, 2, 7]), protocol="temporal", share=0.6)
    assert split.test_users.tolist() == [0, 0, 2]
    assert split.train.user_counts.tolist() == [0, 2, 0]
    assert split.train.item_counts.tolist() == [1, 1, 0]


@pytest.mark.parametrize("protocol", ["kfold", "per_user_holdout"])
def test_the_same_seed_gives_the_same_split_and_another_seed_another(protocol):
    ratings = checkerboard()
    draws = [
        [held_out(split) for split in splits(ratings, SplitSpec(protocol=protocol, seed=seed))] for seed in (0, 0, 1)
    ]
    assert draws[0] == draws[1]
    assert draws[0] != draws[2]


def test_a_training_part_has_a_fingerprint_of_its_own(toy):
    names = {toy.fingerprint} | {split.train.fingerprint for split in splits(toy, SplitSpec(folds=3))}
    assert len(names) == 4


def test_a_training_part_says_in_its_name_that_it_is_one(toy):
    assert only(toy, protocol="per_user_holdout").train.name == "ratings (training part)"


def test_arrays_of_a_split_are_read_only(toy):
    split = only(toy, protocol="per_user_holdout")
    for array in (split.test_users, split.test_items, split.test_ratings, split.train.matrix.data):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    assert [array.dtype for array in (split.test_users, split.test_items)] == [np.int32, np.int32]
    assert split.test_ratings.dtype == np.float32


def test_what_the_ratings_do_not_allow_is_refused_at_once(toy):
    with pytest.raises(SpecError, match="folds=30 exceeds the 18 ratings; choose folds <= 18"):
        splits(toy, SplitSpec(folds=30))
    with pytest.raises(SpecError, match="needs timestamps, and this dataset has none"):
        splits(toy, SplitSpec(protocol="temporal"))
    with pytest.raises(SpecError, match="all of one moment"):
        splits(timed(FIVE, [3] * 5), SplitSpec(protocol="temporal"))
    with pytest.raises(SpecError, match="needs a user with two ratings or more"):
        splits(ratings_from({1: {1: 4}, 2: {1: 3}}), SplitSpec(protocol="per_user_holdout"))


@pytest.mark.parametrize(("name", "low", "high"), [("folds", 2, 100), ("share", 0.001, 0.999), ("seed", 0, 2**31 - 1)])
def test_a_spec_takes_both_ends_of_a_range_and_nothing_beyond(name, low, high):
    assert getattr(SplitSpec(**{name: low}), name) == low
    assert getattr(SplitSpec(**{name: high}), name) == high
    for value in (low - 1, high + 1, math.nan, True, "5", None):
        with pytest.raises(SpecError, match=rf"{name}=.*choose {low:,} <= {name} <= {high:,}"):
            SplitSpec(**{name: value})


@pytest.mark.parametrize("value", ["nonsense", "KFOLD", "", None, 3])
def test_an_unknown_protocol_is_refused_and_the_known_ones_are_listed(value):
    with pytest.raises(SpecError, match="choose one of kfold, per_user_holdout, temporal"):
        SplitSpec(protocol=value)


def test_a_spec_is_frozen_hashable_keyword_only_and_json():
    spec = SplitSpec(folds=np.int64(3), share=np.float32(0.5), seed=np.int8(4))
    assert json.loads(json.dumps(asdict(spec))) == {"protocol": "kfold", "folds": 3, "share": 0.5, "seed": 4}
    assert hash(spec) == hash(SplitSpec(folds=3, share=0.5, seed=4))
    with pytest.raises(FrozenInstanceError):
        spec.seed = 1
    with pytest.raises(TypeError, match="positional"):
        SplitSpec("kfold")
