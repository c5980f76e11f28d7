import contextlib
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import write_100k, write_csv, write_dat

from ucf_core.base.errors import DatasetError
from ucf_core.datasets.read import arrow_csv, locate_error
from ucf_core.datasets.read.layouts import read_ratings

HEADER = "userId,movieId,rating,timestamp\n"


def error_of(path):
    """The message of the error for a path: one line, naming the file."""
    with pytest.raises(DatasetError) as caught:
        read_ratings(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\n\n", "blank lines only"),
        (HEADER.encode(), "a header line but no ratings"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "is binary"),
        (b"PK\x03\x04abc", "zip archive; unpack it"),
        (b"\x1f\x8b\x08abc", "gzip archive"),
        ("user,item,rating\n1,2,3\n".encode("utf-16"), "UTF-16"),
        (
            b"user,thing,rating\n1,2,3\n",
            "lacks a column for item (such as movieId); the columns found are 'user', 'thing'",
        ),
        (b"1,2,3.5\n1,3,4\n", "lacks a column for user (such as userId), item (such as movieId), rating"),
        (b'{\n  "ratings": []\n}\n', "lacks a column"),
        (b"PAR1 and then nothing", "is not a whole Parquet file"),
    ],
)
def test_a_file_that_is_no_table_of_ratings_is_refused(content, says, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(content)
    assert says in error_of(path)


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("1,3,good,5", "rating 'good' is not a number; expected one such as 3.5"),
        ("1,3,,5", "the rating is missing"),
        ("1,3,NaN,5", "rating 'NaN' is not a finite number"),
        ("1,3,inf,5", "rating 'inf' is not a finite number"),
        ("1,3,-Infinity,5", "rating '-Infinity' is not a finite number"),
        ("1,3,1e400,5", "rating '1e400' is out of range"),
        ("1,3,1000001,5", "rating '1000001' is out of range"),
        ("1,3,NULL,5", "rating 'NULL' is not a number"),
        ("1,3,4", "3 fields where 4 were expected"),
        ("1,3,4,5,6", "5 fields where 4 were expected"),
        (",3,4,5", "the user id is missing"),
        ("1,,4,5", "the item id is missing"),
        ("1,3,4,noon", "timestamp 'noon' is not a number"),
        ("1,3,4,", "timestamp '' is not a number"),
        ('1,3,"4,5', "not well-formed CSV"),
    ],
)
@pytest.mark.parametrize("before", [1, 5_000])
def test_a_bad_line_is_named_with_its_number_value_and_remedy(bad, says, before, tmp_path, monkeypatch):
    monkeypatch.setattr(locate_error, "_BLOCK", 10_000)
    path = tmp_path / "mine.csv"
    path.write_text(HEADER + "1,2,3.5,10\n" * before + bad + "\n")
    message = error_of(path)
    assert f"line {before + 2}: " in message
    assert says in message


