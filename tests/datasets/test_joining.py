"""Joining: consecutive parts become whole columns, however long they turn out to be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.datasets.arrow import Columns
from ucf_core.datasets.joining import Joining


def part(start, length, *, timed=True):
    numbers = np.arange(start, start + length)
    return Columns(
        [numbers.astype(np.int32)],
        [(3 * numbers).astype(np.int64)],
        (numbers % 10 / 2).astype(np.float32),
        numbers * 1000 if timed else None,
        {},
    )


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), st.floats(0.01, 1), st.booleans())
def test_columns_are_those_of_the_parts_one_after_another_whatever_the_first_one_lets_expect(lengths, share, timed):
    joining, parts, start = Joining(), [], 0
    for length in lengths:
        parts.append(part(start, length, timed=timed))
        joining.add(parts[-1], share)
        start += length
    whole = joining.columns()
    assert [one.dtype for one in whole.users] == [np.int32] * len(lengths)
    np.testing.assert_array_equal(np.concatenate(whole.users), np.arange(start))
    np.testing.assert_array_equal(np.concatenate(whole.items), 3 * np.arange(start))
    assert whole.ratings.dtype == np.float32
    np.testing.assert_array_equal(whole.ratings, np.concatenate([one.ratings for one in parts]))
    if timed:
        np.testing.assert_array_equal(whole.timestamps, np.concatenate([one.timestamps for one in parts]))
    else:
        assert whole.timestamps is None


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_what_a_part_held_may_be_used_again_once_it_was_added(share):
    joining, first = Joining(), part(0, 8)
    joining.add(first, share)
    expected = first.ratings.copy()
    first.ratings[:] = -1
    first.timestamps[:] = -1
    whole = joining.columns()
    np.testing.assert_array_equal(whole.ratings, expected)
    np.testing.assert_array_equal(whole.timestamps, np.arange(8) * 1000)


def test_of_no_part_there_are_no_columns():
    assert Joining().columns() is None
