"""Exports as the services write them, in every encoding; and one clear message for everything that is none."""

import gzip
import io
import random
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucf_core.base.errors import DatasetError
from ucf_core.datasets.personal.export_imdb import IMDB
from ucf_core.datasets.personal.export_letterboxd import LETTERBOXD
from ucf_core.datasets.personal.export_movielens import MOVIELENS
from ucf_core.datasets.personal.export_registry import OTHER
from ucf_core.datasets.personal.exports import (
    MAX_BYTES,
    MAX_RATINGS,
    RatedFilm,
    of_one_person,
    read_export,
)

SCALE = (0.5, 5.0)

LETTERBOXD_CSV = """Date,Name,Year,Letterboxd URI,Rating
2021-03-01,Amélie,2001,https://boxd.it/2aK6,4.5
2021-03-02,"Good, the Bad and the Ugly, The",1966,https://boxd.it/29NY,5
"""
IMDB_CSV = """Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,Genres
tt0211915,9,2021-03-01,Amélie,Le Fabuleux Destin d'Amélie Poulain,https://x/,Movie,8.3,122,2001,"Comedy, Romance"
tt0060196,10,2021-03-02,"The Good, the Bad and the Ugly",,https://x/,Movie,8.8,161,1966,Western
"""
OLD_IMDB_CSV = (
    '"position","const","created","modified","description","Title","Title type","Directors","You rated",'
    '"IMDb Rating","Runtime (mins)","Year","Genres"\n'
    '"1","tt0211915","Mon Mar 1 00:00:00 2010","","","Amélie","Feature Film","Jeunet","9","8.3","122","2001","comedy"\n'
)
MOVIELENS_CSV = "userId,movieId,rating,timestamp\n7,4973,4.5,1\n7,1201,5.0,2\n"
MOVIELENS_SITE_CSV = (
    "movie_id,imdb_id,tmdb_id,rating,average_rating,title\n4973,211915,194,4.5,4.1,Amelie\n1201,60196,429,5,4,X\n"
)


def read(text: str, encoding: str = "utf-8"):
    return read_export(text.encode(encoding), scale=SCALE)


def test_letterboxd():
    export = read(LETTERBOXD_CSV)
    assert export.source is LETTERBOXD
    assert export.films == (
        RatedFilm(2, 4.5, "Amélie", year=2001, date="2021-03-01"),
        RatedFilm(3, 5.0, "Good, the Bad and the Ugly, The", year=1966, date="2021-03-02"),
    )


def test_imdb():
    export = read(IMDB_CSV)
    assert export.source is IMDB
    assert [(film.title, film.other_title, film.year, film.rating) for film in export.films] == [
        ("Amélie", "Le Fabuleux Destin d'Amélie Poulain", 2001, 9),
        ("The Good, the Bad and the Ugly", None, 1966, 10),
    ]


def test_an_old_export_of_imdb_in_windows_1252():
    export = read(OLD_IMDB_CSV, "cp1252")
    assert (export.source, export.encoding) == (IMDB, "Windows-1252")
    assert export.films == (RatedFilm(2, 9, "Amélie", year=2001, date="Mon Mar 1 00:00:00 2010"),)


@pytest.mark.parametrize("text", [MOVIELENS_CSV, MOVIELENS_SITE_CSV])
def test_movielens(text):
    export = read(text)
    assert export.source is MOVIELENS
    assert [(film.item, film.rating) for film in export.films] == [("4973", 4.5), ("1201", 5)]


def test_any_table_of_titles_and_ratings_is_on_the_scale_of_the_dataset():
    export = read_export(b"Film;Stars\nHeat (1995);-8,5\n", scale=(-10, 10))
    assert export.source is OTHER
    assert export.films == (RatedFilm(2, -8.5, "Heat", year=1995),)


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        *(("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16")),
        *(("utf-16-be", "UTF-16"), ("latin-1", "Windows-1252"), ("cp1252", "Windows-1252")),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_encoding_delimiter_and_line_end_reads_the_same(encoding, named, delimiter, newline):
    lines = ["", "Date,Name,Year,Letterboxd URI,Rating", "2021-03-01,Amélie,2001,u,4.5", "", "2021-03-02,Ça,1965,v,3"]
    export = read(newline.join(lines).replace(",", delimiter), encoding)
    assert export.encoding == named
    assert [(film.line, film.title, film.rating) for film in export.films] == [(3, "Amélie", 4.5), (5, "Ça", 3)]


