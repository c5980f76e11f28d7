"""MovieLens as ratings.dat and movies.dat, fields separated by `::`: ml-1m, ml-10m."""

from pathlib import Path

from ucf_core.base.progress import Progress
from ucf_core.datasets.read.arrow import Columns
from ucf_core.datasets.read.layout import Layout, beside, in_folder
from ucf_core.datasets.read.movies import add_movie, numbered_lines, wrong_width
from ucf_core.datasets.read.tables import read_text
from ucf_core.datasets.read.text_format import without_header
from ucf_core.ratings.catalogue import ItemInfo, split_genres

_files = beside("ratings.dat", "movies.dat")


def _read(path: Path, progress: Progress | None) -> Columns:
    return read_text(without_header(_files(path)[0], "::"), progress)


def _read_titles(path: Path) -> dict[str, ItemInfo]:
    _, *movies = _files(path)
    return read_movies(movies[0]) if movies else {}


def read_movies(path: Path) -> dict[str, ItemInfo]:
    """Title without year, year and genres by the text of the item id. Raises DatasetError naming the first bad line."""
    known: dict[str, ItemInfo] = {}
    for number, line in numbered_lines(path):
        # split from both ends, so that a title may hold the separator
        item, first, rest = line.partition("::")
        title, second, genres = rest.rpartition("::")
        if not first or not second:
            raise wrong_width(path, number, line.count("::") + 1, "3, separated by ::,")
        add_movie(known, item, title, split_genres(genres))
    return known


LAYOUT = Layout(
    name="dat",
    title="MovieLens folder with ratings.dat (1M, 10M)",
    recognises=in_folder("ratings.dat"),
    read=_read,
    read_titles=_read_titles,
    files=_files,
    looks_for="ratings.dat",
)
