"""A layout of no published dataset, registered by tests in one call: `user|item|rating` in files called *.pipes."""

from pathlib import Path

from ucf_core.datasets.read.arrow_csv import read_text
from ucf_core.datasets.read.layout import Layout
from ucf_core.datasets.read.text_format import without_header
from ucf_core.ratings.catalogue import ItemInfo

PIPES = Layout(
    name="pipes",
    title="Ratings with pipes",
    recognises=lambda path: path.is_file() and path.suffix == ".pipes",
    read=lambda path, progress: read_text(without_header(path, "|"), progress),
    read_titles=lambda path: {"5": ItemInfo("Number five", 1999)},
    endings=("pipes",),
)


def write_pipes(path: Path) -> Path:
    """Three users who rated the items 4 to 7 in the same order, user 3 the other way round."""
    ratings = {1: (1, 2, 4, 5), 2: (1, 3, 4, 4.5), 3: (5, 4, 2, 1)}
    lines = [f"{user}|{item}|{given}\n" for user, row in ratings.items() for item, given in enumerate(row, 4)]
    path.write_text("".join(lines))
    return path
