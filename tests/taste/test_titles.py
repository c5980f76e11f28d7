"""Title search: what is found, in which order, through which typos."""

import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import ratings_from

from ucf_core.datasets.personal.title_search import EXACT, OTHER_YEAR, PREFIX, TYPO, UNFINISHED_YEAR, WORDS, TitleIndex
from ucf_core.ratings.catalogue import ItemInfo

# Title, year, and how many rated it.
FILMS = [
    ("Matrix, The", 1999, 9),
    ("Matrix Reloaded, The", 2003, 6),
    ("Armitage: Dual Matrix", 2002, 1),
    ("Heat", 1995, 7),
    ("Heat", 1986, 1),
    ("Heathers", 1989, 5),
    ("In the Heat of the Night", 1967, 8),
    ("Amelie (Fabuleux destin d'Amélie Poulain, Le)", 2001, 6),
    ("Spider-Man", 2002, 5),
    ("Spider-Man 2", 2004, 3),
    ("Rocky", 1976, 9),
    ("Rocky II", 1979, 2),
    ("Godfather: Part II, The", 1974, 3),
    ("Godfather, The", 1972, 9),
    ("Seven (a.k.a. Se7en)", 1995, 7),
    ("2001: A Space Odyssey", 1968, 6),
    ("1984", 1984, 3),
    ("Terminator, The", 1984, 8),
    ("Lord of the Rings: The Two Towers, The", 2002, 6),
    ("Schindler's List", 1993, 8),
    ("七人の侍", 1954, 2),
]


@pytest.fixture(scope="module")
def ratings():
    rated = {user: {number: 4 for number, film in enumerate(FILMS) if film[2] > user} for user in range(9)}
    rated[0][99] = 3
    return ratings_from(rated, {number: ItemInfo(title, year) for number, (title, year, _) in enumerate(FILMS)})


@pytest.fixture(scope="module")
def index(ratings):
    return TitleIndex(ratings)


def found(index: TitleIndex, query: str, n: int = 10) -> list[tuple[str, int]]:
    return [(FILMS[row][0], FILMS[row][1]) for row in index.search(query, n=n).rows.tolist()]


@pytest.mark.parametrize(
    "query",
    [
        *("the matrix", "matrix", "Matrix, The", "MATRIX", "  the   matrix ", "matirx", "matrx", "matrux", "mattrix"),
        *("the matrix 1999", "matrix (1999)", "1999 matrix", "Matrix, The (1999)", "hte matrix", "mat"),
    ],
)
def test_every_way_to_write_it_finds_the_matrix_first(index, query):
    assert found(index, query)[0] == ("Matrix, The", 1999)


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("amelie", "Amelie (Fabuleux destin d'Amélie Poulain, Le)"),
        ("Amélie", "Amelie (Fabuleux destin d'Amélie Poulain, Le)"),
        ("le fabuleux destin", "Amelie (Fabuleux destin d'Amélie Poulain, Le)"),
        ("fabuleux destin d'amelie poulain", "Amelie (Fabuleux destin d'Amélie Poulain, Le)"),
        ("poulan", "Amelie (Fabuleux destin d'Amélie Poulain, Le)"),
        ("spiderman", "Spider-Man"),
        ("spider man", "Spider-Man"),
        ("spidermann", "Spider-Man"),
        ("se7en", "Seven (a.k.a. Se7en)"),
        ("space odissey", "2001: A Space Odyssey"),
        ("2001 space", "2001: A Space Odyssey"),
        ("1984", "1984"),
        ("lord rings towers", "Lord of the Rings: The Two Towers, The"),
        ("two towers", "Lord of the Rings: The Two Towers, The"),
        ("schindlers lst", "Schindler's List"),
        ("七人", "七人の侍"),
    ],
)
def test_a_film_is_found_by_what_people_type(index, query, title):
    assert found(index, query)[0][0] == title


