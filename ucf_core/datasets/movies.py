"""Readers of the published files of titles: movies.csv, movies.dat and u.item."""

import csv
import io
import re
from pathlib import Path

from ucf_core.catalogue import ItemInfo, split_genres, split_title
from ucf_core.datasets.columns import map_columns, require, shown
from ucf_core.datasets.layouts import Layout
from ucf_core.datasets.texts import decode
from ucf_core.errors import DatasetError

# u.genre of ml-100k, for a folder that lacks the file. "unknown" is a flag there, not a genre.
_FLAGS = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama"),
    *("Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)


def read_movies(layout: Layout) -> dict[str, ItemInfo]:
    """Title without year, year and genres by the text of the item id; {} where the layout has no such file.

    Raises DatasetError naming the first line that cannot be read.
    """
    if layout.movies is None:
        return {}
    if layout.form == "u.data":
        return _read_u_item(layout.movies, layout.genres)
    return _read_dat(layout.movies) if layout.form == "dat" else _read_csv(layout.movies)


def _read_csv(path: Path) -> dict[str, ItemInfo]:
    reader = csv.reader(io.StringIO(decode(path), newline=""), strict=True)
    known: dict[str, ItemInfo] = {}
    try:
        names = next((row for row in reader if row), [])
        columns = map_columns(names)
        require(columns, ("item", "title"), names, path)
        item, title, genres, year = columns.item or 0, columns.title or 0, columns.genres, columns.year
        for row in reader:
            if not row:
                continue
            if len(row) != len(names):
                raise _ragged(path, reader.line_num, len(row), str(len(names)))
            given_year = row[year].strip() if year is not None else ""
            _add(
                known,
                row[item],
                row[title],
                split_genres(row[genres]) if genres is not None else (),
                int(given_year) if len(given_year) == 4 and given_year.isdecimal() else None,
            )
    except csv.Error as error:
        raise DatasetError(
            f"{path}, line {reader.line_num}: not well-formed CSV ({error}); mend the quotes of that line"
        ) from None
    return known


def _read_dat(path: Path) -> dict[str, ItemInfo]:
    known: dict[str, ItemInfo] = {}
    for number, line in _numbered(path):
        # split from both ends, so that a title may hold the separator
        item, first, rest = line.partition("::")
        title, second, genres = rest.rpartition("::")
        if not first or not second:
            raise _ragged(path, number, line.count("::") + 1, "3, separated by ::,")
        _add(known, item, title, split_genres(genres))
    return known


def _read_u_item(path: Path, genre_file: Path | None) -> dict[str, ItemInfo]:
    flags = _read_flags(genre_file) if genre_file else list(_FLAGS)
    known: dict[str, ItemInfo] = {}
    for number, line in _numbered(path):
        fields = line.split("|")
        if len(fields) != 5 + len(flags):
            raise _ragged(path, number, len(fields), f"{5 + len(flags)}, separated by |,")
        genres = tuple(
            name for name, flag in zip(flags, fields[5:], strict=True) if flag.strip() == "1" and name != "unknown"
        )
        released = fields[2].strip()[-4:]  # 01-Jan-1995
        _add(known, fields[0], fields[1], genres, int(released) if released.isdecimal() else None)
    return known


def _read_flags(path: Path) -> list[str]:
    """Names of the genre flags in the order of u.item, from lines such as Action|1."""
    numbered: dict[int, str] = {}
    for number, line in _numbered(path):
        name, _, position = line.rpartition("|")
        position = position.strip()  # of more than int() takes off
        if not re.fullmatch(r"[0-9]{1,9}", position):
            raise DatasetError(f"{path}, line {number}: {shown(line)} is not a genre and its number, such as Action|1")
        numbered[int(position)] = name
    if sorted(numbered) != list(range(len(numbered))):
        raise DatasetError(f"{path}: the genres are not numbered from 0 to {len(numbered) - 1} without a gap")
    return [numbered[position] for position in range(len(numbered))]


def _add(known: dict[str, ItemInfo], item: str, title: str, genres: tuple[str, ...], year: int | None = None) -> None:
    """Add what a line says; a line without a title says nothing. The year in the title counts before `year`."""
    if title.strip():
        short, titled_year = split_title(title)
        known[item.strip()] = ItemInfo(short, titled_year or year, genres)


def _numbered(path: Path) -> list[tuple[int, str]]:
    """Lines that are not blank, with their numbers from 1."""
    lines = io.StringIO(decode(path), newline=None)
    return [(number, line.rstrip("\n")) for number, line in enumerate(lines, 1) if line.strip()]


def _ragged(path: Path, number: int, found: int, expected: str) -> DatasetError:
    return DatasetError(
        f"{path}, line {number}: {found} fields where {expected} were expected; complete the line or quote its text"
    )
