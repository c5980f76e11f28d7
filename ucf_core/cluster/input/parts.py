"""Ratings as a folder of parts: finds the files, reads one as columns, and cuts a file into parts.

    FOLDER/*.parquet or *.csv        the parts, of any names, here or in FOLDER/ratings/
    FOLDER/movies.csv                titles and genres, if known

A folder may lie wherever fsspec reaches: on this machine, s3://, gs://, ...
"""

import importlib
import sys
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from ucf_core.base.errors import DatasetError, MissingExtraError, SpecError
from ucf_core.datasets.read.arrow import BadColumnError, to_columns
from ucf_core.datasets.read.columns import Columns, map_columns, require, split_header
from ucf_core.datasets.read.movielens_csv import parse_movies
from ucf_core.ratings.catalogue import ItemInfo

_MOVIES = "movies.csv"
_ENDINGS = (".parquet", ".csv")
_FIRST_LINE = 65_536

# Errors of clients of object stores besides OSError: no connection, no credentials.
_OF_STORES = (
    ("botocore.exceptions", "BotoCoreError"),
    ("aiohttp", "ClientError"),
    ("google.auth.exceptions", "GoogleAuthError"),
)


@dataclass(frozen=True)
class Parts:
    """The files of a folder of ratings: addresses that every worker can read, in the order of their names."""

    ratings: tuple[str, ...]
    movies: str | None = None


def find_parts(folder: str) -> Parts:
    """The parts in a folder. Raises DatasetError where there are none."""
    system, path = _system(folder)
    try:
        inner = f"{path.rstrip('/')}/ratings"
        where = inner if system.isdir(inner) else path
        names = sorted(str(name) for name in system.ls(where, detail=False))
        movies = f"{path.rstrip('/')}/{_MOVIES}"
        known = system.exists(movies)
    except _unreadable() as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        reason = "nothing is there" if isinstance(error, FileNotFoundError) else reason
        raise DatasetError(f"{folder} cannot be read: {reason}; give a folder of parts") from error
    chosen = [name for name in names if name.endswith(_ENDINGS) and not name.endswith(f"/{_MOVIES}")]
    if not chosen:
        raise DatasetError(f"{folder} holds no parts of ratings; looked for *.parquet and *.csv in it")
    addresses = tuple(system.unstrip_protocol(name) for name in chosen)
    return Parts(addresses, system.unstrip_protocol(movies) if known else None)


def read_part(address: str, *, only_ids: bool = False) -> Columns:
    """The columns of one part; with `only_ids` no times and, from Parquet, no ratings either but zeros.

    Raises DatasetError that names the part.
    """
    import pyarrow as pa

    try:
        columns = _columns(address, ("user", "item") if only_ids else ("user", "item", "rating", "timestamp"))
        if not len(columns["user"]):
            raise DatasetError(f"{address} holds no ratings; remove it")
        return to_columns(columns)
    except BadColumnError as error:
        where = f", row {error.row + 1:,}" if error.row is not None else ""
        raise DatasetError(f"{address}{where}: {error}") from None
    except (pa.ArrowException, ValueError, LookupError, *_unreadable()) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0][:160]
        raise DatasetError(f"{address} cannot be read as ratings ({first}); export it again") from None


def read_titles(address: str | None) -> dict[str, ItemInfo]:
    """Title, year and genres by the text of the item id, from movies.csv; {} without one."""
    if address is None:
        return {}
    system, path = _system(address)
    with system.open(path, "rb") as file:
        return parse_movies(file.read().decode("utf-8-sig"), Path(address))


def cut_into_parts(source: Path, folder: Path, *, rows: int = 2_000_000) -> int:
    """Write one CSV or Parquet file of ratings as Parquet parts of up to `rows` each; returns how many.

    A stream: no more than a part is in memory. Raises SpecError for a folder that is not empty.
    """
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise SpecError(f"{folder} is not empty; give a new folder")
    is_parquet = source.suffix == ".parquet"
    batches = pq.ParquetFile(source).iter_batches(rows) if is_parquet else pyarrow.csv.open_csv(source)
    number, waiting = 0, pa.Table.from_batches([], batches.schema if not is_parquet else pq.read_schema(source))
    for batch in chain(batches, [None]):
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])]) if batch is not None else waiting
        while waiting.num_rows >= rows or (batch is None and waiting.num_rows):
            pq.write_table(waiting.slice(0, rows), folder / f"part-{number:05}.parquet")
            number, waiting = number + 1, waiting.slice(rows)
    return number


def _columns(address: str, wanted: tuple[str, ...]) -> dict[str, Any]:
    """Those of the wanted columns that a part has, by meaning; user, item and rating must be there."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    system, path = _system(address)
    with system.open(path, "rb") as file:
        if path.endswith(".parquet"):
            parquet = pq.ParquetFile(file)
            names = parquet.schema_arrow.names
        else:
            delimiter, names = split_header(
                file.read(_FIRST_LINE).decode("utf-8-sig", "replace").split("\n")[0].strip()
            )
            file.seek(0)
        columns = map_columns(names)
        require(columns, ("user", "item", "rating"), names, Path(address))
        present = {meaning: names[place] for meaning, place in columns.items() if meaning in wanted}
        if path.endswith(".parquet"):
            table = parquet.read(columns=list(present.values()))
        else:
            # as text, which keeps the zeros of an id such as 007
            text = pa.dictionary(pa.int32(), pa.string())
            options = pyarrow.csv.ConvertOptions(
                include_columns=list(present.values()),
                column_types={present["user"]: text, present["item"]: text},
            )
            parse = pyarrow.csv.ParseOptions(delimiter=delimiter)
            table = pyarrow.csv.read_csv(file, parse_options=parse, convert_options=options)
    parsed = {meaning: table[name] for meaning, name in present.items()}
    if "rating" not in wanted:
        parsed["rating"] = pa.nulls(table.num_rows, pa.float32()).fill_null(0.0)
    return parsed


def _unreadable() -> tuple[type[Exception], ...]:
    """OSError, and the errors of the loaded clients of object stores."""
    loaded = [(sys.modules.get(module), name) for module, name in _OF_STORES]
    return (OSError, *(getattr(module, name) for module, name in loaded if module is not None))


def _system(address: str) -> tuple[Any, str]:
    """The file system of an address, and its path there."""
    try:
        fsspec = importlib.import_module("fsspec")
    except ImportError as error:
        raise MissingExtraError(
            "folders of parts need the package fsspec: run `uv sync --group cluster` or "
            '`pip install "ucf-explorer[cluster]"`'
        ) from error
    try:
        system, path = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise DatasetError(f"{address} cannot be reached: {error}") from error
    return system, str(path)
