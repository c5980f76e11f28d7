"""What came, went and moved between two lists, by hand."""

import numpy as np
import pytest

from ucf_core.recommendations.lists import list_change


@pytest.mark.parametrize(
    ("old", "new", "came", "went", "stayed", "moved"),
    [
        ([1, 2, 3], [1, 2, 3], [], [], [1, 2, 3], [0, 0, 0]),
        ([1, 2, 3], [3, 2, 1], [], [], [3, 2, 1], [2, 0, -2]),
        ([1, 2, 3], [9, 1, 3], [9], [2], [1, 3], [-1, 0]),
        ([1, 2], [8, 9], [8, 9], [1, 2], [], []),
        ([], [5], [5], [], [], []),
        ([5], [], [], [5], [], []),
    ],
)
def test_list_change(old, new, came, went, stayed, moved):
    change = list_change(np.array(old, dtype=np.int64), np.array(new, dtype=np.int64))
    assert change.came.tolist() == came
    assert change.went.tolist() == went
    assert change.stayed.tolist() == stayed
    assert change.moved.tolist() == moved
