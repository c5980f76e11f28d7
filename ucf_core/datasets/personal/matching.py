"""Matches the films of an export to those of a dataset."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ucf_core.datasets.personal.edit_distance import LONGEST, NO_MATCH
from ucf_core.datasets.personal.exports import Export, RatedFilm
from ucf_core.datasets.personal.title_normalise import keys, names, plain
from ucf_core.datasets.personal.title_search import TitleIndex, allowed_edits
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings

How: TypeAlias = Literal["id", "exact", "series", "no year", "other year", "typo"]
"""By id; by title and year; "exact" but a series in the export; by title alone; by title, one or two years apart;
by a title with one or two typos."""

CERTAIN: tuple[How, ...] = ("id", "exact")
MOST_TYPOS = 500  # titles that are looked up with typos: a millisecond each
_YEARS_APART, _YEARS_APART_TYPO = 2, 1  # that catalogues differ by for one film: festival and release
_LONGEST_TITLE = 300
_MOST_STEPS = 100  # with more distinct ratings, any number of the scale can be given
_ROMAN = frozenset(("ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"))


@dataclass(frozen=True)
class Match:
    """A line of an export with its film: item row, rating on the dataset's scale, how it was found."""

    film: RatedFilm
    row: int
    rating: float
    how: How


@dataclass(frozen=True)
class Matching:
    """The films of an export in a dataset, in the order of the export.

    `replaced` are ratings dropped for a more certain or later one of the same film; `untried` counts those of
    `unmatched` not looked up with typos, beyond MOST_TYPOS.
    """

    matches: tuple[Match, ...]
    replaced: tuple[Match, ...]
    unmatched: tuple[RatedFilm, ...]
    untried: int = 0

    def rated(self, ratings: Ratings) -> dict[RawId, float]:
        """Ratings by raw item id, for a Guest."""
        return {ratings.items.raw(match.row): match.rating for match in self.matches}


def match_export(export: Export, ratings: Ratings, index: TitleIndex) -> Matching:
    """Find each film by its id, else by its title and year, else through typos."""
    latest: dict[int, Match] = {}
    replaced, unmatched = [], []
    tried = 0
    for film in export.films:
        found = _by_id(film, ratings) or _by_title(film, index, ratings)
        if found is None and film.title:
            tried += 1
            found = _by_typo(film, index, ratings) if tried <= MOST_TYPOS else None
        if found is None:
            unmatched.append(film)
            continue
        row, how = found
        if film.series and how == "exact":
            how = "series"
        match = Match(film, row, on_scale(film.rating, export.source.scale, ratings), how)
        if row in latest:
            worse, match = sorted((latest[row], match), key=_priority)
            replaced.append(worse)
        latest[row] = match
    matches = sorted(latest.values(), key=lambda match: match.film.line)
    return Matching(tuple(matches), tuple(replaced), tuple(unmatched), max(0, tried - MOST_TYPOS))


def _by_id(film: RatedFilm, ratings: Ratings) -> tuple[int, How] | None:
    """The film with this id, unless its title shows that the id is of another catalogue."""
    # `profile_csv` may have put an apostrophe before an id
    for raw in (film.item, (film.item or "").removeprefix("'")):
        if raw and raw in ratings.items:
            row = ratings.items.row(raw)
            wanted, there = _keys(film), {key for name in names(ratings.title(row)) for key in keys(name)}
            if not wanted or not ratings.catalogue.titles[row] or wanted & there:
                return row, "id"
    return None


def _by_title(film: RatedFilm, index: TitleIndex, ratings: Ratings) -> tuple[int, How] | None:
    rows = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *map(index.with_key, sorted(_keys(film)))]))
    if not rows.size:
        return None
    years = index.years[rows].astype(np.int64)
    if film.year is None:
        row = _most_popular(rows, ratings)
        return row, "exact" if rows.size == 1 else "no year"
    apart = np.where(years == 0, _YEARS_APART + 1, np.abs(years - film.year))
    nearest = int(apart.min())
    if nearest <= _YEARS_APART:
        return _most_popular(rows[apart == nearest], ratings), "other year" if nearest else "exact"
    dateless = rows[years == 0]
    return (_most_popular(dateless, ratings), "no year") if dateless.size else None


def _by_typo(film: RatedFilm, index: TitleIndex, ratings: Ratings) -> tuple[int, How] | None:
    years = index.years[index.key_rows].astype(np.int64)
    apart = np.zeros(len(years), dtype=np.int64) if film.year is None else np.abs(years - film.year)
    best: tuple[int, int, int, int] | None = None
    for key in sorted(_keys(film)):
        most = allowed_edits(len(key))
        if not most or len(key) > LONGEST:
            continue
        edits = index.key_table.distances(key, most, among=apart <= _YEARS_APART_TYPO)
        for place in np.flatnonzero(edits < NO_MATCH).tolist():
            row = int(index.key_rows[place])
            found = (int(edits[place]), int(apart[place]), -int(ratings.item_counts[row]), row)
            if (best is None or found < best) and _numbers(film.title or "") == _numbers(ratings.title(row)):
                best = found
    return (best[3], "typo") if best else None


def _keys(film: RatedFilm) -> set[str]:
    titles = [title for title in (film.title, film.other_title) if title]
    return {key for title in titles for name in names(title[:_LONGEST_TITLE]) for key in keys(name)}


def _numbers(title: str) -> list[str]:
    """The numbers of a title: "Saw II" and "Saw III" are two films, not a typo."""
    return [word for word in plain(title.split("(")[0]).split() if word in _ROMAN or re.search(r"\d", word)]


def _most_popular(rows: NDArray[np.int64], ratings: Ratings) -> int:
    return int(rows[int(np.argmax(ratings.item_counts[rows]))])


def _priority(match: Match) -> tuple[bool, str, int]:
    """Orders ratings of one film: certain ones last, then by ISO date, then by line."""
    date = match.film.date
    return match.how in CERTAIN, date if re.match(r"\d{4}-\d\d-\d\d", date) else "", match.film.line


def steps(ratings: Ratings) -> NDArray[np.float64] | None:
    """The ratings that can be given, ascending; None where any number of the scale can."""
    values = ratings.value_counts[0]
    return values.astype(np.float64) if len(values) <= _MOST_STEPS else None


def on_scale(value: float, scale: tuple[float, float] | None, ratings: Ratings) -> float:
    """`value` of `scale` (None: the dataset's) as the dataset's nearest rating, the higher of two."""
    low, high = ratings.scale
    first, last = scale or (low, high)
    moved = low + (value - first) * (high - low) / (last - first) if last > first else low
    given = steps(ratings)
    if given is None:
        return float(np.clip(moved, low, high))
    # rounding noise must not decide between two steps
    distance = np.round(np.abs(given - moved), 9)
    return float(given[len(given) - 1 - int(distance[::-1].argmin())])
