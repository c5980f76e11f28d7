"""Layout: one way in which ratings lie on disk; and RatingFiles: the files of one dataset in a layout."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ucf_core.base.progress import Progress
from ucf_core.datasets.read.arrow import Columns
from ucf_core.ratings.catalogue import ItemInfo


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One way in which ratings lie on disk. `register_layout` adds one for everything that reads or lists datasets.

    Attributes:
        name: short and unique.
        title: what the Data page calls it.
        recognises: whether a path, of a folder or a file, is a dataset in this layout.
        read: the ratings at such a path, calling the progress with bytes read and their total where that is given.
            Raises DatasetError that names the first bad line.
        read_titles: titles, years and genres at such a path, by the text of the item id; None where there are none.
        files: all files that belong to such a path, the ratings first. Their contents are the dataset's identity.
        looks_for: the name of the file that makes a folder one of this layout; None for single files of any name.
        endings: of single files that can be uploaded, without the full stop.
        memory: bytes that reading takes at its peak for each byte of the files.
        digest_name: what names the layout in the digest of the files' contents; the name where it is empty.
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


@dataclass(frozen=True)
class RatingFiles:
    """A path and the layout that recognises it."""

    layout: Layout
    path: Path

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that are read, the ratings first."""
        return tuple(self.layout.files(self.path))

    @property
    def ratings(self) -> Path:
        """The file with the ratings."""
        return self.files[0]


def in_folder(name: str) -> Callable[[Path], bool]:
    """A `recognises` for a folder that has a file of this name, and for that file itself."""
    return lambda path: path.name == name if path.is_file() else (path / name).is_file()


def beside(ratings: str, *others: str) -> Callable[[Path], Sequence[Path]]:
    """A `files` for a folder or its ratings file: the ratings, and those of the other files that are there."""

    def files(path: Path) -> Sequence[Path]:
        first = path if path.is_file() else path / ratings
        return (first, *(other for name in others if (other := first.with_name(name)).is_file()))

    return files
