"""Writes small datasets in the layouts that GroupLens publishes, byte for byte in their manner."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ucf_core.ratings.ratings import Ratings

Row = tuple[int, int, float, int]  # user, item, rating, timestamp
Movies = Mapping[int, tuple[str, str]]  # item: (title with its year, genres separated by |)

FLAGS = [
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama"),
    *("Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
]

ROWS: list[Row] = [
    (1, 31, 2.0, 1260759144),
    (1, 1029, 3.0, 1260759179),
    (2, 31, 4.0, 835355493),
    (2, 126, 5.0, 835355681),
    (15, 1029, 1.0, 1298862021),
    (15, 40697, 4.0, 1298862022),
]
MOVIES: Movies = {
    31: ("Dangerous Minds (1995)", "Drama"),
    126: ("NeverEnding Story III, The (1994)", "Adventure|Children's|Fantasy"),
    1029: ("Léon: The Professional (a.k.a. The Professional) (Léon) (1994)", "Action|Crime"),
    40697: ("Babylon 5", "Sci-Fi"),
}
# what Ratings must hold of MOVIES, in the order of the ids
TITLES = [
    "Dangerous Minds",
    "NeverEnding Story III, The",
    "Léon: The Professional (a.k.a. The Professional) (Léon)",
    "Babylon 5",
]
YEARS = [1995, 1994, 1994, 0]
GENRES = [("Drama",), ("Adventure", "Children's", "Fantasy"), ("Action", "Crime"), ("Sci-Fi",)]


def write_csv(folder: Path, rows: Sequence[Row] = ROWS, movies: Movies | None = MOVIES) -> Path:
    """ml-latest-small, ml-20m, ml-25m, ml-32m: UTF-8, ratings with a decimal, titles with a comma in quotes."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{user},{item},{float(rating)},{time}" for user, item, rating, time in rows]
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *lines]) + "\n", encoding="utf-8")
    if movies is not None:
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["movieId", "title", "genres"])
        writer.writerows((item, title, genres or "(no genres listed)") for item, (title, genres) in movies.items())
        (folder / "movies.csv").write_text(text.getvalue(), encoding="utf-8")
    return folder


def write_dat(
    folder: Path, rows: Sequence[Row] = ROWS, movies: Movies | None = MOVIES, *, encoding: str = "latin-1"
) -> Path:
    """ml-1m (Latin-1, whole ratings) and ml-10m (UTF-8, halves): separated by ::, no header."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{user}::{item}::{rating:g}::{time}\n" for user, item, rating, time in rows]
    (folder / "ratings.dat").write_text("".join(lines), encoding="ascii")
    if movies is not None:
        lines = [f"{item}::{title}::{genres or '(no genres listed)'}\n" for item, (title, genres) in movies.items()]
        (folder / "movies.dat").write_text("".join(lines), encoding=encoding)
    return folder


def write_100k(
    folder: Path, rows: Sequence[Row] = ROWS, movies: Movies | None = MOVIES, *, genre_file: bool = True
) -> Path:
    """ml-100k: tabs, titles with 19 flags separated by |, Latin-1."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{user}\t{item}\t{rating:g}\t{time}\n" for user, item, rating, time in rows]
    (folder / "u.data").write_text("".join(lines), encoding="ascii")
    if movies is not None:
        lines = []
        for item, (title, genres) in movies.items():
            flags = "|".join(str(int(name in genres.split("|"))) for name in FLAGS)
            lines.append(f"{item}|{title}|||http://us.imdb.com/M/title-exact?{item}|{flags}\n")
        (folder / "u.item").write_text("".join(lines), encoding="latin-1")
    if genre_file:
        (folder / "u.genre").write_text("".join(f"{name}|{i}\n" for i, name in enumerate(FLAGS)) + "\n")
    return folder


WRITERS = {"csv": write_csv, "dat": write_dat, "u.data": write_100k}


def entries(ratings: Ratings) -> list[tuple[object, object, float, int | None]]:
    """All ratings with raw ids, sorted by user and item."""
    coo = ratings.matrix.tocoo()
    times = [None] * ratings.n_ratings if ratings.timestamps is None else ratings.timestamps.tolist()
    return [
        (ratings.users.raw(user), ratings.items.raw(item), float(value), time)
        for user, item, value, time in zip(coo.row, coo.col, coo.data, times, strict=True)
    ]


def zipped(folder: Path, archive: Path, *, inside: str | None = None) -> Path:
    """A zip archive of a folder, unpacking to one folder as GroupLens's do."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr(f"{inside or folder.name}/", "")
        for path in sorted(folder.iterdir()):
            target.write(path, f"{inside or folder.name}/{path.name}")
    return archive


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
