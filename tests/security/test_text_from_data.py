"""Titles, ids and genres that try to be more than text: in lines of text, in charts, on a terminal, in spreadsheets."""

import csv
import io

import pandas as pd
import pytest

import ucf_core as ucf
from ucf_core.base.text import strip_control_chars, strip_control_chars_by_line
from ucf_core.cli.output import print_answer
from ucf_ui.base.text import plain
from ucf_ui.figures.frame import literal
from ucf_ui.widgets import tables


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Heat", "Heat"),
        ("two\nlines", "two lines"),
        ("\x1b[31mred\x07\x9b", "[31mred"),
        ("a\x00b", "a b"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("gpj.\u202etxt.exe", "gpj.txt.exe"),
        ("\u2066a\u2069\u202bb\u202c", "ab"),
        ("\u05e9\u05dc\u05d5\u05dd\u200f!", "\u05e9\u05dc\u05d5\u05dd\u200f!"),
        ("Am\u00e9lie \U0001f3ac", "Am\u00e9lie \U0001f3ac"),
    ],
)
def test_a_line_of_text_has_no_controls_and_no_turns_of_direction(text, shown):
    assert strip_control_chars(text) == shown


def test_a_title_of_nothing_that_can_be_seen_is_no_title(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text('user,item,rating,title\n1,7,3,"\u202e\x07"\n1,8,4,"\u202eHeat"\n2,7,2,\n')
    ratings = ucf.load_ratings(str(path), home=tmp_path / "home")
    assert [ratings.title(row) for row in range(2)] == ["Item 7 (no title)", "Heat"]


MARKUP = [
    "*a*",
    "_b_",
    "`c`",
    "[l](http://x)",
    "![i](x)",
    "# h",
    "<b>",
    "$x$",
    ":red[x]",
    "~~d~~",
    "1. a",
    "a|b",
    "&lt;",
    "==m==",
]


@pytest.mark.parametrize("text", MARKUP)
def test_every_sign_of_markdown_is_escaped(text):
    signs = set("\\`*_{}[]()#+-.!|<>~$:&^=")
    escaped = plain(text)
    assert escaped.replace("\\", "") == text
    for place, sign in enumerate(escaped):
        if sign in signs and sign != "\\":
            assert escaped[place - 1] == "\\"


def test_charts_get_no_tags_and_no_turns_of_direction():
    assert literal("<b>\u202ex</b>&amp;\n") == "&lt;b&gt;x&lt;/b&gt;&amp;amp;"


def test_a_terminal_is_not_steered_and_keeps_its_columns(capsys):
    print_answer({}, False, lambda: "  score  title\n   1.00  \x1b]0;owned\x07\x1b[2J\u202eHeat")
    assert capsys.readouterr().out == "  score  title\n   1.00   ]0;owned [2JHeat\n"
    assert strip_control_chars_by_line("a\n\n  b\n") == "a\n\n  b\n"


FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://x","y")',
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\x00=1",
    "\u202e=1",
]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("where", ["cell", "list", "heading"])
def test_no_cell_of_a_csv_starts_a_formula(formula, where):
    frame = {
        "cell": pd.DataFrame({"Title": [formula, "Heat"]}),
        "list": pd.DataFrame({"Genres": [[formula, "Drama"], []]}),
        "heading": pd.DataFrame({formula: ["a", "b"]}),
    }[where]
    rows = list(csv.reader(io.StringIO(tables.as_csv(frame).decode("utf-8"), newline="")))
    assert [len(row) for row in rows] == [1, 1, 1]
    for row in rows:
        for cell in row:
            assert cell.lstrip(" \x00\u202e\n\r\t")[:1] not in set("=+-@\uff1d"), cell


def test_numbers_stay_numbers_and_other_text_stays_as_it_is():
    frame = pd.DataFrame({"Title": ['Heat, "the" film\nof 1995', "Am\u00e9lie"], "Change": [-1.5, 2.0]})
    rows = list(csv.reader(io.StringIO(tables.as_csv(frame).decode("utf-8"), newline="")))
    assert rows == [["Title", "Change"], ['Heat, "the" film\nof 1995', "-1.5"], ["Am\u00e9lie", "2.0"]]
