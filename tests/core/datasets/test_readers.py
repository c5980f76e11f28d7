import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published import GENRES, MOVIES, ROWS, TITLES, WRITERS, YEARS, entries, write_100k, write_csv, write_dat

from ucf_core.datasets.read import layouts
from ucf_core.datasets.read.arrow_csv import _Source
from ucf_core.datasets.read.layouts import read_ratings
from ucf_core.datasets.read.text_format import TextTable


def text_file(folder, content, name="mine.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize("form", WRITERS)
def test_every_published_layout_gives_the_same_ratings_titles_years_and_genres(form, tmp_path):
    ratings = read_ratings(WRITERS[form](tmp_path / "ml"))
    assert entries(ratings) == sorted(ROWS)
    assert ratings.catalogue.titles == TITLES
    assert ratings.catalogue.years.tolist() == YEARS
    assert ratings.catalogue.genres == GENRES
    assert ratings.users.numeric
    assert ratings.items.numeric
    assert ratings.report.n_duplicates == 0
    assert ratings.name == "ml"


@pytest.mark.parametrize("form", WRITERS)
def test_a_folder_around_the_dataset_is_looked_into(form, tmp_path):
    WRITERS[form](tmp_path / "download" / "ml")
    (tmp_path / "download" / "__MACOSX").mkdir()
    assert entries(read_ratings(tmp_path / "download")) == sorted(ROWS)


@pytest.mark.parametrize("form", WRITERS)
def test_films_that_the_titles_lack_stay_untitled(form, tmp_path):
    movies = {item: movie for item, movie in MOVIES.items() if item != 126}
    ratings = read_ratings(WRITERS[form](tmp_path, movies=movies))
    assert ratings.catalogue.titles == [TITLES[0], None, *TITLES[2:]]
    assert ratings.report.n_untitled == 1


@pytest.mark.parametrize("form", WRITERS)
def test_without_a_file_of_titles_all_films_are_untitled(form, tmp_path):
    ratings = read_ratings(WRITERS[form](tmp_path, movies=None))
    assert ratings.catalogue.titles == [None] * 4
    assert entries(ratings) == sorted(ROWS)


def test_the_ratings_file_itself_stands_for_its_folder(tmp_path):
    write_dat(tmp_path)
    assert read_ratings(tmp_path / "ratings.dat").catalogue.titles == TITLES


def test_ml_10m_titles_are_utf8_and_its_ratings_have_halves(tmp_path):
    write_dat(tmp_path, [(1, 1029, 4.5, 838985046)], encoding="utf-8")
    ratings = read_ratings(tmp_path)
    assert ratings.catalogue.titles == [TITLES[2]]
    assert ratings.matrix.data.tolist() == [4.5]


def test_titles_with_a_separator_or_quotes_in_them_stay_whole(tmp_path):
    movies = {31: ('Say "Ah": A Story, Part 1 (1999)', ""), 126: ("One::Two (2000)", "Drama")}
    for_csv = read_ratings(write_csv(tmp_path / "csv", movies=movies)).catalogue
    for_dat = read_ratings(write_dat(tmp_path / "dat", movies=movies)).catalogue
    assert for_csv.titles[:2] == for_dat.titles[:2] == ['Say "Ah": A Story, Part 1', "One::Two"]
    assert for_csv.genres[0] == ()


def test_ml_100k_without_u_genre_uses_the_published_flags(tmp_path):
    assert read_ratings(write_100k(tmp_path, genre_file=False)).catalogue.genres == GENRES


def test_the_flag_unknown_of_ml_100k_is_no_genre_and_the_release_date_gives_a_missing_year(tmp_path):
    write_100k(tmp_path)
    flags = "|".join(["1"] + ["0"] * 18)
    (tmp_path / "u.item").write_bytes(f"31|unknown|01-Jan-1995||http://x|{flags}\n".encode("latin-1"))
    catalogue = read_ratings(tmp_path).catalogue
    assert (catalogue.titles[0], catalogue.year(0), catalogue.genres[0]) == ("unknown", 1995, ())


@pytest.mark.parametrize(
    "header",
    [
        "userId,movieId,rating,timestamp",
        "USER_ID,Item ID,Score,time",
        "uid;film_id;stars;ts",
        "user\titem\trating\ttimestamp",
        '"user","movie","rating","timestamp"',
    ],
)
def test_common_spellings_and_delimiters_are_understood(header, tmp_path):
    delimiter = next(sign for sign in ";\t," if sign in header)
    lines = [header, *(delimiter.join(map(str, row)) for row in ROWS)]
    assert entries(read_ratings(text_file(tmp_path, "\n".join(lines)))) == sorted(ROWS)


def test_columns_may_come_in_any_order_among_others(tmp_path):
    path = text_file(tmp_path, 'comment,rating,item,x,user\n"a, b",4,9,,7\nc,3,9,,8\n')
    assert entries(read_ratings(path)) == [(7, 9, 4.0, None), (8, 9, 3.0, None)]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
def test_byte_order_marks_blank_lines_and_newlines_of_all_kinds_do_not_matter(newline, start, tmp_path):
    content = f"{start}user,item,rating\n1,2,3\n\n1,3,4".replace("\n", newline)
    assert entries(read_ratings(text_file(tmp_path, content))) == [(1, 2, 3.0, None), (1, 3, 4.0, None)]


def test_text_in_latin_1_is_read_even_when_it_starts_late(tmp_path):
    lines = ["user,item,rating,title", *(f"u{n},1,3,plain" for n in range(20_000)), "Zoë,2,3,Amélie (2001)"]
    ratings = read_ratings(text_file(tmp_path, "\n".join(lines), encoding="latin-1"))
    assert "Zoë" in ratings.users
    assert ratings.catalogue.titles == ["plain", "Amélie"]


@pytest.mark.parametrize("ids", [["007", "8"], ["+7", "8"], ["0x7", "8"], ["-0", "8"], ["7a", "8"], ["9" * 30, "8"]])
def test_a_column_with_anything_but_plain_whole_numbers_is_text(ids, tmp_path):
    ratings = read_ratings(text_file(tmp_path, "user,item,rating\n" + "".join(f"{i},5,3\n" for i in ids)))
    assert not ratings.users.numeric
    assert ratings.users.ids.tolist() == sorted(ids)
    assert ratings.items.numeric


def test_spaces_around_ids_do_not_make_them_text(tmp_path):
    ratings = read_ratings(text_file(tmp_path, "user, item, rating\n 1, 2, 3.5\n"))
    assert entries(ratings) == [(1, 2, 3.5, None)]


def test_titles_find_their_films_by_text_ids_too(tmp_path):
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,007,5,1\n1,8,4,1\n")
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n007,Goldfinger (1964),Action\n8,Eight,\n7,Seven,\n")
    assert read_ratings(tmp_path).catalogue.titles == ["Goldfinger", "Eight"]


def test_titles_genres_and_years_in_the_ratings_file_itself_are_used(tmp_path):
    content = (
        "user,item,rating,title,genres,year\n"
        '1,10,4,"Heat, The (1995)",Action|Crime,\n'
        "2,10,3,,,\n"
        "1,11,5,Bronx Warriors (1990),(no genres listed),1982.0\n"
        '1,12,2,"two\nlines",,\n'
        "1,13,2,,,\n"
    )
    ratings = read_ratings(text_file(tmp_path, content))
    # where the year has a column of its own, another number in brackets belongs to the title
    assert ratings.catalogue.titles == ["Heat, The", "Bronx Warriors (1990)", "two\nlines", None]
    assert ratings.catalogue.years.tolist() == [1995, 1982, 0, 0]
    assert ratings.catalogue.genres == [("Action", "Crime"), (), (), ()]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (["10", "20"], [10, 20]),
        (["10", "20.9"], [10, 20]),
        (["1.5e9", "2e9"], [1_500_000_000, 2_000_000_000]),
        (["1970-01-02", "1970-01-03"], [86_400, 172_800]),
        (["1970-01-01 00:01:00", "1970-01-01T00:02:00"], [60, 120]),
    ],
)
def test_times_are_seconds_or_dates(times, expected, tmp_path):
    content = "user,item,rating,timestamp\n" + "".join(f"1,{item},3,{time}\n" for item, time in enumerate(times))
    assert read_ratings(text_file(tmp_path, content)).timestamps.tolist() == expected


