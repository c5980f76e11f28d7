"""Text tables of ratings as columns, read by Arrow; what Arrow refuses is located by `diagnose`."""

from dataclasses import replace
from functools import partial

from ucf_core.base.errors import DatasetError
from ucf_core.base.progress import Progress
from ucf_core.datasets.read.arrow import BadColumnError, Columns, to_columns
from ucf_core.datasets.read.arrow_csv import arrow_columns
from ucf_core.datasets.read.locate_error import locate
from ucf_core.datasets.read.text_format import TextTable, is_utf8


def read_text(table: TextTable, progress: Progress | None = None) -> Columns:
    """The columns of a text file. Raises DatasetError naming the first bad line."""
    import pyarrow as pa

    try:
        try:
            return to_columns(arrow_columns(table, progress=progress))
        except pa.ArrowInvalid as error:
            # the first lines decide on the encoding; a Latin-1 letter may come later
            if table.encoding != "utf-8" or is_utf8(table.path):
                raise BadColumnError(str(error)) from None
            table = replace(table, encoding="latin-1")
            return to_columns(arrow_columns(table, progress=progress))
    except (pa.ArrowInvalid, BadColumnError) as error:
        raise locate(table, str(error), accepts=partial(_accepts, replace(table, skip=0))) from None
    except OSError as error:
        raise DatasetError(f"{table.path} cannot be read: {error.strerror or error}") from error


def _accepts(table: TextTable, lines: bytes) -> bool:
    """Whether some whole lines of a file, taken alone, are free of mistakes."""
    import pyarrow as pa

    try:
        to_columns(arrow_columns(table, lines))
    except (pa.ArrowInvalid, BadColumnError):
        return False
    return True
