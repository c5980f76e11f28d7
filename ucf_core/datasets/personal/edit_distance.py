"""Edit distances of one word to many at once.

Bit-parallel optimal string alignment (Hyyrö 2003), vectorised over the words: an inserted, deleted, replaced or
transposed letter counts 1. A column of the distance matrix is the bits of one integer.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LONGEST = 63  # characters compared: one bit each, and one spare
NO_MATCH = 99


class WordTable:
    """Words stored by position of their letters, for edit distances."""

    def __init__(self, words: Sequence[str]) -> None:
        """Store `words`, each up to its first LONGEST characters."""
        lengths = np.array([min(len(word), LONGEST) for word in words], dtype=np.int64)
        self._longest_first = np.argsort(-lengths, kind="stable")
        self._lengths = lengths[self._longest_first]
        text = np.array(list(words) or [""], dtype=f"U{LONGEST}")
        letters = text.view(np.uint32).reshape(len(text), LONGEST)[: len(words)]
        self._alphabet, codes = np.unique(letters, return_inverse=True)
        codes = codes.reshape(letters.shape)[self._longest_first, : int(lengths.max(initial=0))]
        self._codes = np.ascontiguousarray(codes.T.astype(np.uint16))

    def distances(
        self, word: str, most: int, *, prefixes: bool = False, among: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Edits from `word` (1 to LONGEST characters) to each word, (n_words,) int64; NO_MATCH for more than `most`.

        With `prefixes`, edits to the nearest prefix of each word. `among` (n_words,) selects words.
        """
        m = len(word)
        found = np.full(len(self._lengths), NO_MATCH, dtype=np.int64)
        wanted = self._lengths >= m - most
        if not prefixes:
            wanted &= self._lengths <= m + most
        if among is not None:
            wanted &= among[self._longest_first]
        places = np.flatnonzero(wanted)
        if not places.size:
            return found
        lengths = np.minimum(self._lengths[places], m + most)
        # longest first: how many words have an n-th letter
        still = [int(np.searchsorted(-lengths, -column, side="right")) for column in range(1, int(lengths[0]) + 1)]
        # the positions of each letter of the alphabet in `word`, as bits
        letters, bits = np.array([ord(letter) for letter in word]), np.uint64(1) << np.arange(m, dtype=np.uint64)
        table = ((self._alphabet[:, None] == letters) * bits).sum(axis=1, dtype=np.uint64)
        columns = [table[self._codes[n, places[:count]]] for n, count in enumerate(still)]
        scores = self._scores(columns, places.size, m, prefixes)
        found[self._longest_first[places]] = np.where(scores <= most, scores, NO_MATCH)
        return found

    @staticmethod
    def _scores(columns: list[NDArray[np.uint64]], count: int, m: int, prefixes: bool) -> NDArray[np.int64]:
        """The last row of the distance matrix: at the end of each word, or its minimum over the prefixes."""
        one, last = np.uint64(1), np.uint64(1 << (m - 1))
        plus = np.full(count, np.uint64(2**64 - 1))
        minus, diagonal, before = (np.zeros(count, dtype=np.uint64) for _ in range(3))
        scores = np.full(count, m, dtype=np.int64)
        best = scores.copy()
        for equal in columns:
            count = len(equal)
            plus, minus, diagonal, before = plus[:count], minus[:count], diagonal[:count], before[:count]
            swapped = ((~diagonal & equal) << one) & before
            diagonal = (((equal & plus) + plus) ^ plus) | equal | minus | swapped
            up, down = minus | ~(diagonal | plus), diagonal & plus
            scores[:count] += ((up & last) != 0).astype(np.int64) - ((down & last) != 0)
            if prefixes:
                np.minimum(best[:count], scores[:count], out=best[:count])
            up = (up << one) | one
            plus, minus = (down << one) | ~(diagonal | up), up & diagonal
            before = equal
        return best if prefixes else scores
