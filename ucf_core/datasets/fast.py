"""The fast readers: CSV text and Parquet through Arrow; what they refuse is located by `diagnose`."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from ucf_core.block_lanczos import Progress
from ucf_core.datasets.arrow import BadColumnError, Columns, to_columns
from ucf_core.datasets.arrow_csv import arrow_table
from ucf_core.datasets.columns import map_columns, require
from ucf_core.datasets.diagnose import locate
from ucf_core.datasets.pieces import in_pieces
from ucf_core.datasets.texts import TextTable, is_utf8
from ucf_core.errors import DatasetError

_PARQUET_MAGIC = b"PAR1"


def read_text(table: TextTable, progress: Progress | None = None) -> Columns:
    """The columns of a text file. Raises DatasetError naming the first bad line."""
    import pyarrow as pa

    try:
        try:
            return in_pieces(table, progress) or to_columns(arrow_table(table))
        except pa.ArrowInvalid as error:
            # the first lines decide on the encoding; a Latin-1 letter may come later
            if table.encoding != "utf-8" or is_utf8(table.path):
                raise BadColumnError(str(error)) from None
            table = replace(table, encoding="latin-1")
            return to_columns(arrow_table(table))
    except (pa.ArrowInvalid, BadColumnError) as error:
        raise locate(table, str(error), accepts=partial(_accepts, replace(table, skip=0))) from None
    except OSError as error:
        raise DatasetError(f"{table.path} cannot be read: {error.strerror or error}") from error


def is_parquet(path: Path) -> bool:
    """Whether a file starts as Parquet does, whatever it is called."""
    try:
        with path.open("rb") as file:
            return file.read(len(_PARQUET_MAGIC)) == _PARQUET_MAGIC
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error


def read_parquet(path: Path) -> Columns:
    """The columns of a Parquet file. Raises DatasetError; rows are counted from 1."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            columns = map_columns(names)
            require(columns, ("user", "item", "rating"), names, path)
            present = columns.present()
            chosen = [names[position] for position in present.values()]
            table = file.read(columns=chosen).select(chosen).rename_columns(list(present))
        if not table.num_rows:
            raise DatasetError(f"{path} holds no ratings; at least one is needed")
        return to_columns(table)
    except BadColumnError as error:
        where = f", row {error.row + 1:,}" if error.row is not None else ""
        raise DatasetError(f"{path}{where}: {error}") from None
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError) as error:
        # of damaged bytes Arrow notices some only where they are decoded
        raise DatasetError(f"{path} is not a whole Parquet file ({_first_line(error)}); export it again") from error


def _accepts(table: TextTable, lines: bytes | memoryview) -> bool:
    """Whether some whole lines of a file, taken alone, are free of mistakes."""
    import pyarrow as pa

    try:
        to_columns(arrow_table(table, lines))
    except (pa.ArrowInvalid, BadColumnError):
        return False
    return True


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
