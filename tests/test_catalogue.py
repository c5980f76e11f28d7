"""Catalogue: titles, years, genres, aligned with the items."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.base.errors import DatasetError
from ucf_core.ratings.catalogue import Catalogue, ItemInfo, split_genres, split_title
from ucf_core.ratings.ids import IdMap


@pytest.mark.parametrize(
    ("text", "title", "year"),
    [
        ("Heat (1995)", "Heat", 1995),
        ("  Heat (1995)  ", "Heat", 1995),
        ("Heat", "Heat", None),
        (" Heat ", "Heat", None),
        ("American President, The (1995)", "American President, The", 1995),
        ("City of Lost Children, The (Cité des enfants perdus, La) (1995)",
         "City of Lost Children, The (Cité des enfants perdus, La)", 1995),
        ("Fawlty Towers (1975-1979)", "Fawlty Towers", 1975),
        ("Serial (2010\N{EN DASH})", "Serial", 2010),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1968),
        ("(500) Days of Summer (2009)", "(500) Days of Summer", 2009),
        ("1984", "1984", None),
        ("(1995)", "(1995)", None),
        ("Heat (95)", "Heat (95)", None),
        ("Heat (1995) again", "Heat (1995) again", None),
        ("", "", None),
    ],
)  # fmt: skip
def test_a_title_and_its_year_are_told_apart(text, title, year):
    assert split_title(text) == (title, year)


@pytest.mark.parametrize(
    ("text", "genres"),
    [
        ("Action|Drama", ("Action", "Drama")),
        ("(no genres listed)", ()),
        ("", ()),
        ("|", ()),
        (" Action | Drama |", ("Action", "Drama")),
        ("Drama|Action|Drama", ("Drama", "Action")),
        ("Children's|Sci-Fi", ("Children's", "Sci-Fi")),
    ],
)
def test_genres_are_split_without_blanks_and_repeats(text, genres):
    assert split_genres(text) == genres


def test_items_missing_from_the_source_get_no_title_year_or_genres():
    known = {3: ItemInfo("Three", 1999, ("Drama",)), 99: ItemInfo("not rated")}
    catalogue = Catalogue.aligned(IdMap(np.array([1, 3]), "item"), known)
    assert catalogue.titles == [None, "Three"]
    assert (catalogue.year(0), catalogue.year(1)) == (None, 1999)
    assert catalogue.genres == [(), ("Drama",)]
    assert catalogue.n_untitled == 1
    assert len(catalogue) == 2


@given(st.lists(st.lists(st.sampled_from("ABCD"), unique=True).map(tuple), max_size=8))
def test_genre_matrix_agrees_with_a_loop(genres):
    catalogue = Catalogue([None] * len(genres), np.zeros(len(genres), np.int16), genres)
    names = sorted({name for item in genres for name in item})
    assert catalogue.genre_names == tuple(names)
    matrix = catalogue.genre_matrix.toarray()
    assert matrix.shape == (len(genres), len(names))
    for row, item in enumerate(genres):
        for column, name in enumerate(names):
            assert matrix[row, column] == (name in item)


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(DatasetError, match="differ in length"):
        Catalogue(["a"], np.zeros(2, np.int16), [()])


def test_years_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        Catalogue(["a"], np.zeros(1, np.int16), [()]).years[0] = 5
