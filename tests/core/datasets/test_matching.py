"""Which films an export means, how sure that is, and which ratings they get."""

import numpy as np
import pytest
from toy import ratings_from

from ucf_core.datasets.personal import matching
from ucf_core.datasets.personal.export_imdb import IMDB
from ucf_core.datasets.personal.export_letterboxd import LETTERBOXD
from ucf_core.datasets.personal.export_registry import OTHER
from ucf_core.datasets.personal.exports import Export, RatedFilm, profile_csv, read_export
from ucf_core.datasets.personal.matching import match_export, on_scale, steps
from ucf_core.datasets.personal.title_search import TitleIndex
from ucf_core.ratings.catalogue import ItemInfo

FILMS = {
    10: ItemInfo("Matrix, The", 1999),
    20: ItemInfo("Amelie (Fabuleux destin d'Amélie Poulain, Le)", 2001),
    30: ItemInfo("Heat", 1995),
    31: ItemInfo("Heat", 1986),
    40: ItemInfo("Saw II", 2005),
    41: ItemInfo("Saw III", 2006),
    50: ItemInfo("Schindler's List", 1993),
    60: ItemInfo("Dateless", None),
    70: ItemInfo("=1+1", 2000),
    # without a rating, so not in the dataset
    99: ItemInfo("Unseen", 2000),
}


def dataset(values=(0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5)):
    items = [item for item in FILMS if item != 99] + [80]
    rated = {
        user: {item: values[(user + place) % len(values)] for place, item in enumerate(items)} for user in range(9)
    }
    rated[100] = {30: values[0], 31: values[1]}
    rated[101] = {30: values[-1]}
    return ratings_from(rated, FILMS)


@pytest.fixture(scope="module")
def ratings():
    return dataset()


@pytest.fixture(scope="module")
def index(ratings):
    return TitleIndex(ratings)


def match(ratings, index, *films, source=LETTERBOXD):
    return match_export(Export(source, films, 0, "UTF-8"), ratings, index)


def film(title=None, year=None, rating=4.0, line=2, **others):
    return RatedFilm(line, rating, title, year=year, **others)


@pytest.mark.parametrize(
    ("wanted", "item", "how"),
    [
        (film("The Matrix", 1999), 10, "exact"),
        (film("Matrix, The", 1999), 10, "exact"),
        (film("THE MATRIX", 1998), 10, "other year"),
        (film("The Matrix", 2001), 10, "other year"),
        (film("The Matrix"), 10, "exact"),
        (film("Amélie", 2001), 20, "exact"),
        (film("Le Fabuleux Destin d'Amélie Poulain", 2001), 20, "exact"),
        (film("Amelie from Montmartre", 2001, other_title="Le fabuleux destin d'Amelie Poulain"), 20, "exact"),
        (film("Heat", 1995), 30, "exact"),
        (film("Heat", 1986), 31, "exact"),
        (film("Heat", 1987), 31, "other year"),
        (film("Heat"), 30, "no year"),
        (film("Schindlers Lst", 1993), 50, "typo"),
        (film("Shcindler's List", 1994), 50, "typo"),
        (film("Dateless", 1980), 60, "no year"),
        (film(item="10"), 10, "id"),
        (film("The Matrix", 1999, item="10"), 10, "id"),
        (film("Heat", 1995, item="10"), 30, "exact"),
        (film(item="80"), 80, "id"),
        (film("Whatever", item="80"), 80, "id"),
        (film("Heat", 1995, series=True), 30, "series"),
        (film("Heat", 1987, series=True), 31, "other year"),
        (film("Saw 2", 2005), 40, "exact"),
        (film("Saw 3", 2006), 41, "exact"),
    ],
    ids=str,
)
def test_a_film_is_found_and_told_how_sure_that_is(ratings, index, wanted, item, how):
    (found,) = match(ratings, index, wanted).matches
    assert (ratings.items.raw(found.row), found.how) == (item, how)


@pytest.mark.parametrize(
    "wanted",
    [
        film("Unseen", 2000),
        film("The Matrix", 2021),
        film("Matrxi", 2021),
        film("Saw IV", 2007),
        film("Saw", 2004),
        film("Hat", 1940),
        film("!!", 1999),
        film(item="99"),
        film(item="-1"),
        film(item="x" * 500),
        film("x" * 500, 1999),
    ],
    ids=str,
)
def test_a_film_that_is_not_there_is_listed(ratings, index, wanted):
    found = match(ratings, index, wanted)
    assert (found.matches, found.unmatched) == ((), (wanted,))


def test_one_slip_apart_by_number_is_another_film(ratings, index):
    found = match(ratings, index, film("Saw II", 2005), film("Saw III", 2006, line=3))
    assert ratings.items.ids[[one.row for one in found.matches]].tolist() == [40, 41]


def test_of_two_ratings_of_one_film_the_later_one_counts(ratings, index):
    old, new = film("Heat", 1995, 2.0, 3, date="2020-01-01"), film("Heat", 1995, 5.0, 2, date="2021-01-01")
    found = match(ratings, index, new, old)
    assert [one.rating for one in found.matches] == [5]
    assert [one.film for one in found.replaced] == [old]


