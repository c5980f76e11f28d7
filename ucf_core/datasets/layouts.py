"""Layout: which files of a path hold the ratings and the titles, and in which published form."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from ucf_core.errors import DatasetError

Form: TypeAlias = Literal["csv", "dat", "u.data", "file"]

# ratings file: (form, file with the titles), in the order in which a folder is searched
_PUBLISHED: dict[str, tuple[Form, str]] = {
    "ratings.csv": ("csv", "movies.csv"),  # ml-latest-small, ml-20m, ml-25m, ml-32m
    "ratings.dat": ("dat", "movies.dat"),  # ml-1m, ml-10m
    "u.data": ("u.data", "u.item"),  # ml-100k
}


@dataclass(frozen=True)
class Layout:
    """The files of one dataset.

    Attributes:
        form: "csv", "dat" (fields separated by `::`), "u.data" (tabs, no header), or "file": any one CSV or Parquet.
        ratings: the file with the ratings.
        movies: the file with titles and genres, None where there is none.
        genres: the names of the genre flags in `movies` (ml-100k only), None where there is none.
    """

    form: Form
    ratings: Path
    movies: Path | None = None
    genres: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that are read, the ratings first."""
        return tuple(path for path in (self.ratings, self.movies, self.genres) if path is not None)


def find_layout(path: Path) -> Layout:
    """The layout of a MovieLens folder, of a folder that holds exactly one, or of one file.

    Raises DatasetError where the path does not exist or holds no known layout.
    """
    if path.is_file():
        return _in_folder(path.parent, only=path.name) or Layout("file", path)
    if not path.exists():
        raise DatasetError(
            f"{path} does not exist; give a MovieLens folder, a CSV or a Parquet file, or the name of a dataset"
        )
    if not path.is_dir():
        raise DatasetError(f"{path} is neither a file nor a folder; give a MovieLens folder, a CSV or a Parquet file")
    try:
        own = _in_folder(path)
        inner = [] if own else [found for child in sorted(path.iterdir()) if (found := _in_folder(child))]
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error
    if own:
        return own
    if len(inner) > 1:
        names = ", ".join(layout.ratings.parent.name for layout in inner[:5])
        raise DatasetError(f"{path} holds several datasets ({names}); give the folder of one of them")
    if not inner:
        raise DatasetError(
            f"{path} holds no known layout; looked for {', '.join(_PUBLISHED)} in it and in the folders in it"
        )
    return inner[0]


def holds_layout(path: Path) -> bool:
    """Whether `find_layout` finds one in this folder."""
    try:
        return path.is_dir() and bool(find_layout(path))
    except DatasetError:
        return False


def _in_folder(folder: Path, only: str | None = None) -> Layout | None:
    for ratings, (form, movies) in _PUBLISHED.items():
        if (only is None or only == ratings) and (folder / ratings).is_file():
            return Layout(
                form=form,
                ratings=folder / ratings,
                movies=_if_file(folder / movies),
                genres=_if_file(folder / "u.genre") if form == "u.data" else None,
            )
    return None


def _if_file(path: Path) -> Path | None:
    return path if path.is_file() else None
