"""TextTable: the format of a text file of ratings, found from its first lines; and lines of files of titles."""

import codecs
import csv
import io
from dataclasses import dataclass
from pathlib import Path

from ucf_core.base.errors import DatasetError, os_errors_as
from ucf_core.datasets.read.columns import map_columns, require, split_header
from ucf_core.ratings.catalogue import ItemInfo, split_title

_HEAD = 1 << 16
_MAGIC = {
    b"PK\x03\x04": "a zip archive; unpack it and give the folder",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"\xff\xfe": "UTF-16 text; save it as CSV in UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as CSV in UTF-8",
}


@dataclass(frozen=True)
class TextTable:
    """A text file of ratings.

    Attributes:
        delimiter: one character, or "::".
        columns: positions of the columns by meaning.
        width: fields in every line.
        skip: lines before the first rating.
        encoding: "utf-8" (with or without a byte order mark) or "latin-1".
        quoted: whether fields may be in double quotes.
        first: the fields of the first rating.
    """

    path: Path
    delimiter: str
    columns: dict[str, int]
    width: int
    skip: int
    encoding: str
    quoted: bool
    first: tuple[str, ...]


def with_header(path: Path) -> TextTable:
    """The format of a CSV file whose first line names its columns. Raises DatasetError."""
    lines, encoding = _first_lines(path)
    skip = next((number for number, line in enumerate(lines, 1) if line.strip()), None)
    if skip is None:
        raise DatasetError(f"{path} holds blank lines only; it needs a header line and ratings")
    delimiter, names = split_header(lines[skip - 1])
    columns = map_columns(names)
    require(columns, ("user", "item", "rating"), names, path)
    first = next((line for line in lines[skip:] if line.strip()), None)
    if first is None:
        raise DatasetError(f"{path} holds a header line but no ratings; at least one is needed")
    fields = tuple(next(csv.reader([first], delimiter=delimiter), []))
    return TextTable(path, delimiter, columns, len(names), skip, encoding, quoted=True, first=fields)


def without_header(path: Path, delimiter: str) -> TextTable:
    """The format of a MovieLens file without a header: user, item, rating, perhaps timestamp. Raises DatasetError."""
    lines, encoding = _first_lines(path)
    first = next((tuple(line.split(delimiter)) for line in lines if line.strip()), None)
    if first is None:
        raise DatasetError(f"{path} holds blank lines only; at least one rating is needed")
    if len(first) not in (3, 4):
        separator = "tabs" if delimiter == "\t" else delimiter
        raise DatasetError(
            f"{path} does not look like {path.name} of MovieLens: its first line has {len(first)} fields; "
            f"expected user, item, rating and timestamp separated by {separator}"
        )
    columns = dict(zip(("user", "item", "rating", "timestamp"), range(len(first)), strict=False))
    return TextTable(path, delimiter, columns, len(first), 0, encoding, quoted=False, first=first)


def read_head(path: Path) -> tuple[bytes, bool]:
    """The first bytes of a file, and whether they are all of it. Raises DatasetError unless they look like text."""
    with os_errors_as(DatasetError, f"{path} cannot be read"), path.open("rb") as file:
        head = file.read(_HEAD)
        whole = not file.read(1)
    if not head:
        raise DatasetError(f"{path} is empty; it needs a header line and ratings")
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise DatasetError(f"{path} is {what}")
    if b"\0" in head:
        raise DatasetError(f"{path} is binary, neither CSV text nor Parquet; export it as CSV in UTF-8")
    return head, whole


def decode(path: Path) -> str:
    """All text of a file: UTF-8, with or without a byte order mark, else Latin-1. Raises DatasetError."""
    read_head(path)
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def is_utf8(path: Path) -> bool:
    """Whether a whole file is UTF-8, read in pieces."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            while file.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _first_lines(path: Path) -> tuple[list[str], str]:
    """The whole lines at the beginning of a file, and its encoding as far as they show it."""
    head, whole = read_head(path)
    encoding = "utf-8"
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head, final=whole)
    except UnicodeDecodeError:
        text, encoding = head.decode("latin-1"), "latin-1"
    # universal newlines, as the CSV readers count lines; str.splitlines would also split at form feeds
    lines = list(io.StringIO(text, newline=None))
    if not whole and len(lines) > 1:
        del lines[-1]  # it may be cut in the middle
    return [line.rstrip("\n") for line in lines], encoding


def add_movie(known: dict[str, ItemInfo], item: str, title: str, genres: tuple[str, ...], year: str = "") -> None:
    """Add the film of a line if it has a title. The year in the title counts before `year`."""
    if title.strip():
        short, titled_year = split_title(title)
        known[item.strip()] = ItemInfo(short, titled_year or (int(year) if year.isdecimal() else None), genres)


def numbered_lines(path: Path) -> list[tuple[int, str]]:
    """Lines that are not blank, with their numbers from 1."""
    lines = io.StringIO(decode(path), newline=None)
    return [(number, line.rstrip("\n")) for number, line in enumerate(lines, 1) if line.strip()]


def wrong_width(path: Path, number: int, found: int, expected: str) -> DatasetError:
    """The error of a line that has another number of fields than expected."""
    return DatasetError(
        f"{path}, line {number}: {found} fields where {expected} were expected; complete the line or quote its text"
    )


def bad_quotes(path: Path, number: int, error: csv.Error) -> DatasetError:
    """The error of a line that is not well-formed CSV."""
    return DatasetError(f"{path}, line {number}: not well-formed CSV ({error}); mend the quotes of that line")
