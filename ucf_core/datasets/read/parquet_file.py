"""One Parquet file of any name, with the same columns as a CSV file."""

from pathlib import Path

from ucf_core.base.errors import DatasetError
from ucf_core.datasets.read.columns import Columns, map_columns, require
from ucf_core.datasets.read.layout import Layout


def _is_parquet(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _read(path: Path) -> Columns:
    """The columns of a Parquet file. Raises DatasetError; rows are counted from 1."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from ucf_core.datasets.read.arrow import BadColumnError, to_columns

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            columns = map_columns(names)
            require(columns, ("user", "item", "rating"), names, path)
            table = file.read(columns=[names[position] for position in columns.values()])
        if not table.num_rows:
            raise DatasetError(f"{path} holds no ratings; at least one is needed")
        return to_columns({meaning: table[names[position]] for meaning, position in columns.items()})
    except BadColumnError as error:
        where = f", row {error.row + 1:,}" if error.row is not None else ""
        raise DatasetError(f"{path}{where}: {error}") from None
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError) as error:
        # of damaged bytes Arrow notices some only where they are decoded
        first_line = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise DatasetError(f"{path} is not a whole Parquet file ({first_line}); export it again") from error


LAYOUT = Layout(
    name="parquet",
    title="Parquet file with user, item and rating columns",
    recognises=_is_parquet,
    read=lambda path, _: _read(path),
    endings=("parquet",),
    memory=12,  # packed 3 times as tightly as text
    digest_name="file",
)
