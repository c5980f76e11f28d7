"""Ratings: from columns in any order to one sparse matrix with an identity."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import TOY, TOY_ITEMS, ratings_from, toy_ratings

from ucf_core.base.errors import DatasetError
from ucf_core.ratings import ratings as ratings_module
from ucf_core.ratings.catalogue import Catalogue, ItemInfo
from ucf_core.ratings.ids import IdMap
from ucf_core.ratings.ratings import Ratings

entries = st.lists(
    st.tuples(st.integers(-3, 3), st.integers(0, 4), st.sampled_from([0.0, 0.5, 3.0, 5.0]), st.integers(0, 3)),
    min_size=1,
    max_size=40,
)


def columns(rows: list, *, with_timestamps: bool = True) -> dict:
    users, items, values, timestamps = zip(*rows, strict=True)
    return {
        "users": np.array(users),
        "items": np.array(items),
        "ratings": np.array(values, dtype=np.float64),
        "timestamps": np.array(timestamps) if with_timestamps else None,
    }


def contents(ratings: Ratings) -> dict:
    """{(user, item): (rating, timestamp)}, read entry by entry."""
    found = {}
    matrix = ratings.matrix
    for row in range(ratings.n_users):
        for at in range(matrix.indptr[row], matrix.indptr[row + 1]):
            stamp = None if ratings.timestamps is None else int(ratings.timestamps[at])
            found[ratings.users.raw(row), ratings.items.raw(matrix.indices[at])] = (float(matrix.data[at]), stamp)
    return found


@given(entries)
def test_the_last_of_duplicates_by_timestamp_wins(rows):
    expected = {}
    for user, item, rating, stamp in rows:
        if (user, item) not in expected or stamp >= expected[user, item][1]:
            expected[user, item] = (rating, stamp)
    ratings = Ratings.from_columns(**columns(rows))
    assert contents(ratings) == expected
    assert ratings.report.n_read == len(rows)
    assert ratings.report.n_duplicates == len(rows) - len(expected)
    assert ratings.n_ratings == len(expected)


@given(entries)
def test_the_last_of_duplicates_in_order_wins_without_timestamps(rows):
    expected = {(user, item): (rating, None) for user, item, rating, _ in rows}
    assert contents(Ratings.from_columns(**columns(rows, with_timestamps=False))) == expected


@given(entries)
def test_the_matrix_is_canonical_csr_of_float32_and_int32(rows):
    matrix = Ratings.from_columns(**columns(rows)).matrix
    assert matrix.data.dtype == np.float32
    assert matrix.indices.dtype == np.int32
    assert matrix.indptr[-1] == matrix.nnz == matrix.data.size
    for row in range(matrix.shape[0]):
        assert np.all(np.diff(matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]) > 0)


@given(entries, st.randoms(use_true_random=False))
def test_the_fingerprint_does_not_depend_on_row_order(rows, random):
    distinct = list({(user, item): (user, item, rating, stamp) for user, item, rating, stamp in rows}.values())
    shuffled = distinct.copy()
    random.shuffle(shuffled)
    first, second = (Ratings.from_columns(**columns(each)) for each in (distinct, shuffled))
    assert first.fingerprint == second.fingerprint


def test_the_fingerprint_names_the_contents_and_not_the_name(toy):
    assert re.fullmatch("[0-9a-f]{32}", toy.fingerprint)
    assert toy_ratings().fingerprint == toy.fingerprint
    base = {"users": np.array([1, 1, 2]), "items": np.array([1, 2, 1]), "ratings": np.array([1.0, 2.0, 3.0])}
    variants = [
        base,
        base | {"users": np.array([1, 1, 3])},
        base | {"users": np.array(["1", "1", "2"])},
        base | {"items": np.array([1, 3, 1])},
        base | {"ratings": np.array([1.0, 2.0, 3.5])},
        base | {"items": np.array([1, 2, 2])},
        base | {"timestamps": np.array([1, 2, 3])},
        base | {"timestamps": np.array([1, 2, 4])},
        base | {"known_items": {1: ItemInfo("One")}},
        base | {"known_items": {1: ItemInfo("One", 1990)}},
        base | {"known_items": {1: ItemInfo("One", genres=("Drama",))}},
    ]
    assert len({Ratings.from_columns(**variant).fingerprint for variant in variants}) == len(variants)
    named = Ratings.from_columns(**base, name="another")
    assert named.fingerprint == Ratings.from_columns(**base).fingerprint


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.array([1, 2], np.int32), np.array([1, 2], np.int64)),
        (np.array([1, 10**9], np.int32), np.array([1, 10**9], np.int64)),
        (np.array(["a", "bb"], "U2"), np.array(["a", "bb"], "U40")),
    ],
)
def test_the_fingerprint_does_not_depend_on_how_a_column_stored_its_ids(first, second):
    same = [Ratings.from_columns(ids, np.array([1, 2]), np.array([3.0, 4.0])) for ids in (first, second)]
    assert same[0].fingerprint == same[1].fingerprint


def test_an_explicit_zero_is_a_rating():
    ratings = ratings_from({1: {1: 0, 2: 5}, 2: {1: 0}})
    assert contents(ratings) == {(1, 1): (0, None), (1, 2): (5, None), (2, 1): (0, None)}
    assert ratings.n_ratings == 3
    assert ratings.item_counts.tolist() == [2, 1]
    assert ratings.scale == (0, 5)


def test_counts_scale_and_rows_of_the_toy_ratings(toy):
    assert (toy.n_users, toy.n_items, toy.n_ratings) == (6, 9, 18)
    assert toy.user_counts.tolist() == [2, 4, 4, 3, 3, 2]
    assert toy.item_counts.tolist() == [3, 2, 2, 2, 2, 1, 2, 2, 2]
    assert toy.scale == (1, 5)
    for row, user in enumerate(TOY):
        items, values = toy.row_of(row)
        assert dict(zip(toy.items.ids[items].tolist(), values.tolist(), strict=True)) == TOY[user]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=30), st.booleans())
def test_sorted_columns_are_recognised_however_many_are_looked_at_at_once(pairs, in_order):
    pairs = sorted(set(pairs)) if in_order else pairs
    users, items = (np.array(column, dtype=np.int32) for column in zip(*pairs, strict=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ratings_module, "_IN_CACHE", 3)
        assert ratings_module._ascends(users, items) == (pairs == sorted(set(pairs)))


def test_an_item_without_a_title_says_so(toy):
    assert toy.title(0) == "Ten"
    assert toy.title(8) == "Item 90 (no title)"
    assert toy.report.n_untitled == 9 - len(TOY_ITEMS)


@pytest.mark.parametrize("name", ["data", "indices", "indptr"])
def test_the_matrix_is_read_only(toy, name):
    with pytest.raises(ValueError, match="read-only"):
        getattr(toy.matrix, name)[0] = 1


def test_timestamps_are_read_only_and_the_columns_of_the_caller_stay_writeable():
    given_columns = columns([(1, 1, 3.0, 5), (2, 1, 4.0, 6)])
    ratings = Ratings.from_columns(**given_columns)
    assert not ratings.timestamps.flags.writeable
    assert all(column.flags.writeable for column in given_columns.values())


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e39, -1e300])
def test_a_rating_that_float32_cannot_hold_is_refused(bad):
    with pytest.raises(DatasetError, match="films holds a rating that is not a finite number"):
        Ratings.from_columns(np.array([1, 2]), np.array([1, 1]), np.array([3.0, bad]), name="films")


def test_no_rows_are_refused():
    none = np.array([], dtype=np.int64)
    with pytest.raises(DatasetError, match="films holds no ratings; at least one is needed"):
        Ratings.from_columns(none, none, none.astype(np.float32), name="films")


@pytest.mark.parametrize("short", ["users", "items", "ratings", "timestamps"])
def test_columns_of_different_lengths_are_refused(short):
    given_columns = columns([(1, 1, 3.0, 5), (2, 1, 4.0, 6)])
    given_columns[short] = given_columns[short][:1]
    with pytest.raises(DatasetError, match="differ in length"):
        Ratings.from_columns(**given_columns)


def test_a_matrix_that_does_not_fit_its_ids_is_refused(toy):
    with pytest.raises(DatasetError, match=r"shape \(6, 9\) does not fit 1 users, 9 items"):
        Ratings(toy.matrix, IdMap(np.array([1]), "user"), toy.items, toy.catalogue)
    short = Catalogue([None], np.zeros(1, np.int16), [()])
    with pytest.raises(DatasetError, match="a catalogue of 1"):
        Ratings(toy.matrix, toy.users, toy.items, short)