@pytest.mark.parametrize("unsure", [film("Haet", 1995, 1.0, 3, date="2021-01-01"), film("Heat", None, 1.0, 3)])
def test_a_rating_that_surely_means_a_film_counts_before_one_that_may(ratings, index, unsure):
    sure = film("Heat", 1995, 5.0, 2, date="2020-01-01")
    for films in ((sure, unsure), (unsure, sure)):
        found = match(ratings, index, *films)
        assert [(one.rating, one.how) for one in found.matches] == [(5, "exact")]
        assert [one.film for one in found.replaced] == [unsure]


def test_a_title_of_thousands_of_brackets_is_looked_up_in_few_steps(ratings, index, monkeypatch):
    asked = []
    distances = type(index.key_table).distances

    def counted(table, key, *others, **more):
        asked.append(key)
        return distances(table, key, *others, **more)

    monkeypatch.setattr(type(index.key_table), "distances", counted)
    title = "x" + "".join(f"({number:08d})" for number in range(10_000))
    assert match(ratings, index, film(title, 1995)).unmatched
    assert 0 < len(asked) < 100


def test_without_dates_the_last_line_counts(ratings, index):
    first, last = film("Heat", 1995, 2.0, 2), film("Heat", 1995, 5.0, 3)
    found = match(ratings, index, first, last)
    assert [one.rating for one in found.matches] == [5]
    assert [one.film for one in found.replaced] == [first]


def test_only_so_many_titles_are_looked_up_with_typos(ratings, index, monkeypatch):
    monkeypatch.setattr(matching, "MOST_TYPOS", 2)
    films = [film("Schindlers Lst", 1993, line=line) for line in range(2, 7)]
    found = match(ratings, index, *films)
    assert (len(found.matches), len(found.replaced), len(found.unmatched), found.untried) == (1, 1, 3, 3)


@pytest.mark.parametrize(("given", "expected"), [(1, 0.5), (2, 1), (7, 3.5), (9, 4.5), (10, 5)])
def test_imdbs_ten_points_are_halves_of_stars(ratings, index, given, expected):
    (found,) = match(ratings, index, film("Heat", 1995, given), source=IMDB).matches
    assert found.rating == expected


@pytest.mark.parametrize(("given", "expected"), [(0.5, 1), (1, 1), (2, 2), (3, 3), (3.5, 4), (4, 4), (5, 5)])
def test_half_stars_become_whole_ones_where_the_dataset_has_no_other(given, expected):
    """Linear, 0.5-5 to 1-5, then to the nearest: 3.5 is 1 + 3 x 4 / 4.5 = 3.67, and so 4."""
    assert on_scale(given, (0.5, 5.0), dataset((1, 2, 3, 4, 5))) == expected


@pytest.mark.parametrize(("given", "expected"), [(0.5, -10), (2.75, 0), (5, 10), (5 / 9, -10)])
def test_a_scale_may_have_negative_ratings(given, expected):
    assert on_scale(given, (0.5, 5.0), dataset(tuple(range(-10, 11)))) == expected


def test_of_two_equally_near_ratings_the_higher_is_given():
    assert on_scale(1.5, None, dataset((1, 2, 3, 4, 5))) == 2


def test_where_everybody_gives_the_same_so_does_the_guest():
    assert on_scale(4, (0.5, 5.0), dataset((3,) * 10)) == 3


def test_a_scale_without_steps_takes_any_number():
    ratings = dataset(tuple(np.linspace(0, 10, 101)))
    fine = ratings_from({user: {item: (7 * user + item) % 997 / 100 for item in range(40)} for user in range(30)})
    assert steps(ratings) is not None or len(ratings.value_counts[0]) > 100
    assert steps(fine) is None
    low, high = fine.scale
    assert on_scale(low + 1.2345, None, fine) == pytest.approx(low + 1.2345)
    assert on_scale(high + 1, None, fine) == high


@pytest.mark.parametrize("values", [(0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5), (1, 2, 3, 4, 5), (-10, -3.25, 0, 10)])
def test_a_downloaded_profile_is_read_back_as_it_was(values):
    ratings = dataset(values)
    index, given = TitleIndex(ratings), steps(ratings)
    rated = {raw: float(given[place % len(given)]) for place, raw in enumerate(ratings.items.ids.tolist())}
    export = read_export(profile_csv(ratings, rated), scale=ratings.scale)
    found = match_export(export, ratings, index)
    assert export.source is OTHER
    assert found.rated(ratings) == rated
    assert not found.unmatched
    assert not found.replaced


def test_a_downloaded_profile_with_ids_that_are_text_is_read_back():
    ids = ["=cmd", "-5", "plain", "a,b", "'quoted"]
    ratings = ratings_from({"u": dict.fromkeys(ids, 3) | {"x": 5}, "v": dict.fromkeys(ids, 4)})
    rated = dict(zip(ids, (3.0, 4.0, 5.0, 3.0, 4.0), strict=True))
    data = profile_csv(ratings, rated)
    assert b"\n=" not in data
    assert b"\n-" not in data
    found = match_export(read_export(data, scale=ratings.scale), ratings, TitleIndex(ratings))
    assert found.rated(ratings) == rated
