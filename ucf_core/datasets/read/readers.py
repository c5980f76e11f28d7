"""read_ratings: a folder or a file in a known layout, as Ratings."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ucf_core.base.progress import Progress
from ucf_core.datasets.read.layout import RatingFiles
from ucf_core.datasets.read.layouts import find_ratings
from ucf_core.ratings.catalogue import ItemInfo
from ucf_core.ratings.ids import RawId
from ucf_core.ratings.ratings import Ratings

_WHOLE_NUMBER = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)


def read_ratings(path: Path, *, name: str | None = None, progress: Progress | None = None) -> Ratings:
    """The ratings at a path: a folder or a file in a known layout.

    `name` is what messages call the dataset; without it the name of the folder or file. Raises DatasetError, in one
    line that names the file, for anything that cannot be read as ratings; for a bad value also its line. `progress`
    is called with the bytes read and their total while a text file is parsed, and may raise to stop.
    """
    return read_files(find_ratings(path), name=name or path.stem or str(path), progress=progress)


def read_files(source: RatingFiles, *, name: str, progress: Progress | None = None) -> Ratings:
    """The ratings that `find_ratings` found. Raises DatasetError as `read_ratings` does."""
    layout = source.layout
    with ThreadPoolExecutor(1) as beside:
        titles = beside.submit(layout.read_titles, source.path) if layout.read_titles else None
        columns = layout.read(source.path, progress)
        read = titles.result() if titles else {}
    known = columns.known_items or _typed(read, numeric=columns.items.dtype.kind == "i")
    return Ratings.from_columns(
        columns.users, columns.items, columns.ratings, columns.timestamps, known_items=known, name=name, owned=True
    )


def _typed(known: Mapping[str, ItemInfo], *, numeric: bool) -> dict[RawId, ItemInfo]:
    """The same with ids of the type that the ratings have; a title that belongs to no possible id is left out."""
    if not numeric:
        return {str(item): info for item, info in known.items()}
    return {int(item): info for item, info in known.items() if _WHOLE_NUMBER.fullmatch(item)}