def test_lines_without_a_rating_are_counted_and_left_out():
    export = read("Name,Year,Rating\nHeat,1995,\nSeven,1995,4\nAlien,1979, \n")
    assert (export.unrated, len(export.films)) == (2, 1)


def test_a_short_line_lacks_what_it_lacks():
    assert read("Rating,Name,Year\n4,Heat\n").films == (RatedFilm(2, 4, "Heat"),)


def test_a_quoted_title_may_hold_a_line_end():
    films = read('Name,Rating\n"Heat\nagain",4\nAlien,5\n').films
    assert [(film.title, film.line) for film in films] == [("Heat\nagain", 3), ("Alien", 4)]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("ending", [True, False])
@pytest.mark.parametrize("line", [2, 3, 4])
def test_a_quote_that_is_never_closed_swallows_no_rating(line, ending, newline):
    lines = ["Name,Year,Rating", "Heat,1995,4", "Alien,1979,3", "Aliens,1986,5"]
    lines[line - 1] = f'"{lines[line - 1]}'
    text = newline.join(lines) + newline * ending
    with pytest.raises(DatasetError, match=rf"line {line}: not well-formed CSV \(a quote is opened and never closed\)"):
        read(text)


def test_a_quote_that_another_title_closes_swallows_no_rating():
    with pytest.raises(DatasetError, match=r"line 3: the title holds other lines of the file \(a quote in it"):
        read('Name,Year,Rating\n"Heat,1995,4\n"Alien",1979,3\nAliens,1986,5\n')


IMDB_KINDS = """Const,Your Rating,Date Rated,Title,Title Type,Year
tt1,10,2020-01-01,Heat,Movie,1995
tt2,1,2021-01-01,Heat,TV Episode,1996
tt3,2,2021-01-01,Alien,Video Game,1979
tt4,3,2021-01-01,Cosmos,TV Series,1980
tt5,4,2021-01-01,Duel,TV Movie,1971
tt6,5,2021-01-01,Thriller,Music Video,1983
"""


def test_what_is_no_film_is_counted_and_left_out():
    export = read(IMDB_KINDS)
    assert [(film.title, film.series) for film in export.films] == [("Heat", False), ("Cosmos", True), ("Duel", False)]
    assert (export.no_films, export.unrated) == (3, 0)


def test_a_file_without_films_is_refused():
    with pytest.raises(DatasetError, match=r"all rated lines \(1\) are episodes, games and the like; at least"):
        read("Your Rating,Title,Title Type\n5,Heat,TV Episode\n")
    with pytest.raises(DatasetError, match=r"all rated lines \(2\) are episodes, games and the like; at least"):
        read("Your Rating,Title,Title Type\n5,Heat,TV Episode\n5,Doom,Video Game\n")


@pytest.mark.parametrize("written", ["1995", "1995.0", "1995.", "1995-12-15", "1995-12"])
def test_a_year_may_be_written_as_a_number_with_a_point_or_as_a_date(written):
    assert read(f"Name,Year,Rating\nHeat,{written},4\n").films[0].year == 1995


@pytest.mark.parametrize("written", ["", "95", "1995.5", "19951", "n/a", "0995", "1995-"])
def test_what_is_no_year_is_none(written):
    assert read(f"Name,Year,Rating\nHeat,{written},4\n").films[0].year is None


@pytest.mark.parametrize(("scale", "source"), [((0.5, 5.0), MOVIELENS), ((1.0, 5.0), MOVIELENS), ((1.0, 10.0), OTHER)])
def test_a_column_of_movielens_is_on_its_scale_only_where_the_dataset_may_be(scale, source):
    assert read_export(b"userId,movieId,rating\n1,5,4\n", scale=scale).source is source


