"""TitleIndex: finds titles by prefix and words, tolerating typos, missing accents and moved articles."""

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ucf_core.datasets.personal.edit_distance import LONGEST, NO_MATCH, WordTable
from ucf_core.datasets.personal.title_normalise import keys, keys_of_words, names, plain, words_of
from ucf_core.ratings.ratings import Ratings

# Levels of a match, best first. Digits that may begin the year add UNFINISHED_YEAR ("shrek 2" finds Shrek 2, then any
# Shrek of the 2000s), another year adds OTHER_YEAR. Edits are added to TYPO, so that typos come last.
EXACT, PREFIX, WORDS, UNFINISHED_YEAR, OTHER_YEAR, TYPO, NOTHING = 0, 1, 2, 3, 6, 8, 1_000
_YEAR = 4
_LAST = "\U0010ffff"  # sorts after every character
_MOST_WORDS = 12
_SHORT = 3


def allowed_edits(length: int) -> int:
    """How many edits count as typos in a word of this length."""
    return 0 if length < 3 else 1 if length < 8 else 2


@dataclass(frozen=True, eq=False)
class TitleHits:
    """Found titles, best first: item rows (n,) and their levels (n,)."""

    rows: NDArray[np.int64]
    levels: NDArray[np.int64]


class TitleIndex:
    """All titles of a dataset by name and by word. Read-only."""

    def __init__(self, ratings: Ratings) -> None:
        """Index the titles; items without a title are found by their id."""
        titles = [ratings.title(row) for row in range(ratings.n_items)]
        self.years = ratings.catalogue.years
        self._counts = ratings.item_counts
        whole = sorted({(key, row) for row, title in enumerate(titles) for name in names(title) for key in keys(name)})
        self.keys = [key for key, _ in whole]
        self.key_rows = np.array([row for _, row in whole], dtype=np.int64)
        rows_of: dict[str, list[int]] = {}
        for row, title in enumerate(titles):
            for word in words_of(title):
                rows_of.setdefault(word, []).append(row)
        self._words = sorted(rows_of)
        self._postings = np.array([row for word in self._words for row in rows_of[word]], dtype=np.int64)
        self._per_word = np.array([len(rows_of[word]) for word in self._words], dtype=np.int64)
        self._starts = [0, *np.cumsum(self._per_word).tolist()]
        self._table = WordTable(self._words)

    @cached_property
    def key_table(self) -> WordTable:
        """`keys` for edit distances."""
        return WordTable(self.keys)

    def search(self, query: str, *, n: int = 10) -> TitleHits:
        """The n best matches: exact, prefix, words, words with typos; ties by popularity.

        A year at the end or the beginning may be the film's year: "heat 1995". Roman numerals are digits.
        """
        words = plain(query).split()[:_MOST_WORDS]
        levels = np.full(len(self.years), NOTHING, dtype=np.int64)
        for typos in (False, True) if words else ():
            np.minimum(levels, self._levels(words, typos), out=levels)
            for rest, digits in _year_readings(words):
                of_year = self.years // 10 ** (_YEAR - len(digits)) == int(digits)
                found = self._levels(rest, typos) if rest else np.where(of_year, WORDS, NOTHING)
                within = 0 if len(digits) == _YEAR else UNFINISHED_YEAR
                np.minimum(levels, found + np.where(of_year, within, OTHER_YEAR), out=levels)
            if np.count_nonzero(levels <= TYPO) >= n:
                break
        found = np.flatnonzero(levels < NOTHING)
        order = found[np.lexsort((found, -self._counts[found], levels[found]))][:n]
        return TitleHits(order, levels[order])

    def with_key(self, key: str, *, beginning: bool = False) -> NDArray[np.int64]:
        """Rows of the titles with this key, or with a key that begins with it."""
        stop = key + _LAST if beginning else key + "\0"
        return self.key_rows[bisect_left(self.keys, key) : bisect_left(self.keys, stop)]

    def _levels(self, words: list[str], typos: bool) -> NDArray[np.int64]:
        """(n_items,) the level at which each title matches these words."""
        levels = np.full(len(self.years), NOTHING, dtype=np.int64)
        edits = self._edits(words, typos)
        levels[edits == 0] = WORDS
        mistyped = (edits > 0) & (edits < NO_MATCH)
        levels[mistyped] = TYPO + edits[mistyped]
        wanted = keys_of_words(" ".join(words))
        for beginning, level in ((True, PREFIX), (False, EXACT)):
            for key in wanted:
                levels[self.with_key(key, beginning=beginning)] = level
        return levels

    def _edits(self, words: list[str], typos: bool) -> NDArray[np.int64]:
        """(n_items,) edits to turn `words` into words of the title; the last may be a prefix of one."""
        total = np.zeros(len(self.years), dtype=np.int64)
        for number, word in enumerate(words, 1):
            edits = np.full(len(self.years), NO_MATCH, dtype=np.int64)
            unfinished = number == len(words)
            if typos and (most := allowed_edits(len(word))) and len(word) <= LONGEST:
                # almost any three letters are one edit from a prefix
                distances = self._table.distances(word, most, prefixes=unfinished and len(word) > _SHORT)
                for distance in range(most, 0, -1):
                    edits[self._postings[np.repeat(distances == distance, self._per_word)]] = distance
            first = bisect_left(self._words, word)
            last = bisect_left(self._words, word + (_LAST if unfinished else "\0"))
            edits[self._postings[self._starts[first] : self._starts[last]]] = 0
            total = np.minimum(total + edits, NO_MATCH)
        return total


def _year_readings(words: list[str]) -> list[tuple[list[str], str]]:
    """Possible years in a query, perhaps unfinished: the other words, and the digits."""
    readings = [(words[:-1], words[-1])]
    if len(words) > 1 and len(words[0]) == _YEAR:
        readings.append((words[1:], words[0]))
    return [(rest, year) for rest, year in readings if re.fullmatch(r"[12][0-9]{0,3}", year)]
