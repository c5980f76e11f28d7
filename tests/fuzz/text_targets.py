"""Readers of text: ratings and titles in every published layout, and what people export from elsewhere."""

from collections.abc import Callable
from pathlib import Path

from ucf_core.datasets.personal.exports import read_export
from ucf_core.datasets.read import ml_100k, movielens_csv, movielens_dat
from ucf_core.datasets.read.layouts import read_ratings
from ucf_core.ratings.catalogue import ItemInfo

from .harness import Target
from .places import written

_RATINGS = b"userId,movieId,rating,timestamp\n1,10,4.0,964982703\n1,20,3.5,964982704\n2,10,0.5,964982705\n"
_QUOTED = b'user;film;stars;title\na;"x;1";4;"Heat, ""the"" film"\nb;y;2;"two\nlines"\n'
_DATED = "\N{BYTE ORDER MARK}User ID\tItem\tRating\tDate\n7\t1\t-1\t2020-01-31 23:59:59\n8\t1\t5\t2021-02-03\n".encode()
_DAT = b"1::1193::5::978300760\n1::661::3::978302109\n2::1193::4.5::978301968\n"
_U_DATA = b"196\t242\t3\t881250949\n186\t302\t3\t891717742\n22\t377\t1\t878887116\n"

_MOVIES = b'movieId,title,genres\n1,Toy Story (1995),Adventure|Comedy\n2,"Heat, The (1995)",(no genres listed)\n3,,\n'
_MOVIES_YEAR = b"item,name,year,categories\n1,Heat,1995,Action\n2,Seven,,\n"
_MOVIES_DAT = b"1::Toy Story (1995)::Animation|Children's\n2::A::B (1990)::Drama\n3::Seven (1995)::Crime\n"
_U_ITEM = (
    b"1|Toy Story (1995)|01-Jan-1995||http://us.imdb.com/M/title-exact|0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0\n"
    b"2|Caf\xe9 (1995)|01-Jan-1995||http://us.imdb.com/|0|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0|1|0|0\n"
)
_U_GENRE = b"unknown|0\nAction|1\nDrama|2\n"

_LETTERBOXD = (
    b"Date,Name,Year,Letterboxd URI,Rating\n"
    b"2020-01-31,Heat,1995,https://boxd.it/x,4.5\n2020-02-01,Seven,1995,https://boxd.it/y,\n"
)
_IMDB = (
    b"Const,Your Rating,Date Rated,Title,Original Title,Year\n"
    b"tt1,8,2020-01-01,Heat,Heat,1995\ntt2,10,2020-01-02,Seven,Se7en,1995\n"
)
_MOVIELENS = b"userId,movieId,rating,timestamp\n1,10,4.0,964982703\n1,20,3.5,964982704\n"
_OTHER = "Film;Rating\nDie fabelhafte Welt der Am\xe9lie;4,5\nHeat (1995);3\n".encode("cp1252")


def _ratings(name: str) -> Callable[[bytes], object]:
    def run(data: bytes) -> None:
        ratings = read_ratings(written(f"ratings/{name}", data), name="fuzzed")
        assert ratings.n_ratings > 0
        assert ratings.matrix.has_canonical_format
        assert len(ratings.catalogue) == ratings.n_items == ratings.matrix.shape[1]

    return run


def _movies(read: Callable[[Path], dict[str, ItemInfo]], name: str) -> Callable[[bytes], object]:
    def run(data: bytes) -> None:
        for item, info in read(written(f"movies/{name}", data)).items():
            assert item == item.strip()
            assert info.title
            assert info.year is None or 0 <= info.year <= 9999

    return run


def _genres(data: bytes) -> None:
    movies = written("genres/u.item", b"1|Heat|01-Jan-1995||x|0|1|1\n")
    ml_100k.read_movies(movies, written("genres/u.genre", data))


def _export(data: bytes) -> None:
    export = read_export(data, scale=(0.5, 5.0))
    low, high = export.source.scale or (0.5, 5.0)
    assert export.films
    assert all(low <= film.rating <= high and (film.title or film.item) for film in export.films)


TARGETS = (
    Target("csv", _ratings("table.csv"), (_RATINGS, _QUOTED, _DATED)),
    Target("dat", _ratings("ratings.dat"), (_DAT,)),
    Target("u.data", _ratings("u.data"), (_U_DATA,)),
    Target("movies.csv", _movies(movielens_csv.read_movies, "movies.csv"), (_MOVIES, _MOVIES_YEAR)),
    Target("movies.dat", _movies(movielens_dat.read_movies, "movies.dat"), (_MOVIES_DAT,)),
    Target("u.item", _movies(ml_100k.read_movies, "u.item"), (_U_ITEM,)),
    Target("u.genre", _genres, (_U_GENRE,)),
    Target(
        "export",
        _export,
        (_LETTERBOXD, _IMDB, _OTHER, _MOVIELENS, _LETTERBOXD.decode().encode("utf-16")),
        (b"Rating", b"Your Rating", b"Name", b"movieId", b"userId", b"Year", b"Const", b"Letterboxd URI"),
    ),
)