def test_exact_comes_before_the_beginning_before_words_before_typos(index):
    hits = index.search("heat", n=20)
    assert [FILMS[row][:2] for row in hits.rows[:4].tolist()] == [
        ("Heat", 1995),
        ("Heat", 1986),
        ("Heathers", 1989),
        ("In the Heat of the Night", 1967),
    ]
    assert hits.levels[:4].tolist() == [EXACT, EXACT, PREFIX, WORDS]
    assert (hits.levels[4:] > TYPO).all()


def test_a_year_chooses_among_films_of_one_name(index):
    assert found(index, "heat 1986")[:2] == [("Heat", 1986), ("Heat", 1995)]
    assert found(index, "heat 198")[0] == ("Heat", 1986)
    hits = index.search("heat 1996")
    assert FILMS[hits.rows[0]][:2] == ("Heat", 1995)
    assert hits.levels[0] == EXACT + OTHER_YEAR


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("spider-man 2", "Spider-Man 2"),
        ("spiderman 2", "Spider-Man 2"),
        ("rocky 2", "Rocky II"),
        ("rocky ii", "Rocky II"),
        ("godfather 2", "Godfather: Part II, The"),
        ("godfather part 2", "Godfather: Part II, The"),
    ],
)
def test_the_number_of_a_sequel_is_no_year(query, title, index):
    assert found(index, query)[0][0] == title


def test_what_begins_the_year_of_a_film_finds_it_after_all_whose_title_matches(index):
    hits = index.search("spider-man 2")
    assert [FILMS[row][0] for row in hits.rows[:2].tolist()] == ["Spider-Man 2", "Spider-Man"]
    assert hits.levels[:2].tolist() == [EXACT, EXACT + UNFINISHED_YEAR]
    assert found(index, "spider-man 200")[:2] == [("Spider-Man", 2002), ("Spider-Man 2", 2004)]
    assert found(index, "spider-man 2002")[0] == ("Spider-Man", 2002)


def test_a_year_alone_lists_its_films(index):
    assert found(index, "1995") == [("Heat", 1995), ("Seven (a.k.a. Se7en)", 1995)]
    assert found(index, "1984") == [("1984", 1984), ("Terminator, The", 1984)]


def test_a_film_without_a_title_is_found_by_its_id(index, ratings):
    assert index.search("item 99").rows.tolist() == [ratings.items.row(99)]


@pytest.mark.parametrize("query", ["", "  ", "!!", "qqqqqqqq", "\0", "x" * 5000, "qqqqq " * 500, "٣٤"])
def test_nonsense_finds_nothing_and_breaks_nothing(index, query):
    assert index.search(query).rows.size == 0


def test_no_more_than_n_are_given(index):
    assert index.search("heat", n=2).rows.size == 2


def test_short_words_take_no_typos(index):
    """One edit in two letters would find everything."""
    assert index.search("qe").rows.size == 0


@given(st.sampled_from(range(len(FILMS) - 1)), st.randoms(use_true_random=False))
def test_one_slip_in_any_word_still_finds_the_film(ratings, index, number, random):
    """A letter missing, wrong, or swapped with the next."""
    words = FILMS[number][0].split(" (")[0].replace("'", "").split()
    long = [place for place, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    if not long:
        return
    place = random.choice(long)
    word, at = words[place], random.randrange(len(words[place]) - 1)
    slips = [
        word[:at] + word[at + 1 :],
        word[:at] + random.choice(string.ascii_lowercase) + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    ]
    words[place] = random.choice(slips)
    assert ratings.items.row(number) in index.search(" ".join(words), n=len(FILMS)).rows


def test_every_title_finds_itself(ratings, index):
    for row in range(ratings.n_items):
        year = ratings.catalogue.year(row)
        hits = index.search(f"{ratings.title(row)} {year or ''}")
        assert (hits.rows[0], hits.levels[0]) == (row, EXACT)


def test_a_dataset_may_have_no_titles_at_all():
    index = TitleIndex(ratings_from({1: {1: 3, 22: 4}}))
    assert index.search("item 22").rows[0] == 1
    assert np.array_equal(index.years, [0, 0])
