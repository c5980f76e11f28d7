"""Numbers and names as people read them; tables as CSV; text from data as text."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from toy import ratings_from

import ucf_core as ucf
from ucf_ui.base import text
from ucf_ui.widgets import tables


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 %"), (0.934, "93 %"), (1, "100 %"), (0.9994, "99.9 %"), (0.99999, "99.9 %"), (0.991, "99.1 %")],
)
def test_a_share_reads_as_per_cent(value, shown):
    assert text.share(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0 films"), (1, "1 film"), (2, "2 films"), (1_234_567, "1,234,567 films")]
)
def test_one_film_is_singular(value, shown):
    assert text.counted(value, "film") == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 bytes"), (999, "999 bytes"), (1_500, "1.5 KB"), (2_000_000, "2.0 MB"), (7_300_000_000_000, "7300.0 GB")],
)
def test_bytes_read_in_the_unit_that_fits(value, shown):
    assert text.size(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(None, ""), (0.2, "about 1 s left"), (59, "about 59 s left"), (600, "about 10 min left")]
)
def test_time_left_is_rounded(value, shown):
    assert text.seconds_left(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(42.987, "42.99"), (1, "1.00"), (0.1234, "0.123"), (0, "0.000"), (1.23e-7, "1.2e-07"), (-2.5e-9, "-2.5e-09")],
)
def test_a_small_score_has_more_decimals(value, shown):
    assert text.figure(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(0.123, "0.12 ms"), (9.99, "9.99 ms"), (123.4, "123 ms")])
def test_milliseconds(value, shown):
    assert text.milliseconds(value) == shown


@pytest.mark.parametrize(
    ("n_ties", "n_others", "sentence"),
    [
        (0, 5, ""),
        (0, 0, ""),
        (1, 1, " The other found is as near as the last exact one: a tie."),
        (1, 4, " 1 others found is as near as the last exact one: a tie."),
        (28, 28, " All 28 others found are as near as the last exact one: a tie."),
        (3, 28, " 3 others found are as near as the last exact one: a tie."),
    ],
)
def test_ties_are_described(n_ties, n_others, sentence):
    assert text.ties(n_ties, n_others) == sentence.replace("1 others", "1 other")


def test_a_long_title_is_shortened_with_an_ellipsis():
    assert text.shortened("Short") == "Short"
    assert text.shortened("x" * 42) == "x" * 42
    assert text.shortened("x" * 43) == "x" * 41 + "…"


def test_a_few_names_are_listed():
    assert text.listed(["a", "b", "c", "d"]) == "a, b, c"
    assert text.listed([]) == "none"


@pytest.mark.parametrize(
    "raw",
    [
        "**b**",
        "_i_",
        "`c`",
        "[l](u)",
        "<b>",
        "$x$",
        ":material/home:",
        "# h",
        "- l",
        "1. l",
        "a|b",
        "~~s~~",
        "\\",
        "&lt;",
    ],
)
def test_signs_of_markdown_are_escaped_each_by_a_backslash(raw):
    escaped = text.plain(raw)
    assert escaped != raw
    bare = escaped.replace("\\\\", "\0")
    assert bare.replace("\\", "").replace("\0", "\\") == raw


def test_letters_digits_and_spaces_stay_as_they_are():
    assert text.plain("Amélie 2001 東京") == "Amélie 2001 東京"


def rows_of(frame):
    return list(csv.reader(io.StringIO(tables.as_csv(frame).decode("utf-8"))))


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1+2", "@sum(a)", "\t=1", "\r=1"])
def test_a_title_is_never_a_formula_for_a_spreadsheet(formula):
    assert rows_of(pd.DataFrame({"Title": [formula]}))[1] == ["'" + formula.replace("\r", " ")]


def test_numbers_and_harmless_texts_stay_as_they_are_in_csv():
    frame = pd.DataFrame({"Rank": [1], "Score": [-1.5], "Title": ['Comma, "quote" 東京'], "Genres": [["Drama", "War"]]})
    assert rows_of(frame) == [["Rank", "Score", "Title", "Genres"], ["1", "-1.5", 'Comma, "quote" 東京', "Drama|War"]]
    assert frame["Genres"].tolist() == [["Drama", "War"]]


def test_a_moved_film_shows_how_many_places_it_gained():
    ratings = ratings_from({1: {1: 3, 2: 3, 3: 3, 4: 3}})
    frame, _ = tables.moved_list(np.array([2, 0, 1, 3]), np.array([2, -1, -1, 0]), ratings)
    assert dict(zip(frame["Film"], frame["Places"], strict=True)) == {
        ratings.title(2): 2,
        ratings.title(0): -1,
        ratings.title(1): -1,
        ratings.title(3): 0,
    }


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (np.array([2, 10, 1]), [2, 10, 1]),
        (np.array([2**53, 1]), ["9007199254740992", "1"]),
        (np.array([-(2**63), 1]), ["-9223372036854775808", "1"]),
        (np.array(["u2", "10"]), ["u2", "10"]),
    ],
)
def test_ids_sort_as_numbers_if_a_browser_can_distinguish_them(raw, shown):
    values = tables.ids(raw)
    assert values == shown
    column = tables.id_column(pd.Series(values), 60)
    assert column["type_config"]["type"] == ("number" if values == raw.tolist() != ["u2", "10"] else "text")


def test_the_neighbour_table_has_a_gap_where_nothing_is_shared():
    ratings = ratings_from({1: {1: 3, 2: 4}, 2: {1: 5, 3: 1}, 3: {4: 2}})
    explorer = ucf.Explorer(ratings, in_memory=True)
    found = explorer.neighbours(1, k=2, space="raw")
    frame, _ = tables.neighbour_table(found)
    assert list(frame.columns) == ["User", "Similarity", "Shared", "Difference"]
    frame, _ = tables.neighbour_table(found, np.array([True, True]))
    assert frame["User"].tolist() == [2, 3]
    assert frame["Shared"].tolist() == [1, 0]
    assert frame["Difference"].tolist()[0] == 2
    assert pd.isna(frame["Difference"].tolist()[1])
    assert frame["Exact"].all()
