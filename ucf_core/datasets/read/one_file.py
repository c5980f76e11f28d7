"""One CSV file of ratings with a header line: user, item and rating columns, and others that help."""

from pathlib import Path

from ucf_core.datasets.read.layout import Layout, read_csv
from ucf_core.datasets.read.text_format import with_header

LAYOUT = Layout(
    name="file",
    title="CSV file with user, item and rating columns",
    recognises=Path.is_file,
    read=lambda path, progress: read_csv(with_header(path), progress),
    endings=("csv", "tsv", "txt"),
)
