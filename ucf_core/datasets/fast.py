"""The fast readers: CSV text and Parquet through Arrow; what they refuse is located by `diagnose`."""

import io
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np

from ucf_core.block_lanczos import Progress
from ucf_core.datasets.arrow import BadColumnError, Columns, joined, narrowed, to_columns
from ucf_core.datasets.columns import map_columns, require
from ucf_core.datasets.diagnose import locate
from ucf_core.datasets.texts import TextTable, is_utf8
from ucf_core.errors import DatasetError
from ucf_core.ids import are_numbers

_PARQUET_MAGIC = b"PAR1"
_BLOCK = 8 << 20  # bytes; large enough that one line never fills it
_PIECE = 32 << 20  # bytes of a file that are read at once
_IN_CACHE = 256 << 10  # bytes that are looked through at once
_CORES = os.cpu_count() or 1


def read_text(table: TextTable, progress: Progress | None = None) -> Columns:
    """The columns of a text file. Raises DatasetError naming the first bad line."""
    import pyarrow as pa

    try:
        try:
            return _in_pieces(table, progress) or to_columns(_arrow_table(table))
        except pa.ArrowInvalid as error:
            # the first lines decide on the encoding; a Latin-1 letter may come later
            if table.encoding != "utf-8" or is_utf8(table.path):
                raise BadColumnError(str(error)) from None
            table = replace(table, encoding="latin-1")
            return to_columns(_arrow_table(table))
    except (pa.ArrowInvalid, BadColumnError) as error:
        raise locate(table, str(error), accepts=partial(_accepts, replace(table, skip=0))) from None
    except OSError as error:
        raise DatasetError(f"{table.path} cannot be read: {error.strerror or error}") from error


def _in_pieces(table: TextTable, progress: Progress | None) -> Columns | None:
    """The columns of a large file of numbers, read piece by piece and kept in the narrowest types, to save memory.

    None where that is not possible: a line break may stand inside a quoted text, or the ids turn out to be text.
    """
    import pyarrow as pa

    size = table.path.stat().st_size
    if _has_text(table) or size < _PIECE:
        return None
    parts: list[Columns] = []
    with table.path.open("rb") as file, ThreadPoolExecutor(_CORES) as pool:
        for _ in range(table.skip):
            file.readline()
        waiting: deque[tuple[int, Future[Columns]]] = deque()
        for begin, end in (*_cuts(file.fileno(), file.tell(), size), (size, size)):
            if begin < end:
                work = pool.submit(_piece, replace(table, skip=0), file.fileno(), begin, end)
                waiting.append((end, work))
            # as many pieces are in memory as there are cores, and one that waits for its turn
            while waiting and (begin == end or len(waiting) > _CORES + 1):
                reached, work = waiting.popleft()
                part = work.result()
                if not (are_numbers(part.users) and are_numbers(part.items)):
                    return None
                parts.append(part)
                if progress is not None:
                    progress(reached, size)
    columns = joined(parts) if parts else None
    pa.default_memory_pool().release_unused()  # Arrow would keep what the pieces took
    return columns


def _cuts(file: int, begin: int, size: int) -> Iterator[tuple[int, int]]:
    """Pieces of an open file that end with a line, as (begin, end) in bytes."""
    while begin < size:
        end = min(begin + _PIECE, size)
        while end < size:
            ahead = os.pread(file, 1 << 16, end)
            line_end = ahead.find(b"\n")
            end = min(end + (line_end + 1 if line_end >= 0 else max(len(ahead), 1)), size)
            if line_end >= 0:
                break
        yield begin, end
        begin = end


def _piece(table: TextTable, file: int, begin: int, end: int) -> Columns:
    """The columns of one piece of a file, read at its place, so that many threads can share the file."""
    import pyarrow as pa

    lines = os.pread(file, end - begin, begin)
    if table.delimiter != "::" and _only_plain_numbers(lines, table.delimiter):
        try:
            return narrowed(to_columns(_arrow_table(table, lines, threads=False, id_type=pa.int64())))
        except pa.ArrowInvalid:
            pass  # an id that is no number after all, or a mistake: told apart where ids are read as text
    return narrowed(to_columns(_arrow_table(table, lines, threads=False)))


