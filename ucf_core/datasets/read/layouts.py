"""The registry of layouts: which of them a path is in, and its ratings. A new layout is a file here and a line."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ucf_core.base.errors import DatasetError, SpecError, os_errors_as
from ucf_core.base.progress import Progress
from ucf_core.datasets.read import ml_100k, movielens_csv, movielens_dat, one_file, parquet_file
from ucf_core.datasets.read.layout import Layout, RatingFiles
from ucf_core.ratings.ratings import Ratings

_WHOLE_NUMBER = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)
# in the order in which they are tried
_LAYOUTS = [movielens_csv.LAYOUT, movielens_dat.LAYOUT, ml_100k.LAYOUT, parquet_file.LAYOUT, one_file.LAYOUT]


def register_layout(layout: Layout) -> None:
    """Add a layout, tried before all others. Raises SpecError if one has its name."""
    if any(known.name == layout.name for known in _LAYOUTS):
        raise SpecError(f"there is a layout {layout.name!r} already; choose another name")
    _LAYOUTS.insert(0, layout)


def known_layouts() -> tuple[Layout, ...]:
    """All layouts, in the order in which they are tried."""
    return tuple(_LAYOUTS)


def upload_endings() -> list[str]:
    """The endings of files that can be uploaded, without the full stop."""
    return list(dict.fromkeys(ending for layout in reversed(_LAYOUTS) for ending in layout.endings))


def find_ratings(path: Path) -> RatingFiles:
    """The ratings at a path: a folder or file in a known layout, or a folder that holds one. Raises DatasetError."""
    with os_errors_as(DatasetError, f"{path} cannot be read"):
        if not path.exists():
            raise DatasetError(
                f"{path} does not exist; give a MovieLens folder, a CSV or a Parquet file, or the name of a dataset"
            )
        found = _recognised(path)
        if found is not None:
            return found
        if not path.is_dir():
            raise DatasetError(
                f"{path} is neither a file nor a folder; give a MovieLens folder, a CSV or a Parquet file"
            )
        inner = [found for child in sorted(path.iterdir()) if child.is_dir() and (found := _recognised(child))]
    if len(inner) > 1:
        names = ", ".join(found.path.name for found in inner[:5])
        raise DatasetError(f"{path} holds several datasets ({names}); give the folder of one of them")
    if not inner:
        wanted = ", ".join(layout.looks_for for layout in _LAYOUTS if layout.looks_for)
        raise DatasetError(f"{path} holds no known layout; looked for {wanted} in it and in the folders in it")
    return inner[0]


def holds_ratings(folder: Path) -> bool:
    """Whether `find_ratings` finds any in this folder."""
    try:
        return folder.is_dir() and bool(find_ratings(folder))
    except DatasetError:
        return False


def _recognised(path: Path) -> RatingFiles | None:
    return next((RatingFiles(layout, path) for layout in _LAYOUTS if layout.recognises(path)), None)


def read_ratings(path: Path, *, name: str | None = None, progress: Progress | None = None) -> Ratings:
    """The ratings at a path, named `name` or like the path. As `read_files` of `find_ratings`."""
    return read_files(find_ratings(path), name=name or path.stem or str(path), progress=progress)


def read_files(source: RatingFiles, *, name: str, progress: Progress | None = None) -> Ratings:
    """The ratings of files; messages call them `name`.

    `progress` gets the bytes read and their total while a text file is parsed, and may raise to stop. Raises
    DatasetError that names the file, and for a bad value its line.
    """
    layout = source.layout
    with ThreadPoolExecutor(1) as beside:
        titles = beside.submit(layout.read_titles, source.path) if layout.read_titles else None
        columns = layout.read(source.path, progress)
        read = titles.result() if titles else {}
    numeric = columns.items.dtype.kind == "i"
    known = columns.known_items or {
        int(item) if numeric else item: info
        for item, info in read.items()
        if not numeric or _WHOLE_NUMBER.fullmatch(item)  # a title without a possible id is left out
    }
    return Ratings.from_columns(
        columns.users, columns.items, columns.ratings, columns.timestamps, known_items=known, name=name, owned=True
    )
