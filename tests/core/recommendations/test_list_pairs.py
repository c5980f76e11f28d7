"""Two lists lined up: by hand, and by loops over any two lists."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.recommendations.list_pairs import overlap_at, pair_lists

lists = st.lists(st.integers(0, 9), unique=True, max_size=8).map(lambda rows: np.array(rows, dtype=np.int64))


def test_two_lists_by_hand():
    pair = pair_lists(np.array([7, 3, 5]), np.array([3, 9, 7, 1]))
    assert pair.rows.tolist() == [7, 3, 5, 9, 1]
    assert pair.first.tolist() == [1, 2, 3, 0, 0]
    assert pair.second.tolist() == [3, 1, 0, 2, 4]
    assert pair.gained.tolist() == [-2, 1, 0, 0, 0]
    assert pair.within(1).rows.tolist() == [7, 3]
    assert pair.within(1).second.tolist() == [3, 1]
    assert pair.rows[pair.second == 0].tolist() == [5]
    assert pair.rows[pair.first == 0].tolist() == [9, 1]


@given(lists, lists, st.integers(1, 9))
def test_any_two_lists_agree_with_loops(first, second, n):
    pair = pair_lists(first, second)
    assert sorted(pair.rows.tolist()) == sorted(set(first.tolist()) | set(second.tolist()))
    for of, places in ((first.tolist(), pair.first), (second.tolist(), pair.second)):
        assert places.tolist() == [of.index(row) + 1 if row in of else 0 for row in pair.rows.tolist()]
    assert set(pair.rows[pair.in_both].tolist()) == set(first.tolist()) & set(second.tolist())
    top = set(first[:n].tolist()) | set(second[:n].tolist())
    assert set(pair.within(n).rows.tolist()) == top
    common = len(set(first[:n].tolist()) & set(second[:n].tolist()))
    assert overlap_at(first, second, n) == (common / min(n, first.size) if first.size else 1.0)
