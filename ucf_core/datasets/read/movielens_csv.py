"""MovieLens as ratings.csv and movies.csv: ml-latest-small, ml-20m, ml-25m, ml-32m."""

import csv
import io
from pathlib import Path

from ucf_core.datasets.read.columns import map_columns, require
from ucf_core.datasets.read.layout import folder_layout
from ucf_core.datasets.read.text_format import add_movie, bad_quotes, decode, with_header, wrong_width
from ucf_core.ratings.catalogue import ItemInfo, split_genres


def read_movies(path: Path) -> dict[str, ItemInfo]:
    """Title without year, year and genres by the text of the item id. Raises DatasetError naming the first bad line."""
    return parse_movies(decode(path), path)


def parse_movies(text: str, path: Path) -> dict[str, ItemInfo]:
    """`read_movies` from the text of the file; `path` is for messages."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    known: dict[str, ItemInfo] = {}
    try:
        names = next((row for row in reader if row), [])
        columns = map_columns(names)
        require(columns, ("item", "title"), names, path)
        item, title, genres, year = columns["item"], columns["title"], columns.get("genres"), columns.get("year")
        for row in reader:
            if not row:
                continue
            if len(row) != len(names):
                raise wrong_width(path, reader.line_num, len(row), str(len(names)))
            given_year = row[year].strip() if year is not None else ""
            listed = split_genres(row[genres]) if genres is not None else ()
            add_movie(known, row[item], row[title], listed, given_year if len(given_year) == 4 else "")
    except csv.Error as error:
        raise bad_quotes(path, reader.line_num, error) from None
    return known


LAYOUT = folder_layout(
    "csv",
    "MovieLens folder with ratings.csv (latest, 20M, 25M, 32M)",
    "ratings.csv",
    ("movies.csv",),
    with_header,
    read_movies,
)
