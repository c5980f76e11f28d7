"""The registry of layouts, and which of them a path is in. A new layout is a file beside this one and a line."""

from pathlib import Path

from ucf_core.base.errors import DatasetError, SpecError
from ucf_core.datasets.read import ml_100k, movielens_csv, movielens_dat, one_file, parquet_file
from ucf_core.datasets.read.layout import Layout, RatingFiles

# in the order in which they are asked
_LAYOUTS = [movielens_csv.LAYOUT, movielens_dat.LAYOUT, ml_100k.LAYOUT, parquet_file.LAYOUT, one_file.LAYOUT]


def register_layout(layout: Layout) -> None:
    """Add a layout, asked before those that are there. Raises SpecError where one has its name."""
    if any(known.name == layout.name for known in _LAYOUTS):
        raise SpecError(f"there is a layout {layout.name!r} already; choose another name")
    _LAYOUTS.insert(0, layout)


def known_layouts() -> tuple[Layout, ...]:
    """Every layout, in the order in which they are asked."""
    return tuple(_LAYOUTS)


def upload_endings() -> list[str]:
    """The endings of files that can be uploaded, without the full stop."""
    return list(dict.fromkeys(ending for layout in reversed(_LAYOUTS) for ending in layout.endings))


def find_ratings(path: Path) -> RatingFiles:
    """The ratings at a path: a folder or a file in a known layout, or a folder in which one folder is.

    Raises DatasetError where the path does not exist or nothing in a known layout is there.
    """
    try:
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
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error
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
