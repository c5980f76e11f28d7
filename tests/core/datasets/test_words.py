"""Titles without case, accents and the order of articles."""

import pytest

from ucf_core.datasets.personal.title_normalise import in_order, keys, names, plain, words_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Amélie", "amelie"),
        ("  WALL·E ", "wall e"),
        ("Schindler's List", "schindlers list"),
        ("L\N{RIGHT SINGLE QUOTATION MARK}Avventura", "lavventura"),
        ("Smørrebrød Æsir & Łódź", "smorrebrod aesir and lodz"),
        ("Straße", "strasse"),
        ("2001: A Space Odyssey", "2001 a space odyssey"),
        ("$9.99", "9 99"),
        ("_underscored_", "underscored"),
        ("七人の侍", "七人の侍"),
        ("!!", ""),
        ("", ""),
    ],
)
def test_plain_words(text, expected):
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Matrix, The", "The Matrix"),
        ("American Werewolf in London, An", "An American Werewolf in London"),
        ("Avventura, L'", "L' Avventura"),
        ("Boot, Das", "Das Boot"),
        ("Me, Myself & Irene", "Me, Myself & Irene"),
        ("The", "The"),
    ],
)
def test_the_article_comes_to_the_front(title, expected):
    assert in_order(title) == expected


def test_keys_lack_a_leading_article_unless_nothing_else_is_left():
    assert keys("The Matrix") == {"thematrix", "matrix"}
    assert [keys(name) for name in ("The", "Theodora", "Die Hard")] == [{"the"}, {"theodora"}, {"diehard"}]


def test_all_names_of_a_title_are_known():
    assert list(names("Amelie (Fabuleux destin d'Amélie Poulain, Le)"))[1:] == [
        "Amelie",
        "Le Fabuleux destin d'Amélie Poulain",
    ]
    assert list(names("Seven (a.k.a. Se7en)"))[1:] == ["Seven", "Se7en"]
    assert list(names("(500) Days of Summer")) == ["(500) Days of Summer", "500"]
    assert list(names("Heat")) == ["Heat"]


def test_keys_are_compact_with_and_without_the_article():
    assert keys("The Spider-Man") == {"thespiderman", "spiderman"}
    assert keys("Heat") == {"heat"}
    assert keys("!!") == set()


def test_hyphens_join_and_part():
    assert words_of("Spider-Man 2") == {"spider", "man", "spiderman", "2"}
    assert words_of("Heat - Cold") == {"heat", "cold"}
