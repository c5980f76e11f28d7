"""read_ratings: any published MovieLens folder, or one CSV or Parquet file, as Ratings."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ucf_core.block_lanczos import Progress
from ucf_core.catalogue import ItemInfo
from ucf_core.datasets.arrow import Columns
from ucf_core.datasets.fast import is_parquet, read_parquet, read_text
from ucf_core.datasets.layouts import Layout, find_layout
from ucf_core.datasets.movies import read_movies
from ucf_core.datasets.texts import describe
from ucf_core.ids import RawId, are_numbers
from ucf_core.ratings import Ratings

_WHOLE_NUMBER = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)


def read_ratings(path: Path, *, name: str | None = None, progress: Progress | None = None) -> Ratings:
    """Read a MovieLens folder in any published layout, or one CSV or Parquet file with user, item and rating columns.

    `name` is what messages call the dataset; without it the name of the folder or file. Raises DatasetError, in one
    line that names the file, for anything that cannot be read as ratings; for a bad value also its line. `progress`
    is called with the bytes read and their total while a large file is parsed, and may raise to stop.
    """
    return read_layout(find_layout(path), name=name or path.stem or str(path), progress=progress)


def read_layout(layout: Layout, *, name: str, progress: Progress | None = None) -> Ratings:
    """Read the files that `find_layout` found. Raises DatasetError as `read_ratings` does."""
    with ThreadPoolExecutor(1) as beside:
        movies = beside.submit(read_movies, layout)
        columns = _columns(layout, progress)
        known = columns.known_items or _typed(movies.result(), numeric=are_numbers(columns.items))
    return Ratings.from_columns(
        columns.users, columns.items, columns.ratings, columns.timestamps, known_items=known, name=name, owned=True
    )


def _columns(layout: Layout, progress: Progress | None) -> Columns:
    if layout.form == "file" and is_parquet(layout.ratings):
        return read_parquet(layout.ratings)
    return read_text(describe(layout), progress)


def _typed(known: Mapping[str, ItemInfo], *, numeric: bool) -> dict[RawId, ItemInfo]:
    """The same with ids of the type that the ratings have; a title that belongs to no possible id is left out."""
    if not numeric:
        return {str(item): info for item, info in known.items()}
    return {int(item): info for item, info in known.items() if _WHOLE_NUMBER.fullmatch(item)}
