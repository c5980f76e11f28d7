"""Layout: one way to store ratings in files; RatingFiles: the files of one dataset in a layout."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ucf_core.base.progress import Progress
from ucf_core.datasets.read.columns import Columns
from ucf_core.datasets.read.text_format import TextTable
from ucf_core.ratings.catalogue import ItemInfo


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One way to store ratings in files. `register_layout` adds one for everything that reads or lists datasets.

    Attributes:
        name: short and unique.
        title: shown on the Data page.
        recognises: whether a folder or a file is a dataset in this layout.
        read: the ratings; the progress gets the bytes read and their total. Raises DatasetError naming the bad line.
        read_titles: titles, years and genres by the text of the item id; None for a layout without titles.
        files: all files of a dataset, the ratings first. Their contents are its identity.
        looks_for: the file that a folder in this layout must have; None for single files of any name.
        endings: of single files that can be uploaded, without the full stop.
        memory: peak memory of reading, in bytes for each byte of the files.
        digest_name: the layout's name in the digest of the files' contents; `name` by default.
    """

    name: str
    title: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path, Progress | None], Columns]
    read_titles: Callable[[Path], dict[str, ItemInfo]] | None = None
    files: Callable[[Path], Sequence[Path]] = lambda path: (path,)
    looks_for: str | None = None
    endings: tuple[str, ...] = ()
    memory: int = 4
    digest_name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest_name", self.digest_name or self.name)


@dataclass(frozen=True)
class RatingFiles:
    """A path and the layout that recognises it."""

    layout: Layout
    path: Path

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that are read, the ratings first."""
        return tuple(self.layout.files(self.path))


def read_csv(table: TextTable, progress: Progress | None) -> Columns:
    """The columns of a text file. Raises DatasetError naming the first bad line."""
    from ucf_core.datasets.read.arrow_csv import read_text  # not at the top: it imports pyarrow

    return read_text(table, progress)


def folder_layout(
    name: str,
    title: str,
    ratings: str,
    others: Sequence[str],
    table: Callable[[Path], TextTable],
    read_movies: Callable[..., dict[str, ItemInfo]],
) -> Layout:
    """The layout of a folder with a text file of ratings, or that file itself, and `others` beside it.

    `table` finds the format of the ratings. `read_movies` gets those of `others` that exist, if the first one does.
    """

    def files(path: Path) -> list[Path]:
        first = path if path.is_file() else path / ratings
        return [first, *(file for other in others if (file := first.with_name(other)).is_file())]

    def titles(path: Path) -> dict[str, ItemInfo]:
        movies = files(path)[1:]
        return read_movies(*movies) if movies and movies[0].name == others[0] else {}

    return Layout(
        name=name,
        title=title,
        recognises=lambda path: path.name == ratings if path.is_file() else (path / ratings).is_file(),
        read=lambda path, progress: read_csv(table(files(path)[0]), progress),
        read_titles=titles,
        files=files,
        looks_for=ratings,
    )