def test_of_a_rating_given_twice_the_last_by_time_stays_and_is_counted(tmp_path):
    write_csv(tmp_path, [(1, 2, 5.0, 200), (1, 2, 3.0, 100), (1, 3, 4.0, 1)])
    ratings = read_ratings(tmp_path)
    assert entries(ratings) == [(1, 2, 5.0, 200), (1, 3, 4.0, 1)]
    assert (ratings.report.n_read, ratings.report.n_duplicates) == (3, 1)


def parquet(folder, name="mine.parquet", **columns):
    path = folder / name
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_is_read_whatever_its_file_is_called(tmp_path):
    path = parquet(
        tmp_path,
        "mine.data",
        userId=pa.array([1, 2], pa.int32()),
        movieId=pa.array(["a", "b"]).dictionary_encode(),
        rating=pa.array([3, 4], pa.int8()),
        ts=pa.array([10**9, 2 * 10**9], pa.timestamp("s")),
        title=pa.array(["A (2001)", None]),
        genres=pa.array([["X", "Y"], None]),
        year=pa.array([None, 1999], pa.int16()),
    )
    ratings = read_ratings(path)
    assert entries(ratings) == [(1, "a", 3.0, 10**9), (2, "b", 4.0, 2 * 10**9)]
    assert ratings.catalogue.titles == ["A", None]
    assert ratings.catalogue.years.tolist() == [2001, 0]
    assert ratings.catalogue.genres == [("X", "Y"), ()]