def _only_plain_numbers(lines: bytes, delimiter: str) -> bool:
    """Whether no value begins with a zero and another digit, or has a sign, a quote or a letter in it.

    Then ids that parse as whole numbers are written as Python would write them: reading them as numbers, which takes
    half the time of reading them as text, loses nothing.
    """
    for start in range(0, len(lines), _IN_CACHE):
        # two bytes more, so that no value is missed at a seam
        byte = np.frombuffer(lines[max(start - 2, 0) : start + _IN_CACHE], np.uint8)
        begins = (byte == ord(delimiter)) | (byte == ord("\n"))
        if (begins[:-2] & (byte[1:-1] == ord("0")) & (byte[2:] >= ord("0"))).any():
            return False
        if ((byte == ord('"')) | (byte == ord("-")) | (byte == ord("+")) | (byte >= ord("A"))).any():
            return False
    return not (lines[:1] == b"0" and lines[1:2].isdigit())


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


def _accepts(table: TextTable, lines: bytes) -> bool:
    """Whether some whole lines of a file, taken alone, are free of mistakes."""
    import pyarrow as pa

    try:
        to_columns(_arrow_table(table, lines))
    except (pa.ArrowInvalid, BadColumnError):
        return False
    return True


def _arrow_table(table: TextTable, lines: bytes | None = None, *, threads: bool = True, id_type: Any = None) -> Any:
    """The needed columns of the file, or of some lines of it, as a pyarrow.Table: ids are text, ratings float64."""
    import pyarrow as pa
    from pyarrow import csv

    present = table.columns.present()
    meaning = {position: name for name, position in present.items()}
    # dictionaries: a text is looked at once a block, not once a line
    types = dict.fromkeys(present, pa.dictionary(pa.int32(), pa.string())) | {"rating": pa.float64()}
    if id_type is not None:
        types |= {"user": id_type, "item": id_type}
    attempts = _time_types(table) if "timestamp" in present else [None]
    for attempt, time_type in enumerate(attempts, 1):
        if time_type is not None:
            types["timestamp"] = time_type
        try:
            with _opened(table, lines) as source:
                return csv.read_csv(
                    source,
                    read_options=csv.ReadOptions(
                        column_names=[meaning.get(position, f"unused {position}") for position in range(table.width)],
                        skip_rows=table.skip,
                        encoding="utf8" if table.encoding == "utf-8" else "latin1",
                        block_size=_BLOCK,
                        use_threads=threads,
                    ),
                    parse_options=csv.ParseOptions(
                        delimiter=table.delimiter if len(table.delimiter) == 1 else "\t",
                        quote_char='"' if table.quoted else False,
                        # only text needs it, and it costs the parallel parse
                        newlines_in_values=_has_text(table),
                    ),
                    convert_options=csv.ConvertOptions(include_columns=list(present), column_types=types),
                )
        except pa.ArrowInvalid:
            if attempt == len(attempts):
                raise
    raise AssertionError("there is at least one attempt")


def _has_text(table: TextTable) -> bool:
    """Whether a quoted text, and so a line break inside a value, is possible."""
    return table.quoted and (table.columns.title is not None or table.width > len(table.columns.present()))


def _time_types(table: TextTable) -> list[Any]:
    """Arrow types to try for the timestamps, judged by the first of them."""
    import pyarrow as pa

    position = table.columns.timestamp or 0
    first = table.first[position].strip() if position < len(table.first) else ""
    if first.lstrip("-").isdigit():
        return [pa.int64(), pa.float64()]
    try:
        float(first)
    except ValueError:
        return [pa.timestamp("us")]
    return [pa.float64()]


@contextmanager
def _opened(table: TextTable, lines: bytes | None) -> Iterator[Any]:
    import pyarrow as pa

    if lines is not None and table.delimiter != "::":
        yield pa.BufferReader(lines)  # Arrow parses it where it is
        return
    with table.path.open("rb") if lines is None else io.BytesIO(lines) as file:
        yield _SingleDelimiter(file) if table.delimiter == "::" else file


class _SingleDelimiter(io.RawIOBase):
    """A binary stream in which every `::` is a tab: Arrow splits at one character only."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._held = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; none at the end only."""
        while True:
            piece = self._source.read(size if size < 0 else max(size - len(self._held), 1))
            content = self._held + piece
            self._held = b""
            # half a delimiter at the end of a piece waits for its other half
            if piece and (len(content) - len(content.rstrip(b":"))) % 2:
                content, self._held = content[:-1], content[-1:]
            if content or not piece:
                return content.replace(b"::", b"\t")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
