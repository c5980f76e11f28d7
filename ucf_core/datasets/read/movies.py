"""What the readers of titles share: lines with their numbers, one film, and the error of a line of the wrong width."""

import io
from pathlib import Path

from ucf_core.base.errors import DatasetError
from ucf_core.datasets.read.text_format import decode
from ucf_core.ratings.catalogue import ItemInfo, split_title


def add_movie(
    known: dict[str, ItemInfo], item: str, title: str, genres: tuple[str, ...], year: int | None = None
) -> None:
    """Add the film of a line; a line without a title adds nothing. The year in the title counts before `year`."""
    if title.strip():
        short, titled_year = split_title(title)
        known[item.strip()] = ItemInfo(short, titled_year or year, genres)


def numbered_lines(path: Path) -> list[tuple[int, str]]:
    """Lines that are not blank, with their numbers from 1."""
    lines = io.StringIO(decode(path), newline=None)
    return [(number, line.rstrip("\n")) for number, line in enumerate(lines, 1) if line.strip()]


def wrong_width(path: Path, number: int, found: int, expected: str) -> DatasetError:
    """The error of a line that has another number of fields than expected."""
    return DatasetError(
        f"{path}, line {number}: {found} fields where {expected} were expected; complete the line or quote its text"
    )