def test_whole_numbers_that_pandas_made_floating_are_ids(tmp_path):
    path = parquet(tmp_path, user=[1.0, 2.0], item=pa.array([7, 8], pa.uint64()), rating=[3.5, 4.0])
    assert entries(read_ratings(path)) == [(1, 7, 3.5, None), (2, 8, 4.0, None)]


# float32 holds these exactly, and so does every way of writing them
_ratings = st.lists(
    st.tuples(
        st.integers(1, 10**9),
        st.integers(0, 10**6),
        st.integers(1, 10).map(lambda half: half / 2),
        st.integers(0, 2**33),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[:2],
)


@given(rows=_ratings)
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("form", WRITERS)
def test_what_is_written_in_a_layout_is_read_back(form, rows, tmp_path_factory):
    folder = WRITERS[form](tmp_path_factory.mktemp("ml"), rows, movies=None)
    assert entries(read_ratings(folder)) == sorted(rows)


_text_ids = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@given(ids=st.lists(_text_ids, min_size=1, max_size=10, unique=True))
@settings(max_examples=60, deadline=None)
def test_ids_of_any_text_survive_a_csv_file(ids, tmp_path_factory):
    quoted = ['"' + raw.replace('"', '""') + '"' for raw in ids]
    content = "user,item,rating\n" + "".join(f"{raw},x,3\n" for raw in quoted)
    users = read_ratings(text_file(tmp_path_factory.mktemp("ids"), content)).users
    assert sorted(map(str, users.ids.tolist())) == sorted(ids)


@given(content=st.text("1:\n", max_size=60), size=st.integers(1, 9))
def test_separators_are_replaced_wherever_the_pieces_of_a_file_end(content, size, tmp_path_factory):
    path = text_file(tmp_path_factory.mktemp("dat"), content, "ratings.dat")
    with path.open("rb") as file:
        table = TextTable(path, "::", {}, 4, 0, "utf-8", quoted=False, first=())
        stream = _Source(file, len(content), table, plain=False)
        pieces = iter(lambda: stream.read(size), b"")
        assert b"".join(pieces).decode() == content.replace("::", "\t")


def test_reading_a_csv_file_never_imports_pandas(tmp_path):
    import subprocess
    import sys

    write_csv(tmp_path)
    script = (
        "import sys, pathlib; from ucf_core.datasets.read.layouts import read_ratings; "
        "heavy = {'pyarrow', 'pooch', 'requests', 'pandas'}; assert not heavy & set(sys.modules), sys.modules; "
        f"read_ratings(pathlib.Path({str(tmp_path)!r})); assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_name_is_the_one_given_or_that_of_the_file(tmp_path):
    path = text_file(tmp_path, "user,item,rating\n1,2,3\n")
    assert read_ratings(path).name == "mine"
    assert read_ratings(path, name="ours").name == "ours"
    assert layouts.read_ratings(path).matrix.data.dtype == np.float32