def test_a_decimal_comma_is_explained(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("user;item;rating\n1;2;3,5\n")
    assert "line 2: rating '3,5' is not a number" in error_of(path)
    assert "decimal point" in error_of(path)


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text('\nuser,item,rating,title\n\n1,2,3,"two\nlines"\n\n1,3,bad,x\n')
    assert "line 7: rating 'bad'" in error_of(path)


@pytest.mark.parametrize(
    ("comment", "newline"), [("plain", "\n"), ("plain", "\r"), ('"in, quotes"', "\r\n"), ('"two\nlines"', "\n")]
)
def test_the_line_is_right_blocks_into_a_file(comment, newline, tmp_path, monkeypatch):
    for module in (arrow_csv, locate_error):
        monkeypatch.setattr(module, "_BLOCK", 10_000)
    path = tmp_path / "mine.csv"
    rows = 2_500
    content = (
        "user,item,rating,comment\n"
        + "1,2,3.5,x\n" * rows
        + f"1,2,3,{comment}\n"
        + "1,2,3.5,x\n" * rows
        + "1,2,bad,x\n"
    )
    path.write_bytes(content.replace("\n", newline).encode())
    line = 1 + rows + 1 + comment.count("\n") + rows + 1
    assert f"line {line}: rating 'bad'" in error_of(path)


def test_a_long_value_is_cut_short(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(f"user,item,rating\n1,2,{'x' * 5_000}\n")
    assert len(error_of(path)) < 300 + len(str(path))


def test_an_id_of_absurd_length_is_refused(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(f"user,item,rating\nann,2,3\n{'x' * 5_000},2,3\n")
    message = error_of(path)
    assert "a user id of 5,000 characters; expected 200 at most" in message
    assert "line 3" in message


def test_a_bad_line_of_ratings_dat_is_named(tmp_path):
    write_dat(tmp_path)
    path = tmp_path / "ratings.dat"
    path.write_text("1::2::5::978300760\n1::3::x::978300760\n")
    assert "line 2: rating 'x'" in error_of(path)
    path.write_text("1::2::5::978300760\n1::3::4\n")
    assert "line 2: 3 fields where 4 were expected" in error_of(path)
    path.write_text("1,2,5,978300760\n")
    assert "does not look like ratings.dat of MovieLens" in error_of(path)


def test_a_bad_line_of_u_data_is_named(tmp_path):
    write_100k(tmp_path)
    path = tmp_path / "u.data"
    path.write_text("196\t242\t3\t881250949\n186\t302\tnan\t891717742\n")
    assert "line 2: rating 'nan'" in error_of(path)


@pytest.mark.parametrize(
    ("write", "name", "content", "says"),
    [
        (
            write_csv,
            "movies.csv",
            "movieId,title,genres\n31,A,Drama\n126,B\n",
            "line 3: 2 fields where 3 were expected",
        ),
        (write_csv, "movies.csv", "a,b\n1,2\n", "lacks a column for item (such as movieId), title"),
        (write_csv, "movies.csv", 'movieId,title,genres\n31,"A,Drama\n', "not well-formed CSV"),
        (write_csv, "movies.csv", "", "is empty"),
        (write_dat, "movies.dat", "31::A::Drama\n126::B\n", "line 2: 2 fields where 3"),
        (write_100k, "u.item", "31|A|||\n", "line 1: 5 fields where 24"),
        (write_100k, "u.genre", "Action|one\n", "line 1: 'Action|one' is not a genre and its number"),
        (write_100k, "u.genre", "Action|7\n", "not numbered from 0"),
    ],
)
def test_a_bad_file_of_titles_is_refused(write, name, content, says, tmp_path):
    write(tmp_path)
    (tmp_path / name).write_text(content)
    with pytest.raises(DatasetError, match=re.escape(says)) as caught:
        read_ratings(tmp_path)
    assert str(tmp_path / name) in str(caught.value)


def test_a_path_with_nothing_there_is_refused(tmp_path):
    assert "does not exist" in error_of(tmp_path / "nowhere")


def test_a_folder_without_a_known_layout_says_what_was_looked_for(tmp_path):
    (tmp_path / "links.csv").write_text("movieId\n")
    assert "looked for ratings.csv, ratings.dat, u.data" in error_of(tmp_path)


def test_a_folder_of_several_datasets_asks_for_one(tmp_path):
    write_csv(tmp_path / "a")
    write_dat(tmp_path / "b")
    assert "holds several datasets (a, b)" in error_of(tmp_path)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"user": [1], "item": [1]}, "lacks a column for rating"),
        ({"user": [], "item": [], "rating": []}, "holds no ratings"),
        ({"user": [1, 2], "item": [1, 2], "rating": [3.0, float("nan")]}, "row 2: rating nan is not a finite number"),
        ({"user": [1, 2], "item": [1, 2], "rating": [3.0, None]}, "row 2: the rating is missing"),
        ({"user": [1], "item": [1], "rating": [2e6]}, "row 1: rating 2000000.0 is not a finite number between"),
        ({"user": [1], "item": [1], "rating": ["4"]}, "ratings are of type string; expected numbers"),
        ({"user": [1, None], "item": [1, 2], "rating": [3, 4]}, "row 2: the user id is missing"),
        ({"user": [1.5], "item": [1], "rating": [3]}, "row 1: user id 1.5 is not a whole number"),
        ({"user": [[1]], "item": [1], "rating": [3]}, "user ids are of type list"),
        ({"user": ["a", " "], "item": [1, 2], "rating": [3, 4]}, "row 2: the user id is missing"),
        ({"user": [1], "item": [1], "rating": [3], "time": ["x"]}, "timestamps are of type string"),
        ({"user": [1], "item": [1], "rating": [3], "time": [float("inf")]}, "row 1: timestamp inf"),
        ({"user": [1], "item": [1], "rating": [3], "title": [5]}, "titles are of type int64"),
    ],
)
def test_a_parquet_file_that_holds_no_ratings_is_refused(columns, says, tmp_path):
    path = tmp_path / "mine.parquet"
    pq.write_table(pa.table(columns), path)
    assert says in error_of(path)


def test_a_truncated_parquet_file_is_refused(tmp_path):
    path = tmp_path / "mine.parquet"
    pq.write_table(pa.table({"user": [1], "item": [1], "rating": [3]}), path)
    path.write_bytes(path.read_bytes()[:-20])
    assert "is not a whole Parquet file" in error_of(path)


_pieces = st.sampled_from(
    [
        "1",
        "2",
        "3.5",
        ",",
        ",",
        ",",
        "\n",
        "\n",
        '"',
        "\r",
        "\t",
        ";",
        " ",
        "x",
        "ö",
        "nan",
        "-",
        "1e9",
        "0",
        "\ufeff",
        "\0",
    ]
)


@given(body=st.lists(_pieces, max_size=40).map("".join), encoding=st.sampled_from(["utf-8", "latin-1"]))
@settings(max_examples=300, deadline=None)
@pytest.mark.parametrize("header", ["user,item,rating\n", "user,item,rating,time,title,year\n", ""])
def test_whatever_a_csv_file_holds_the_answer_is_ratings_or_one_clear_error(header, body, encoding, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / "mine.csv"
    path.write_bytes((header + body).encode(encoding, errors="replace"))
    with contextlib.suppress(DatasetError):
        assert read_ratings(path).n_ratings >= 1


@given(body=st.lists(st.sampled_from(["1", "::", "::", "\n", ":", "3.5", "x", "\t", "ö"]), max_size=40).map("".join))
@settings(max_examples=200, deadline=None)
@pytest.mark.parametrize("name", ["ratings.dat", "u.data"])
def test_whatever_a_file_without_header_holds_the_answer_is_ratings_or_one_clear_error(name, body, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / name
    path.write_text(body if name == "ratings.dat" else body.replace("::", "\t"), encoding="utf-8")
    with contextlib.suppress(DatasetError):
        assert read_ratings(path).n_ratings >= 1


@given(position=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_whatever_byte_of_a_parquet_file_is_wrong_the_answer_is_ratings_or_one_clear_error(
    position, value, tmp_path_factory
):
    path = tmp_path_factory.mktemp("any") / "mine.parquet"
    pq.write_table(pa.table({"user": ["a", "b"], "item": [1, 2], "rating": [3.0, 4.0], "title": ["x", None]}), path)
    content = bytearray(path.read_bytes())
    content[int(position * len(content))] = value
    path.write_bytes(bytes(content))
    with contextlib.suppress(DatasetError):
        assert read_ratings(path).n_ratings >= 1