@pytest.mark.parametrize(
    ("data", "source"),
    [
        (LETTERBOXD_CSV.encode(), "Letterboxd"),
        (IMDB_KINDS.encode("utf-16"), "IMDb"),
        (MOVIELENS_CSV.encode(), None),
        (b"user,item,rating\n1,2,3\n", None),
        (b"", None),
        (b"\x00\x01", None),
        (b'"' * 200_000, None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_file_of_one_persons_ratings_is_told_from_others(data, source):
    assert of_one_person(data) == source


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("ratings.csv", LETTERBOXD_CSV)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty; it needs a line of column names"),
        (b"\n  \n\n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (zipped(), "a zip archive; unpack it and upload the ratings.csv in it"),
        (gzip.compress(b"x", mtime=0), "a gzip archive; unpack it first"),
        (b"%PDF-1.7 ...", "a PDF file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary, not text; export the ratings as CSV"),
        (random.Random(0).randbytes(5000), "binary, not text"),
        (b"\xff\xfe\x00", "binary, not text"),
        (b"Name,Rating\n", "column names but no ratings; at least one is needed"),
        (b"Name,Rating\nHeat,\n", r"no line of the file has a rating \(1 without one\)"),
        (b"x" * (MAX_BYTES + 1), r"the file has 8\.0 MiB; .* has at most 8: upload whole datasets on the Data page"),
        (
            b"Position,Const,Created\n1,tt1,2020\n",
            "lacks a column for the rating .* and for the film .*; the columns found are 'Position', 'Const'",
        ),
        (b"Date,Name,Year\n2020,Heat,1995\n", "lacks a column for the rating .*; the columns found are 'Date', 'Name'"),
        (b"just some words\nand more\n", "the columns found are 'just some words'"),
        (
            b"Const,Your Rating,Title\ntt1,11,Heat\n",
            "line 2: rating '11' is off .*; that of IMDb goes from 1 to 10",
        ),
        (b"Const,Your Rating,Title\ntt1,0,Heat\n", "line 2: rating '0' is off the scale"),
        (b"Name,Rating\nHeat,4\nAlien,7\n", "line 3: rating '7' is off the scale; this dataset's goes from 0.5 to 5"),
        (b"Name,Rating\nHeat,good\n", "line 2: rating 'good' is not a number; expected one such as 3.5"),
        (b"Name,Rating\nHeat,nan\n", "line 2: rating 'nan' is not a number"),
        (b"Name,Rating\nHeat,inf\n", "line 2: rating 'inf' is not a number"),
        (b"Name,Rating\n,4\n", "line 2: the film is missing"),
        (
            b"userId,movieId,rating\n1,2,3\n2,2,3\n",
            "line 3: the file holds ratings of several users .*; keep",
        ),
        (b'Name,Rating\n"' + b"x" * 200_000 + b'",4\n', "line 2: not well-formed CSV"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_message(data, message):
    with pytest.raises(DatasetError, match=message):
        read_export(data, scale=SCALE)


def test_a_hundred_thousand_lines_are_refused_with_the_bound():
    data = b"Name,Year,Rating\n" + b"".join(b"Film %d,1990,4\n" % number for number in range(100_000))
    with pytest.raises(DatasetError, match=rf"more than {MAX_RATINGS:,} ratings"):
        read_export(data, scale=SCALE)


def test_as_many_as_are_allowed_are_read():
    data = b"Name,Year,Rating\n" + b"".join(b"Film %d,1990,4\n" % number for number in range(MAX_RATINGS))
    assert len(read_export(data, scale=SCALE).films) == MAX_RATINGS


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    with suppress(DatasetError):
        assert read_export(data, scale=SCALE).films


@given(st.lists(st.lists(st.sampled_from(["Name", "Rating", "4", "", '"', "\0", "é"]), max_size=4), max_size=6))
def test_any_table_is_read_or_refused(rows):
    with suppress(DatasetError):
        assert read("\n".join(map(",".join, rows))).films
