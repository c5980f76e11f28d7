"""Edit distances to many words at once, against the plain dynamic programme."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.datasets.personal.edit_distance import LONGEST, NO_MATCH, WordTable

WORDS = st.text("abcé", max_size=7)


def osa(first: str, second: str) -> int:
    """Optimal string alignment, cell by cell."""
    d = np.zeros((len(first) + 1, len(second) + 1), dtype=int)
    d[:, 0], d[0, :] = range(len(first) + 1), range(len(second) + 1)
    for i, a in enumerate(first, 1):
        for j, b in enumerate(second, 1):
            d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                d[i, j] = min(d[i, j], d[i - 2, j - 2] + 1)
    return int(d[-1, -1])


@given(st.text("abcéz", min_size=1, max_size=7), st.lists(WORDS, min_size=1, max_size=8), st.integers(0, 3))
def test_distances_are_those_of_the_dynamic_programme(word, words, most):
    exact = [osa(word, other) for other in words]
    expected = [distance if distance <= most else NO_MATCH for distance in exact]
    assert WordTable(words).distances(word, most).tolist() == expected


@given(st.text("abcéz", min_size=1, max_size=7), st.lists(WORDS, min_size=1, max_size=8), st.integers(0, 3))
def test_with_prefixes_the_nearest_beginning_counts(word, words, most):
    exact = [min(osa(word, other[:n]) for n in range(len(other) + 1)) for other in words]
    expected = [distance if distance <= most else NO_MATCH for distance in exact]
    assert WordTable(words).distances(word, most, prefixes=True).tolist() == expected


@pytest.mark.parametrize(
    ("other", "edits"), [("matrix", 0), ("matrx", 1), ("mattrix", 1), ("matrox", 1), ("mtarix", 1)]
)
def test_a_letter_missing_doubled_wrong_or_swapped_is_one_edit(other, edits):
    assert WordTable([other]).distances("matrix", 2).tolist() == [edits]


def test_only_the_words_asked_for_are_looked_at():
    words = WordTable(["heat", "hart", "heart"])
    assert words.distances("heat", 2, among=np.array([False, True, True])).tolist() == [NO_MATCH, 2, 1]
    assert words.distances("heat", 2, among=np.zeros(3, dtype=bool)).tolist() == [NO_MATCH] * 3


def test_no_words_have_no_distances():
    assert WordTable([]).distances("heat", 2).size == 0


def test_the_longest_words_are_compared_to_their_last_letter():
    word = "ab" * 40
    assert WordTable([word[: LONGEST - 1] + "x"]).distances(word[:LONGEST], 1).tolist() == [1]
