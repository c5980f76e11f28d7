"""MovieLens as ratings.dat and movies.dat, fields separated by `::`: ml-1m, ml-10m."""

from pathlib import Path

from ucf_core.datasets.read.layout import folder_layout
from ucf_core.datasets.read.text_format import add_movie, numbered_lines, without_header, wrong_width
from ucf_core.ratings.catalogue import ItemInfo, split_genres


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


LAYOUT = folder_layout(
    "dat",
    "MovieLens folder with ratings.dat (1M, 10M)",
    "ratings.dat",
    ("movies.dat",),
    lambda path: without_header(path, "::"),
    read_movies,
)
