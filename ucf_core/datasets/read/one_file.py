"""One CSV file with a header line and columns for user, item and rating; it may have time, title, genres and year."""

from pathlib import Path

from ucf_core.datasets.read.layout import Layout
from ucf_core.datasets.read.tables import read_text
from ucf_core.datasets.read.text_format import with_header

LAYOUT = Layout(
    name="file",
    title="CSV file with user, item and rating columns",
    recognises=Path.is_file,
    read=lambda path, progress: read_text(with_header(path), progress),
    endings=("csv", "tsv", "txt"),
)
