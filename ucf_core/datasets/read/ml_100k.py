"""MovieLens 100K: u.data with tabs, titles and genre flags in u.item, the names of the flags in u.genre."""

import re
from pathlib import Path

from ucf_core.base.errors import DatasetError
from ucf_core.datasets.read.columns import shown
from ucf_core.datasets.read.layout import folder_layout
from ucf_core.datasets.read.text_format import add_movie, numbered_lines, without_header, wrong_width
from ucf_core.ratings.catalogue import ItemInfo

# u.genre, for a folder that lacks it. "unknown" is a flag there, not a genre.
_FLAGS = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama"),
    *("Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)


def read_movies(path: Path, genre_file: Path | None = None) -> dict[str, ItemInfo]:
    """Title without year, year and genres by the text of the item id. Raises DatasetError naming the first bad line."""
    flags = _read_flags(genre_file) if genre_file else list(_FLAGS)
    known: dict[str, ItemInfo] = {}
    for number, line in numbered_lines(path):
        fields = line.split("|")
        if len(fields) != 5 + len(flags):
            raise wrong_width(path, number, len(fields), f"{5 + len(flags)}, separated by |,")
        flagged = [name for name, flag in zip(flags, fields[5:], strict=True) if flag.strip() == "1"]
        genres = tuple(name for name in flagged if name != "unknown")
        add_movie(known, fields[0], fields[1], genres, fields[2].strip()[-4:])  # 01-Jan-1995
    return known


def _read_flags(path: Path) -> list[str]:
    """Names of the genre flags in the order of u.item, from lines such as Action|1."""
    numbered: dict[int, str] = {}
    for number, line in numbered_lines(path):
        name, _, position = line.rpartition("|")
        position = position.strip()  # of more than int() takes off
        if not re.fullmatch(r"[0-9]{1,9}", position):
            raise DatasetError(f"{path}, line {number}: {shown(line)} is not a genre and its number, such as Action|1")
        numbered[int(position)] = name
    if sorted(numbered) != list(range(len(numbered))):
        raise DatasetError(f"{path}: the genres are not numbered from 0 to {len(numbered) - 1} without a gap")
    return [numbered[position] for position in range(len(numbered))]


LAYOUT = folder_layout(
    "u.data",
    "MovieLens 100K folder with u.data",
    "u.data",
    ("u.item", "u.genre"),
    lambda path: without_header(path, "\t"),
    read_movies,
)
